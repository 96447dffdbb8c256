/** mlock and its kin: sys/uvm/uvm_mmap.c. No page of the guest is ever paged out, so there is nothing to do but to check. */
import { pageDown } from '../machine/page.ts'
import { EAGAIN, EINVAL, ENOMEM, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { RLIMIT_MEMLOCK } from '../native/resource-limits.ts'
import { type CallFamily, size } from './call.ts'
import { pageUp64 } from './memory-place.ts'

/** Root may lock what it likes, others up to their limit. @throws EPERM if that is nothing */
function mayLock(l: Lwp, bytes: number): boolean {
  if (l.proc.credentials.euid === 0) return true
  const most = l.proc.limits[RLIMIT_MEMLOCK]?.soft ?? Number.POSITIVE_INFINITY
  if (most === 0) throw EPERM
  return bytes <= most
}

/** For MAP_LOCKED. @throws EPERM, EAGAIN */
export function checkLocking(l: Lwp, bytes: number): void {
  if (!mayLock(l, bytes)) throw EAGAIN
}

/** @throws EINVAL, ENOMEM where nothing is mapped */
function checkRange(l: Lwp, addressArgument: number, lengthArgument: number): void {
  const address = pageDown(size(addressArgument))
  const end = address + pageUp64(size(lengthArgument) + (size(addressArgument) - address))
  if (end >= 2 ** 64) throw EINVAL
  if (!l.proc.vm.map.covers(address, end)) throw ENOMEM
}

/** mlock(2). @throws EPERM, ENOMEM, EINVAL */
function sys_mlock(l: Lwp, address: number, length: number): number {
  if (!mayLock(l, size(length))) throw ENOMEM
  checkRange(l, address, length)
  return 0
}

function sys_munlock(l: Lwp, address: number, length: number): number {
  checkRange(l, address, length)
  return 0
}

const MLOCK_ONFAULT = 1

function linux_sys_mlock2(l: Lwp, address: number, length: number, flags: number): number {
  if ((flags & ~MLOCK_ONFAULT) !== 0) throw EINVAL
  return sys_mlock(l, address, length)
}

const MCL_CURRENT = 1
const MCL_ONFAULT = 4
const MCL_ALL = 7

/** mlockall(2). @throws EINVAL, EPERM, ENOMEM */
function sys_mlockall(l: Lwp, flagsArgument: number): number {
  const flags = flagsArgument | 0
  if (flags === 0 || (flags & ~MCL_ALL) !== 0 || flags === MCL_ONFAULT) throw EINVAL
  if (!mayLock(l, (flags & MCL_CURRENT) === 0 ? 0 : l.proc.vm.size)) throw ENOMEM
  return 0
}

export const lockCalls: CallFamily = {
  mlock: sys_mlock,
  munlock: sys_munlock,
  mlock2: linux_sys_mlock2,
  mlockall: sys_mlockall,
  munlockall: () => 0,
}
