/**
 * unicorn-engine-node: the Unicorn 2.1 x86-64 translator as a Node package, with a paged MMU of its own.
 *
 * Addresses and lengths are plain numbers: user addresses are below 2^47, so they are exact.
 * Every method throws a RangeError for an argument that is not a whole, aligned, in-range number.
 */

/** Why `run` or `step` came back; found in slot `Reg.EXIT_REASON` too. */
export declare const Exit: {
  /** The guest executed `syscall`; rip is behind it, rcx and r11 are set as the processor does. */
  readonly SYSCALL: 1
  /** A page fault. EXIT_ADDRESS is the address, EXIT_DETAIL is `Access` (0 read, 1 write, 2 execute) | 4 if a page is present (protection). rip is at the instruction. */
  readonly PAGE_FAULT: 2
  /** A processor exception: EXIT_DETAIL is the vector (0 #DE, 1 #DB, 3 #BP, 6 #UD, 13 #GP, 16 #MF, 17 #AC, 19 #XM; 0x20… a software `int n`), EXIT_ADDRESS its error code. */
  readonly EXCEPTION: 3
  /** The budget of blocks is used up. */
  readonly BUDGET: 4
  /** rip is at a breakpoint that is not the one this run started on. The instruction has not been executed. */
  readonly BREAKPOINT: 5
  /** `step` has executed one instruction. */
  readonly STEP: 6
  /** `requestStop` was called, maybe from another thread. */
  readonly STOPPED: 7
  /** rdtsc (EXIT_DETAIL 0) or rdtscp (1): rip is behind it; the caller sets rax, rdx (and rcx). */
  readonly RDTSC: 8
}

/** Indices into the register buffer (unsigned 64-bit little-endian slots). */
export declare const Reg: {
  readonly RAX: 0
  readonly RCX: 1
  readonly RDX: 2
  readonly RBX: 3
  readonly RSP: 4
  readonly RBP: 5
  readonly RSI: 6
  readonly RDI: 7
  readonly R8: 8
  readonly R9: 9
  readonly R10: 10
  readonly R11: 11
  readonly R12: 12
  readonly R13: 13
  readonly R14: 14
  readonly R15: 15
  readonly RIP: 16
  readonly RFLAGS: 17
  readonly FS_BASE: 18
  readonly GS_BASE: 19
  readonly EXIT_REASON: 20
  readonly EXIT_ADDRESS: 21
  readonly EXIT_DETAIL: 22
  /** Blocks begun by this run: exact and reproducible. */
  readonly BLOCKS: 23
  readonly SLOTS: 24
}

/** Page protection, a mask. */
export declare const Prot: { readonly NONE: 0; readonly READ: 1; readonly WRITE: 2; readonly EXEC: 4 }

export declare const PAGE_SIZE: 4096

export interface MachineOptions {
  /** Bytes of physical memory, a multiple of PAGE_SIZE, at most 4 GiB - 64 KiB. Pages cost the host nothing before they are touched. */
  memory: number
  /**
   * The path of a file, in bytes, with the blocks that earlier runs translated: those whose guest address and instructions are the same are used
   * instead of translating them again. A file that is not there, not the user's own, damaged, or of another build or kind of processor is
   * as if it were empty. Nothing happens where translations cannot be kept: they can on x86-64 under Linux and macOS.
   */
  translations?: Uint8Array
}

/**
 * One processor and its physical memory. The physical memory is a SharedArrayBuffer that JavaScript owns (Electron allows no memory of others;
 * an ArrayBuffer of that size makes V8 collect its garbage at once): `physical` is a view of it whose offset 0 is physical address 0. V8 copies
 * to and from it well, but its `fill` is slow there: copy zeros. A program may read a frame through it at any time; it may write a frame
 * only after asking `AddressSpace.translate`/`runs` for write access to it (which drops code translated from it).
 */
export declare class Machine {
  constructor(options: MachineOptions)
  readonly physical: Uint8Array
  /** SLOTS × 8 bytes: read at the start of every `run`/`step`, written at its end. */
  readonly registers: ArrayBuffer
  /** Frames in use and in all. */
  readonly framesUsed: number
  readonly framesTotal: number
  /** A number by which any thread of this process can stop this machine: see `requestStop`. */
  readonly stopHandle: number

  createAddressSpace(): AddressSpace
  /** Makes `space` the one that `run` executes in. */
  activate(space: AddressSpace): void

  /** Begins at most `budget` blocks (0 … 2^31-1; 0: only the rest of a block already begun) and returns an `Exit`. */
  run(budget: number): number
  /** Executes one instruction (a `rep` instruction: one iteration or all of it, as the hardware's trap flag would show it) and returns an `Exit`. */
  step(): number

  /**
   * Instructions of the current block that have been executed already. A block that a fault, a breakpoint or the end of a `step`
   * interrupted goes on, uncounted, when a run starts where it stopped; so `BLOCKS` does not depend on interruptions, and
   * (blocks, offset) is a position. Who runs another thread in between reads it and gives it back with `setBlockOffset`.
   */
  readonly blockOffset: number
  /** The next run, if it starts at `rip`, is `offset` (0 … 511) instructions inside a block. */
  setBlockOffset(rip: number, offset: number): void

  /** How many blocks were translated, and how many were taken from `translations` instead. */
  readonly blocksTranslated: number
  readonly blocksReused: number
  /**
   * Writes the file anew if it lacks enough of what this machine has translated, its folder too (0700); true if it did. It cannot be seen half
   * written. A folder that cannot be written is no error. The least recently used files of the folder go when there are more than 512 MiB.
   */
  saveTranslations(): boolean

  /** x87 and SSE state in FXSAVE64 format, 512 bytes. */
  saveFpu(into: Uint8Array): void
  loadFpu(from: Uint8Array): void

  setBreakpoint(address: number): void
  clearBreakpoint(address: number): void

  /** A free frame, zeroed, with one reference; -1 when there is none. Frame n is at physical offset n * PAGE_SIZE. */
  allocateFrame(): number
  /** One more / one less reference; a frame without references is free. */
  retainFrame(frame: number): void
  releaseFrame(frame: number): void
  frameReferences(frame: number): number
  /** Says that the frame is about to be written through `physical` by somebody who did not ask an address space: drops code translated from it. */
  touchFrame(frame: number): void

  /** Releases everything now; any later use throws. */
  dispose(): void
}

/** Makes the machine with this `stopHandle` return `Exit.STOPPED` from its current or next run. Callable from any thread; unknown handles are ignored. */
export declare function requestStop(stopHandle: number): void

/** What is behind a range of addresses. */
export declare const Backing: {
  /** Zero pages on demand, resolved without an exit. */
  readonly ZERO: 0
  /** Pages supplied by the caller: a first touch is `Exit.PAGE_FAULT` (not present), answered by `provide`. */
  readonly PAGER: 1
}

/** A page table. */
export declare class AddressSpace {
  /** Maps a range (page aligned; it replaces what was there). `shared`: not copied at fork. Costs nothing per page. */
  map(address: number, length: number, prot: number, backing: number, shared: boolean): void
  unmap(address: number, length: number): void
  /** Changes the protection of what is mapped in the range. False if a part of it is not mapped (the mapped parts are changed all the same). */
  protect(address: number, length: number, prot: number): boolean
  /** Moves a mapped range, pages and all, to where nothing is mapped (mremap). */
  move(from: number, to: number, length: number): void
  /** Puts frames under consecutive pages of a mapped range, each retained once more. `copyOnWrite`: a write first copies the frame. `readOnly`: writes fault with present set, whatever the range's protection (until provided again): how a pager sees the first write. */
  provide(address: number, frames: Uint32Array, copyOnWrite: boolean, readOnly: boolean): void
  /** As `provide`, for those pages only that have no frame; a 0 is no frame, and the zeros at both ends of the list may lie outside what is mapped. */
  provideMissing(address: number, frames: Uint32Array, copyOnWrite: boolean, readOnly: boolean): void
  /** Takes the frames from a range and leaves it mapped: the next touch is a first touch (madvise DONTNEED, truncation). */
  discard(address: number, length: number): void
  /** The frame under a page, or -1. */
  frameAt(address: number): number
  /** Accessed and dirty: bit 0 present, bit 1 written since it was provided or last asked with `clear`. One byte a page into `into`. */
  pageStates(address: number, length: number, into: Uint8Array, clear: boolean): void

  /**
   * The physical offset of an address for an access by the kernel on behalf of the guest: zero-fills and copies on write as the guest's own access would.
   * -1: not mapped or not allowed; -2: a pager must provide the page first; -3: no frame free.
   * The result holds to the end of that page, until the next change of a mapping.
   */
  translate(address: number, access: number): number
  /**
   * The same for a range, as runs of physically contiguous bytes: pairs (offset, length) into `into`; returns how many pairs were written.
   * Stops early at the first page that cannot be had, or when `into` is full: the caller sums the lengths and, if short, asks `translate` why.
   */
  runs(address: number, length: number, access: number, into: Float64Array): number
  /**
   * Copies `length` bytes at an address to `into`, from its index `at` on; `write` the other way. Returns how many were copied: fewer if
   * a page cannot be had; `translate` says why. Both access the memory as `translate` does.
   */
  read(address: number, into: Uint8Array, at: number, length: number): number
  write(address: number, from: Uint8Array, at: number, length: number): number
  /** Length of the zero-terminated string at an address without its zero, at most `max`; `max` if there is no zero within it; -1/-2/-3 as `translate` if memory ends first, with the failing address in `lastFault`. */
  stringLength(address: number, max: number): number
  readonly lastFault: number

  /** A copy for fork: private pages are shared copy-on-write, shared ranges stay shared. */
  fork(): AddressSpace
  /** Frames present in this space. */
  readonly residentPages: number
  dispose(): void
}
