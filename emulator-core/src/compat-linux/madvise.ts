/** madvise, msync, mincore: sys/uvm/uvm_mmap.c; Linux: mm/madvise.c, mm/msync.c, mm/mincore.c. */
import { ACCESS_READ, ACCESS_WRITE } from '../machine/access.ts'
import { PAGE_SIZE, pageUp } from '../machine/page.ts'
import { EFAULT, EINVAL, ENOMEM, EOPNOTSUPP } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { MapEntry } from '../native/uvm/entry.ts'
import { USER_TOP, type VmSpace } from '../native/uvm/vmspace.ts'
import { type CallFamily, size } from './call.ts'
import { meets } from './divergences.ts'
import { isPageAligned, pageUp64 } from './memory-place.ts'

/** What advice does to one part of the range. */
type Advice = (vm: VmSpace, e: MapEntry, start: number, end: number) => void

/** Changes nothing that a program can see. */
const nothing: Advice = () => {}

const inherit =
  (how: MapEntry['inherit']): Advice =>
  (vm, _e, start, end) =>
    vm.inherit(start, end, how)

/** Only private memory that no file is behind. */
const anonymousOnly =
  (advice: Advice): Advice =>
  (vm, e, start, end) => {
    if (e.shared || e.object !== undefined) throw EINVAL
    advice(vm, e, start, end)
  }

const discard: Advice = (vm, e, start, end) => {
  // Shared anonymous memory stays: others see it, too.
  if (!e.shared || e.object !== undefined) vm.discard(start, end - start)
}

/** MADV_REMOVE makes a hole in the file: none of ours can have one. */
const remove: Advice = (_vm, e) => {
  throw e.shared ? EOPNOTSUPP : EINVAL
}

/** Brings pages in as if they had been touched. */
const populate =
  (access: typeof ACCESS_READ | typeof ACCESS_WRITE): Advice =>
  (vm, _e, start, end) => {
    for (let at = start; at < end; at += PAGE_SIZE) {
      const result = vm.fault(at, access)
      if (result === 'protection') throw EINVAL
      if (result === 'no-memory') throw ENOMEM
      if (result !== 'resolved') throw EFAULT
    }
  }

const MADV_DONTNEED = 4

/** By Linux's numbers. */
const ADVICE: Readonly<Record<number, Advice>> = {
  0: nothing, // MADV_NORMAL
  1: nothing, // MADV_RANDOM
  2: nothing, // MADV_SEQUENTIAL
  3: nothing, // MADV_WILLNEED
  [MADV_DONTNEED]: discard,
  8: anonymousOnly(discard), // MADV_FREE
  9: remove, // MADV_REMOVE
  10: inherit('none'), // MADV_DONTFORK
  11: inherit('copy'), // MADV_DOFORK
  12: nothing, // MADV_MERGEABLE
  13: nothing, // MADV_UNMERGEABLE
  14: nothing, // MADV_HUGEPAGE
  15: nothing, // MADV_NOHUGEPAGE
  16: nothing, // MADV_DONTDUMP
  17: nothing, // MADV_DODUMP
  18: anonymousOnly(inherit('zero')), // MADV_WIPEONFORK
  19: inherit('copy'), // MADV_KEEPONFORK
  20: nothing, // MADV_COLD
  21: nothing, // MADV_PAGEOUT
  22: populate(ACCESS_READ), // MADV_POPULATE_READ
  23: populate(ACCESS_WRITE), // MADV_POPULATE_WRITE
  24: discard, // MADV_DONTNEED_LOCKED
}

/** NetBSD deactivates the pages and keeps what they hold. It makes a difference where there is private memory. */
function keepsData(l: Lwp, number: number, address: number, end: number): boolean {
  if (number !== MADV_DONTNEED || !l.proc.kernel.diverges('madvise.dontneed-keeps')) return false
  if (l.proc.vm.map.within(address, end).some(e => !e.shared)) {
    meets(l, 'madvise.dontneed-keeps', `0x${address.toString(16)}-0x${end.toString(16)}`)
  }
  return true
}

/** madvise(2): goes on behind holes, and says then that there were some. @throws EINVAL, ENOMEM, EFAULT, EOPNOTSUPP */
function sys_madvise(l: Lwp, addressArgument: number, lengthArgument: number, adviceArgument: number): number {
  const address = size(addressArgument)
  const end = address + pageUp(size(lengthArgument))
  const number = adviceArgument | 0
  const advice = ADVICE[number]
  if (advice === undefined || !isPageAligned(address) || end >= 2 ** 64) throw EINVAL
  if (number > MADV_DONTNEED && meets(l, 'madvise.own-numbers', `advice ${number}`)) throw EINVAL
  const { vm } = l.proc
  const covered = vm.map.covers(address, end)
  if (advice !== nothing && !keepsData(l, number, address, end)) {
    for (const e of vm.map.within(address, end)) advice(vm, e, Math.max(address, e.start), Math.min(end, e.end))
  }
  if (!covered) throw ENOMEM
  return 0
}

const MS_ASYNC = 1
const MS_INVALIDATE = 2
const MS_SYNC = 4

/** msync(2). @throws EINVAL, ENOMEM */
function sys___msync13(l: Lwp, addressArgument: number, lengthArgument: number, flags: number): number {
  const address = size(addressArgument)
  const end = address + pageUp64(size(lengthArgument))
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0 || !isPageAligned(address)) throw EINVAL
  if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0) throw EINVAL
  if (flags === 0 && meets(l, 'msync.no-flags', 'no flags')) throw EINVAL
  const { vm } = l.proc
  for (const e of vm.map.within(address, end)) {
    if (e.object === undefined || !e.shared) continue
    const from = Math.max(address, e.start)
    const first = (e.offset + (from - e.start)) / PAGE_SIZE
    e.object.putPages(first, (Math.min(end, e.end) - from) / PAGE_SIZE)
  }
  if (!vm.map.covers(address, end)) throw ENOMEM
  return 0
}

/** Pages looked at in one go. */
const MINCORE_PAGES = 4096

/** mincore(2): one byte a page. @throws EINVAL, ENOMEM, EFAULT */
function sys_mincore(l: Lwp, addressArgument: number, lengthArgument: number, vector: number): number {
  const address = size(addressArgument)
  if (!isPageAligned(address)) throw EINVAL
  const end = address + pageUp(size(lengthArgument))
  const { vm } = l.proc
  if (end > USER_TOP || !vm.map.covers(address, end)) throw ENOMEM
  const states = new Uint8Array(MINCORE_PAGES)
  for (let at = address, done = 0; at < end; at += MINCORE_PAGES * PAGE_SIZE) {
    const pages = Math.min(MINCORE_PAGES, (end - at) / PAGE_SIZE)
    vm.space.pageStates(at, pages * PAGE_SIZE, states, false)
    l.memory.copyout(
      vector + done,
      states.subarray(0, pages).map(state => state & 1),
    )
    done += pages
  }
  return 0
}

export const adviceCalls: CallFamily = { madvise: sys_madvise, msync: sys___msync13, mincore: sys_mincore }
