/**
 * Sleeping for pages that a program of the guest's brings in (uvm/user-pager.ts). A kernel sleeps in the middle of copyin(9) or copyout(9); the calls here
 * can sleep only where they say so. Therefore a call that reads a page which is not there is made again when it is: calls read before they do anything.
 * What a call writes into such a page is owed, and paid before the thread goes back to its program, which cannot tell the difference.
 */
import { ACCESS_WRITE } from '../machine/access.ts'
import { EFAULT } from './errno.ts'
import type { Lwp } from './lwp.ts'
import type { Kthread } from './sleep.ts'
import type { UserMemory } from './user-memory.ts'
import type { PageRequest } from './uvm/user-pager.ts'

interface OwedBytes {
  readonly memory: UserMemory
  readonly address: number
  readonly bytes: Uint8Array
}

/** Bytes that are owed at most: a transfer is shorter then. */
const MOST = 16 << 20

/** What a call has yet to write, in order. */
export class Owed {
  readonly #list: OwedBytes[] = []
  #total = 0

  /** A copy of the bytes, which lie within one page. @returns false if there are too many. */
  add(memory: UserMemory, address: number, bytes: Uint8Array): boolean {
    if (this.#total + bytes.length > MOST) return false
    this.#total += bytes.length
    this.#list.push({ memory, address, bytes: bytes.slice() })
    return true
  }

  /** @throws EFAULT */
  *pay(l: Lwp): Kthread<void> {
    for (const { memory, address, bytes } of this.#list) {
      yield* sleepUntilThere(l, memory, address)
      memory.copyout(address, bytes)
    }
  }
}

function* sleepUntilThere(l: Lwp, memory: UserMemory, address: number): Kthread<void> {
  for (;;) {
    const request = memory.request(address, ACCESS_WRITE)
    if (request === undefined) return
    yield* sleepForPage(l, request)
  }
}

/** In a call, which only the end of the process interrupts. @throws EFAULT then */
export function* sleepForPage(l: Lwp, request: PageRequest): Kthread<void> {
  if (!(yield* request.paging.pager.wait(l, request, false))) throw EFAULT
}

/** A thread's own touch: afterwards it touches the page again, or takes the signal. */
export function* sleepForTouch(l: Lwp, request: PageRequest): Kthread<number> {
  yield* request.paging.pager.wait(l, request, true)
  return 0
}
