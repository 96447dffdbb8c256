/** madvise, msync, mincore: sys/uvm/uvm_mmap.c; Linux: mm/madvise.c, mm/msync.c, mm/mincore.c. */
import { ACCESS_READ, ACCESS_WRITE } from '../machine/access.ts'
import { PAGE_SIZE, pageUp } from '../machine/page.ts'
import { meets } from '../native/divergence.ts'
import { EACCES, EBUSY, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { type MapEntry, PROT_WRITE } from '../native/uvm/entry.ts'
import { punchMapped } from '../native/uvm/set-size.ts'
import { USER_TOP, type VmSpace } from '../native/uvm/vmspace.ts'
import { wire } from '../native/uvm/wire.ts'
import { type CallFamily, size } from './call.ts'
import { isPageAligned, pageUp64 } from './memory-place.ts'

/** What advice does to one part of the range. */
type Advice = (kernel: Kernel, vm: VmSpace, e: MapEntry, start: number, end: number) => void

/** Changes nothing that a program can see. */
const nothing: Advice = () => {}

const inherit =
  (how: MapEntry['inherit']): Advice =>
  (_kernel, vm, _e, start, end) =>
    vm.alter(start, end, { inherit: how })

/** Only private memory that no file is behind. */
const anonymousOnly =
  (advice: Advice): Advice =>
  (kernel, vm, e, start, end) => {
    if (e.object !== undefined) throw EINVAL
    advice(kernel, vm, e, start, end)
  }

/** Not what is locked. */
const unlocked =
  (advice: Advice): Advice =>
  (kernel, vm, e, start, end) => {
    if (e.locked) throw EINVAL
    advice(kernel, vm, e, start, end)
  }

const discard: Advice = (_kernel, vm, _e, start, end) => vm.discard(start, end - start)

/** Touching it is a fault from now on. Not what consists of huge pages. */
const guard: Advice = (_kernel, vm, e, start, end) => {
  if (e.object?.pageSize !== undefined) throw EINVAL
  vm.marks.checkRoom()
  vm.guard(start, end)
}

const unguard: Advice = (_kernel, vm, e, start, end) => {
  if (e.object?.pageSize !== undefined) throw EINVAL
  vm.marks.checkRoom()
  vm.marks.clear(start, end, 'guard')
}

/** A hole in the file, which everybody sees. */
const remove: Advice = (kernel, _vm, e, start, end) => {
  if (e.object === undefined) throw EINVAL
  if (!e.shared || (e.maxProt & PROT_WRITE) === 0) throw EACCES
  if (!punchMapped(kernel, e.object, e.offset + (start - e.start), end - start)) throw EOPNOTSUPP
}

/** Brings pages in as if they had been touched. */
const populate =
  (access: typeof ACCESS_READ | typeof ACCESS_WRITE): Advice =>
  (_kernel, vm, e, start, end) => {
    if (access === ACCESS_WRITE && (e.prot & PROT_WRITE) === 0) throw EINVAL
    const result = wire(vm, start, end, access)
    if (result === 'protection') throw EINVAL
    if (result === 'no-memory') throw ENOMEM
    if (result !== 'resolved') throw EFAULT
  }

const MADV_WILLNEED = 3
const MADV_DONTNEED = 4
const MADV_COLD = 20
const MADV_PAGEOUT = 21
const MADV_POPULATE_READ = 22
const MADV_POPULATE_WRITE = 23

/** By Linux's numbers. */
const ADVICE: Readonly<Record<number, Advice>> = {
  0: nothing, // MADV_NORMAL
  1: nothing, // MADV_RANDOM
  2: nothing, // MADV_SEQUENTIAL
  [MADV_WILLNEED]: nothing,
  [MADV_DONTNEED]: unlocked(discard),
  8: unlocked(anonymousOnly(discard)), // MADV_FREE
  9: unlocked(remove), // MADV_REMOVE
  10: inherit('none'), // MADV_DONTFORK
  11: inherit('copy'), // MADV_DOFORK
  14: nothing, // MADV_HUGEPAGE
  15: nothing, // MADV_NOHUGEPAGE
  16: nothing, // MADV_DONTDUMP
  17: nothing, // MADV_DODUMP
  18: anonymousOnly(inherit('zero')), // MADV_WIPEONFORK
  19: inherit('copy'), // MADV_KEEPONFORK
  [MADV_COLD]: unlocked(nothing),
  [MADV_PAGEOUT]: unlocked(nothing),
  [MADV_POPULATE_READ]: populate(ACCESS_READ),
  [MADV_POPULATE_WRITE]: populate(ACCESS_WRITE),
  24: discard, // MADV_DONTNEED_LOCKED
  102: unlocked(guard), // MADV_GUARD_INSTALL
  103: unguard, // MADV_GUARD_REMOVE
}

/** Advice that throws something away: MADV_DONTNEED, FREE, REMOVE, DONTFORK, WIPEONFORK, DONTNEED_LOCKED, GUARD_INSTALL. */
const DISCARDING: ReadonlySet<number> = new Set([MADV_DONTNEED, 8, 9, 10, 18, 24, 102])

/** What is sealed keeps what it holds, if the program could not write it anyway (Linux: can_madvise_modify). */
function isKept({ sealed, object, prot }: MapEntry, number: number): boolean {
  return sealed && DISCARDING.has(number) && object === undefined && (prot & PROT_WRITE) === 0
}

/** Advice that may be given of other processes' memory. */
export function isHint(number: number): boolean {
  return number === MADV_WILLNEED || number === MADV_COLD || number === MADV_PAGEOUT
}

/** NetBSD deactivates the pages and keeps what they hold. It makes a difference where there is private memory. */
function keepsData(l: Lwp, number: number, address: number, end: number): boolean {
  if (number !== MADV_DONTNEED || !l.proc.kernel.diverges('madvise.dontneed-keeps')) return false
  if (l.proc.vm.map.within(address, end).some(e => !e.shared)) {
    meets(l, 'madvise.dontneed-keeps', `0x${address.toString(16)}-0x${end.toString(16)}`)
  }
  return true
}

/** madvise(2). @throws EINVAL, ENOMEM, EACCES, EFAULT, EOPNOTSUPP */
function sys_madvise(l: Lwp, addressArgument: number, lengthArgument: number, adviceArgument: number): number {
  const number = adviceArgument | 0
  const address = size(addressArgument)
  const length = size(lengthArgument)
  if (!isPageAligned(addressArgument)) throw EINVAL
  rangeEnd(address, length, number)
  if (number > MADV_DONTNEED && meets(l, 'madvise.own-numbers', `advice ${number}`)) throw EINVAL
  if (keepsData(l, number, address, address + pageUp(length))) {
    if (!l.proc.vm.map.covers(address, address + pageUp(length))) throw ENOMEM
    return 0
  }
  advise(l.proc.kernel, l.proc.vm, address, length, number)
  return 0
}

/** @throws EINVAL */
function rangeEnd(address: number, length: number, number: number): number {
  const end = address + pageUp64(length)
  if (ADVICE[number] === undefined || !isPageAligned(address) || end >= 2 ** 64) throw EINVAL
  if (length > 0 && end === address) throw EINVAL
  return end
}

/** Goes on behind holes, and says then that there were some; populating ends there. @throws EINVAL, ENOMEM, EACCES, EFAULT, EOPNOTSUPP, EPERM */
export function advise(kernel: Kernel, vm: VmSpace, address: number, length: number, number: number): void {
  const end = rangeEnd(address, length, number)
  const advice = ADVICE[number]
  const covered = vm.map.covers(address, end)
  const stopsAtHoles = number === MADV_POPULATE_READ || number === MADV_POPULATE_WRITE
  const last = stopsAtHoles ? vm.map.reach(address, end, () => true) : end
  if (advice !== nothing)
    for (const e of vm.map.within(address, last)) {
      if (isKept(e, number)) throw EPERM
      advice(kernel, vm, e, Math.max(address, e.start), Math.min(last, e.end))
    }
  if (!covered) throw ENOMEM
}

const MS_ASYNC = 1
const MS_INVALIDATE = 2
const MS_SYNC = 4

/** msync(2). @throws EINVAL, ENOMEM, EBUSY */
function sys___msync13(l: Lwp, addressArgument: number, lengthArgument: number, flags: number): number {
  const address = size(addressArgument)
  const end = address + pageUp64(size(lengthArgument))
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0 || !isPageAligned(addressArgument)) throw EINVAL
  if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0) throw EINVAL
  if (flags === 0 && meets(l, 'msync.no-flags', 'no flags')) throw EINVAL
  const { vm } = l.proc
  for (const e of vm.map.within(address, end)) {
    if (e.locked && (flags & MS_INVALIDATE) !== 0) throw EBUSY
    if (e.object === undefined || !e.shared) continue
    const from = Math.max(address, e.start)
    const first = (e.offset + (from - e.start)) / PAGE_SIZE
    const length = Math.min(end, e.end) - from
    e.object.putPages(first, length / PAGE_SIZE)
    // The next store is told again, by another fault; other processes' mappings stay as they are.
    if (e.object.hearsOfStores === true && (flags & MS_SYNC) !== 0) vm.discard(from, length)
  }
  if (!vm.map.covers(address, end)) throw ENOMEM
  return 0
}

/** Pages looked at in one go. */
const MINCORE_PAGES = 4096

/** mincore(2): one byte a page. @throws EINVAL, ENOMEM, EFAULT */
function sys_mincore(l: Lwp, addressArgument: number, lengthArgument: number, vector: number): number {
  const address = size(addressArgument)
  if (!isPageAligned(addressArgument)) throw EINVAL
  const end = address + pageUp(size(lengthArgument))
  const { vm } = l.proc
  if (end > USER_TOP || !vm.map.covers(address, end)) throw ENOMEM
  const states = new Uint8Array(MINCORE_PAGES)
  for (let at = address, done = 0; at < end; at += MINCORE_PAGES * PAGE_SIZE) {
    const pages = Math.min(MINCORE_PAGES, (end - at) / PAGE_SIZE)
    vm.space.pageStates(at, pages * PAGE_SIZE, states, false)
    for (const e of vm.map.within(at, at + pages * PAGE_SIZE)) markObjectPages(e, at, pages, states)
    l.memory.copyout(
      vector + done,
      states.subarray(0, pages).map(state => state & 1),
    )
    done += pages
  }
  return 0
}

/** Of an object, pages count that are in memory, whoever brought them in. */
function markObjectPages(e: MapEntry, at: number, pages: number, states: Uint8Array): void {
  if (e.object === undefined) return
  const first = Math.max(0, (e.start - at) / PAGE_SIZE)
  const last = Math.min(pages, (e.end - at) / PAGE_SIZE)
  const index = (e.offset + (at - e.start)) / PAGE_SIZE
  for (let i = first; i < last; i++) if (e.object.residentPage(index + i) !== undefined) states[i] |= 1
}

export const adviceCalls: CallFamily = { madvise: sys_madvise, msync: sys___msync13, mincore: sys_mincore }
