/**
 * Memory whose uses a debugger wants to see. What a processor's debug registers do for four words (NetBSD: sys/arch/x86/x86/dbregs.c) is done
 * here with page protection, for as many as one likes: while the program runs the pages may not be used, so that it faults; the
 * instruction is then executed alone, with the pages as they are. In the kernel they are as they are, too; what it has written is seen afterwards.
 */
import { Prot } from 'unicorn-engine-node'
import { ACCESS_READ, type Access } from '../../machine/access.ts'
import { PAGE_SIZE, pageDown } from '../../machine/page.ts'
import type { Lwp } from '../lwp.ts'
import { PROT_READ, PROT_WRITE } from './entry.ts'
import type { VmSpace } from './vmspace.ts'

export interface Watched {
  readonly address: number
  readonly length: number
  /** Whether reading it counts, and writing. */
  readonly reads: boolean
  readonly writes: boolean
}

/** What has happened to a piece of memory; without `before` and `after` it was read. */
export interface Use<W extends Watched = Watched> {
  readonly watched: W
  readonly before?: Uint8Array
  readonly after?: Uint8Array
}

export class MemoryWatch<W extends Watched = Watched> {
  readonly #vm: VmSpace
  readonly #all: readonly W[]
  /** By address: whether reads count. */
  readonly #pages = new Map<number, boolean>()
  readonly #contents: Uint8Array[]
  #isArmed = false
  /** Who executes one instruction with the pages as they are, and what it was about to use. */
  #passing: { readonly l: Lwp; readonly address: number; readonly access: Access } | undefined

  constructor(vm: VmSpace, all: readonly W[]) {
    this.#vm = vm
    this.#all = all
    for (const { address, length, reads } of all)
      for (let page = pageDown(address); page < address + length; page += PAGE_SIZE)
        this.#pages.set(page, reads || this.#pages.get(page) === true)
    this.#contents = all.map(each => this.#contentOf(each))
  }

  /** Whether the thread is to execute the one instruction. */
  passes(l: Lwp): boolean {
    return this.#passing?.l === l
  }

  /** The program is about to run. */
  arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    for (const [page, reads] of this.#pages) this.#protect(page, prot => (reads ? Prot.NONE : prot & ~PROT_WRITE))
  }

  /** It has come to the kernel. */
  lift(): void {
    if (!this.#isArmed) return
    this.#isArmed = false
    for (const page of this.#pages.keys()) this.#protect(page, prot => prot)
  }

  #protect(page: number, change: (prot: number) => number): void {
    const entry = this.#vm.map.lookup(page)
    if (entry === undefined || entry.prot === 0) return
    // On this processor a page that can be written or executed can be read.
    this.#vm.space.protect(page, PAGE_SIZE, change(entry.prot | PROT_READ))
  }

  /** A fault that would not be one without the watch. */
  catches(l: Lwp, address: number, access: Access): boolean {
    if (this.passes(l) || !this.#pages.has(pageDown(address))) return false
    this.#passing = { l, address, access }
    return true
  }

  /** The thread has executed the instruction: what that has come to. */
  passed(l: Lwp): Use<W> | undefined {
    const passing = this.#passing
    if (passing?.l !== l) return undefined
    this.#passing = undefined
    const { address, access } = passing
    const read = this.#all.find(each => each.reads && address >= each.address && address < each.address + each.length)
    return this.changed() ?? (access === ACCESS_READ && read !== undefined ? { watched: read } : undefined)
  }

  /** The first that is not what it was when somebody last looked. */
  changed(): Use<W> | undefined {
    let first: Use<W> | undefined
    this.#all.forEach((watched, i) => {
      const before = this.#contents[i]
      const after = this.#contentOf(watched)
      if (Buffer.compare(before, after) === 0) return
      this.#contents[i] = after
      if (watched.writes) first ??= { watched, before, after }
    })
    return first
  }

  /** Without what cannot be read. */
  #contentOf({ address, length }: Watched): Uint8Array {
    const bytes = new Uint8Array(length)
    return bytes.subarray(0, this.#vm.memory.copyinPartial(address, bytes))
  }
}
