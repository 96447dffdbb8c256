/**
 * A queue of Linux's asynchronous I/O: struct kioctx, fs/aio.c. On files that are cached Linux, too, does the work while it is submitted; here
 * that is always so, so that a context holds finished work that nobody has fetched.
 */
import { EAGAIN, EINVAL } from '../native/errno.ts'
import type { Kernel } from '../native/kernel.ts'
import { WaitChannel } from '../native/sleep.ts'
import type { VmSpace } from '../native/uvm/vmspace.ts'

/** struct io_event. */
export interface Completion {
  readonly data: bigint
  /** The address of the request. */
  readonly request: number
  /** What was moved, or a negative error. */
  readonly result: number
}

const PAGE = 4096
const EVENT = 32
const LARGEST = 0x1000_0000 / EVENT
const PROCESSORS = 1

export class AioContext {
  readonly changed = new WaitChannel('read_events')
  readonly done: Completion[] = []
  /** What was asked for: it counts against the system's limit. */
  readonly asked: number
  /** What it holds: Linux doubles the number and fills the pages of its ring. */
  readonly #capacity: number
  destroyed = false
  /** Requests that are being worked on. */
  pending = 0

  constructor(asked: number) {
    this.asked = asked
    const wanted = Math.max(asked, PROCESSORS * 4) * 2 + 2
    const pages = Math.ceil((EVENT + EVENT * wanted) / PAGE)
    this.#capacity = (pages * PAGE - EVENT) / EVENT - 1
  }

  /** @throws EAGAIN when there is no room for one more answer. */
  reserve(): void {
    if (this.done.length + this.pending >= this.#capacity) throw EAGAIN
    this.pending++
  }

  complete(completion: Completion): void {
    this.pending--
    this.done.push(completion)
    this.changed.wakeAll()
  }

  destroy(): void {
    this.destroyed = true
    this.changed.wakeAll()
  }
}

/** By address space, as in Linux: a child has none of its parent's, a new program none of the old one's. */
const contexts = new WeakMap<VmSpace, Map<number, AioContext>>()
export function contextsOf(vm: VmSpace): Map<number, AioContext> {
  const found = contexts.get(vm) ?? new Map<number, AioContext>()
  contexts.set(vm, found)
  return found
}

/** What all living processes asked for together (/proc/sys/fs/aio-nr). */
function askedInAll(kernel: Kernel): number {
  const spaces = new Set<VmSpace>()
  for (const p of kernel.processes.values()) if (p.exitStatus === undefined) spaces.add(p.vm)
  let sum = 0
  for (const vm of spaces) for (const context of contexts.get(vm)?.values() ?? []) sum += context.asked
  return sum
}

/** @throws EINVAL, EAGAIN if the system's limit is reached. */
export function newContext(kernel: Kernel, events: number): AioContext {
  if (events > LARGEST) throw EINVAL
  if (askedInAll(kernel) + events > kernel.tunables.aioMax) throw EAGAIN
  return new AioContext(events)
}
