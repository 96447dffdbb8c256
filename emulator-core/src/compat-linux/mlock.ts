/** mlock and its kin: sys/uvm/uvm_mmap.c; Linux: mm/mlock.c. No page of the guest is ever paged out: a lock brings pages in, and is counted. */
import { PAGE_SIZE, pageDown } from '../machine/page.ts'
import { CAP_IPC_LOCK, hasCapability } from '../native/capability.ts'
import { EAGAIN, EINVAL, ENOMEM, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { RLIMIT_MEMLOCK } from '../native/resource-limits.ts'
import type { VmSpace } from '../native/uvm/vmspace.ts'
import { populate } from '../native/uvm/wire.ts'
import { type CallFamily, size } from './call.ts'
import { pageUp64 } from './memory-place.ts'

const PAGES = ~(PAGE_SIZE - 1)

/** How much may be locked in all; Infinity for root. @throws EPERM if that is nothing */
function mostLocked(l: Lwp): number {
  if (hasCapability(l.credentials, CAP_IPC_LOCK)) return Number.POSITIVE_INFINITY
  const most = l.proc.limits[RLIMIT_MEMLOCK]?.soft ?? Number.POSITIVE_INFINITY
  if (most === 0) throw EPERM
  return most > Number.MAX_SAFE_INTEGER ? most : most - (most & ~PAGES)
}

/** Whether new memory may be locked, besides what is. */
export function mayLockMore(l: Lwp, bytes: number): boolean {
  if (hasCapability(l.credentials, CAP_IPC_LOCK)) return true
  return l.proc.vm.lockedSize() + bytes <= (l.proc.limits[RLIMIT_MEMLOCK]?.soft ?? Number.POSITIVE_INFINITY)
}

/** For new mappings. @param asked by MAP_LOCKED, not only by mlockall. @throws EPERM, EAGAIN */
export function checkLocking(l: Lwp, bytes: number, asked: boolean): void {
  if (asked) mostLocked(l)
  if (!mayLockMore(l, bytes)) throw EAGAIN
}

interface Range {
  readonly start: number
  readonly end: number
}

function rangeOf(addressArgument: number, lengthArgument: number): Range {
  const address = size(addressArgument)
  const start = pageDown(address)
  return { start, end: start + pageUp64(size(lengthArgument) + (address - start)) }
}

/** As far as there is no hole. @throws EINVAL, ENOMEM where nothing is mapped */
function setLocked(vm: VmSpace, { start, end }: Range, locked: boolean): void {
  if (end >= 2 ** 64) throw EINVAL
  const reached = vm.map.reach(start, end, () => true)
  if (reached > start) vm.alter(start, reached, { locked })
  if (reached < end) throw ENOMEM
}

function lockedWithin(vm: VmSpace, { start, end }: Range): number {
  let sum = 0
  for (const e of vm.map.within(start, end)) if (e.locked) sum += Math.min(end, e.end) - Math.max(start, e.start)
  return sum
}

/** mlock(2). @throws EPERM, ENOMEM, EINVAL */
function sys_mlock(l: Lwp, address: number, length: number): number {
  return lock(l, rangeOf(address, length), true)
}

function lock(l: Lwp, range: Range, now: boolean): number {
  const { vm } = l.proc
  const most = mostLocked(l)
  if (most !== Number.POSITIVE_INFINITY) {
    const more = range.end - range.start - lockedWithin(vm, range)
    if (vm.lockedSize() + more > most) throw ENOMEM
  }
  setLocked(vm, range, true)
  if (now) populate(vm, range.start, range.end)
  return 0
}

function sys_munlock(l: Lwp, address: number, length: number): number {
  setLocked(l.proc.vm, rangeOf(address, length), false)
  return 0
}

const MLOCK_ONFAULT = 1

/** mlock2(2). @throws EPERM, ENOMEM, EINVAL */
function linux_sys_mlock2(l: Lwp, address: number, length: number, flags: number): number {
  if ((flags & ~MLOCK_ONFAULT) !== 0) throw EINVAL
  return lock(l, rangeOf(address, length), (flags & MLOCK_ONFAULT) === 0)
}

const MCL_CURRENT = 1
const MCL_FUTURE = 2
const MCL_ONFAULT = 4
const MCL_ALL = 7

/** All that is mapped. */
function everything(vm: VmSpace): Range {
  const { entries } = vm.map
  return { start: entries[0]?.start ?? 0, end: entries.at(-1)?.end ?? 0 }
}

/** mlockall(2). @throws EINVAL, EPERM, ENOMEM */
function sys_mlockall(l: Lwp, flagsArgument: number): number {
  const flags = flagsArgument | 0
  if (flags === 0 || (flags & ~MCL_ALL) !== 0 || flags === MCL_ONFAULT) throw EINVAL
  const { vm } = l.proc
  if ((flags & MCL_CURRENT) !== 0 && vm.size > mostLocked(l)) throw ENOMEM
  mostLocked(l)
  const onFault = (flags & MCL_ONFAULT) !== 0
  vm.lockFuture = (flags & MCL_FUTURE) === 0 ? 'no' : onFault ? 'onfault' : 'populate'
  if ((flags & MCL_CURRENT) === 0) return 0
  const { start, end } = everything(vm)
  vm.alter(start, end, { locked: true })
  if (!onFault) populate(vm, start, end)
  return 0
}

function sys_munlockall(l: Lwp): number {
  const { vm } = l.proc
  const { start, end } = everything(vm)
  vm.lockFuture = 'no'
  vm.alter(start, end, { locked: false })
  return 0
}

export const lockCalls: CallFamily = {
  mlock: sys_mlock,
  munlock: sys_munlock,
  mlock2: linux_sys_mlock2,
  mlockall: sys_mlockall,
  munlockall: sys_munlockall,
}
