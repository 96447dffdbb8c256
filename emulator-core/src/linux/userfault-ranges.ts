/** The ranges that a userfaultfd rules: UFFDIO_REGISTER, UFFDIO_UNREGISTER, UFFDIO_WAKE. Linux: fs/userfaultfd.c. */
import { PAGE_SIZE } from '../machine/page.ts'
import { EBUSY, EINVAL, ENOMEM, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { type MapEntry, PROT_WRITE } from '../native/uvm/entry.ts'
import { FrameObject } from '../native/uvm/frame-object.ts'
import { USER_TOP } from '../native/uvm/vmspace.ts'
import { CONTINUE_IOCTL, RANGE_IOCTLS, WRITEPROTECT_IOCTL } from './userfault-api.ts'
import type { UserFaultFile } from './userfaultfd.ts'

/** vm.mmap_min_addr. */
const LOWEST = 0x10000

export interface Range {
  readonly start: number
  readonly end: number
}

/** struct uffdio_range. @throws EFAULT, EINVAL */
export function readRange(l: Lwp, address: number): Range {
  const start = l.memory.readU64(address)
  const length = l.memory.readU64(address + 8)
  return checkedRange(start, length)
}

/** @throws EINVAL */
export function checkedRange(start: number, length: number): Range {
  if (start % PAGE_SIZE !== 0 || length % PAGE_SIZE !== 0 || length === 0) throw EINVAL
  if (start < LOWEST || start >= USER_TOP || length > USER_TOP - start) throw EINVAL
  return { start, end: start + length }
}

const MISSING = 1
const PROTECTED = 2
const MINOR = 4

/** Memory that belongs to nobody else, and what is in memory only (shmem). */
function canBePaged({ object, shared }: MapEntry, modes: number): boolean {
  if (object === undefined) return (modes & MINOR) === 0
  return object instanceof FrameObject && object.pageSize === undefined && shared && (modes & PROTECTED) === 0
}

/** @throws EFAULT, EINVAL, ENOMEM, EPERM, EBUSY */
export function register(l: Lwp, file: UserFaultFile, argument: number): number {
  const { vm } = file
  const modes = l.memory.readBigU64(argument + 16)
  const given = { start: l.memory.readU64(argument), length: l.memory.readU64(argument + 8) }
  if (modes === 0n || modes > BigInt(MISSING | PROTECTED | MINOR)) throw EINVAL
  const { start, end } = checkedRange(given.start, given.length)
  if (vm.references === 0) throw ENOMEM
  const parts = vm.map.within(start, end)
  if (parts.length === 0) throw EINVAL
  const mode = Number(modes)
  for (const e of parts) {
    if (!canBePaged(e, mode)) throw EINVAL
    if ((e.maxProt & PROT_WRITE) === 0) throw EPERM
    if (e.paging !== undefined && e.paging.pager !== file) throw EBUSY
  }
  vm.isPaged = true
  if ((mode & MISSING) !== 0) vm.withoutZeroes(start, end)
  vm.alter(start, end, { paging: file.paging(mode) })
  const without = ((mode & PROTECTED) === 0 ? WRITEPROTECT_IOCTL : 0n) | ((mode & MINOR) === 0 ? CONTINUE_IOCTL : 0n)
  l.memory.writeBigU64(argument + 24, RANGE_IOCTLS & ~without)
  return 0
}

/** Those who wait look again. @throws EFAULT, EINVAL, ENOMEM */
export function unregister(l: Lwp, file: UserFaultFile, argument: number): number {
  const { vm } = file
  const { start, end } = readRange(l, argument)
  if (vm.references === 0) throw ENOMEM
  const parts = vm.map.within(start, end)
  if (parts.length === 0) throw EINVAL
  for (const e of parts) if (!canBePaged(e, 0) || (e.paging !== undefined && e.paging.pager !== file)) throw EINVAL
  vm.alter(start, end, { paging: undefined })
  file.wake(start, end)
  return 0
}

/** @throws EFAULT, EINVAL */
export function wake(l: Lwp, file: UserFaultFile, argument: number): number {
  const { start, end } = readRange(l, argument)
  file.wake(start, end)
  return 0
}

/** The descriptor is gone: its ranges are as all others. */
export function letGo(file: UserFaultFile): void {
  const { vm } = file
  for (const { start, end, paging } of [...vm.map.entries])
    if (paging?.pager === file) vm.alter(start, end, { paging: undefined })
}
