/** Memory maps: sys/compat/linux/common/linux_misc.c (linux_sys_mmap, linux_sys_mprotect, linux_sys_brk); sys/uvm/uvm_mmap.c. */
import { PAGE_SIZE, pageDown, pageUp } from '../machine/page.ts'
import { meets } from '../native/divergence.ts'
import { EACCES, EEXIST, EINVAL, ENOMEM, ENOSPC, EOPNOTSUPP, EOVERFLOW, EPERM } from '../native/errno.ts'
import { type File, FREAD, FWRITE } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { type MapEntry, PROT_EXEC, PROT_READ, PROT_WRITE } from '../native/uvm/entry.ts'
import { HugeObject, type HugePagePool } from '../native/uvm/huge-pages.ts'
import type { UvmObject } from '../native/uvm/object.ts'
import { type MapRequest, privately, USER_TOP, type VmSpace } from '../native/uvm/vmspace.ts'
import { populate } from '../native/uvm/wire.ts'
import { cacheStatCalls } from './cachestat.ts'
import { type CallFamily, size } from './call.ts'
import { notPath } from './file-arguments.ts'
import { foreignMemoryCalls } from './foreign-memory.ts'
import { anonymousHugePages, hugePagesOf } from './huge-pages.ts'
import { adviceCalls } from './madvise.ts'
import {
  checkLowest,
  checkMemory,
  findSpace,
  hasMemory,
  isPageAligned,
  limited,
  roundHint,
  SPACE_32BIT,
} from './memory-place.ts'
import { memoryPolicyCalls } from './mempolicy.ts'
import { checkLocking, lockCalls, mayLockMore } from './mlock.ts'
import { mremapCalls } from './mremap.ts'
import { sealCalls } from './mseal.ts'

const MAP_TYPE = 0xf
const MAP_SHARED = 1
const MAP_PRIVATE = 2
const MAP_SHARED_VALIDATE = 3
const MAP_FIXED = 0x10
const MAP_ANONYMOUS = 0x20
const MAP_32BIT = 0x40
const MAP_GROWSDOWN = 0x100
const MAP_LOCKED = 0x2000
const MAP_NORESERVE = 0x4000
const MAP_POPULATE = 0x8000
const MAP_NONBLOCK = 0x1_0000
const MAP_HUGETLB = 0x4_0000
const MAP_FIXED_NOREPLACE = 0x10_0000
/** What MAP_SHARED_VALIDATE knows (LEGACY_MAP_MASK); other bits are refused there and ignored elsewhere. */
const KNOWN_FLAGS = 0x7c07_f9f3
const PROT_ALL = PROT_READ | PROT_WRITE | PROT_EXEC

/**
 * Linux lets a mapping with MAP_GROWSDOWN grow when something below it is touched. NetBSD maps at once what the limit of the stack allows, and answers
 * with the place near its end that was asked for.
 */
function linux_sys_mmap(
  l: Lwp,
  address: number,
  lengthArgument: number,
  prot: number,
  flags: number,
  fd: number,
  offset: number,
): number {
  const most = l.proc.vm.stackLimit
  const length = size(lengthArgument)
  const isStack = (flags & MAP_GROWSDOWN) !== 0 && length > 0 && length < most
  if (!isStack || !meets(l, 'mmap.grows-down', `${length} bytes asked for`)) {
    return linux_mmap(l, address, lengthArgument, prot, flags, fd, offset)
  }
  const below = pageUp(most) - pageUp(length)
  const wanted = address === 0 ? 0 : size(address) - below
  return linux_mmap(l, wanted, pageUp(most), prot, flags, fd, offset) + below
}

/** @throws EINVAL, ENOMEM, EBADF, EACCES, ENODEV, EPERM, EEXIST, EOVERFLOW, EAGAIN */
function linux_mmap(
  l: Lwp,
  address: number,
  lengthArgument: number,
  prot: number,
  flagsArgument: number,
  fd: number,
  offset: number,
): number {
  const flags = flagsArgument | 0
  if (!isPageAligned(offset)) throw EINVAL
  const file = (flags & MAP_ANONYMOUS) !== 0 ? undefined : notPath(l.fd.file(fd | 0))
  const pool = hugePool(l, flags, file)
  const unit = pool?.size ?? PAGE_SIZE
  const asked = size(lengthArgument)
  if (asked === 0) throw EINVAL
  if (asked > USER_TOP) throw ENOMEM
  const length = pool === undefined ? asked : Math.ceil(asked / unit) * unit
  if (offset % unit !== 0) throw EINVAL
  const vm = limited(l)
  const at = place(l, vm, size(address), pageUp(length), flags, unit)
  const locked = (flags & MAP_LOCKED) !== 0
  if (locked || vm.lockFuture !== 'no') checkLocking(l, pageUp(length), locked)
  const shared = isShared(l, flags, file)
  const allowed = protection(l, prot)
  if (
    pool === undefined &&
    (allowed & PROT_WRITE) !== 0 &&
    (flags & MAP_NORESERVE) === 0 &&
    (file === undefined || !shared)
  ) {
    checkMemory(l, length)
  }
  const growsDown = file === undefined && (flags & MAP_GROWSDOWN) !== 0 && !l.proc.kernel.diverges('mmap.grows-down')
  const from = file === undefined ? anonymously(pool, length, flags) : behind(l, file, offset, length, allowed, shared)
  mapOrAbandon(vm, {
    address: at,
    length,
    prot: allowed,
    maxProt: from.maxProt,
    shared,
    object: from.object,
    offset: from.offset,
    name: from.name,
    growsDown,
    locked,
  })
  const populates = (flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE
  if (populates || locked || vm.lockFuture === 'populate') populate(vm, at, at + pageUp(length))
  if (file !== undefined && (allowed & PROT_EXEC) !== 0) l.proc.kernel.hook?.onCodeMapped(l)
  return at
}

/** Huge pages that were promised for nothing go back. */
function mapOrAbandon(vm: VmSpace, request: MapRequest): void {
  try {
    vm.mmap(request)
  } catch (error) {
    if (request.object instanceof HugeObject && request.object.mappings === 0) request.object.store.dispose()
    throw error
  }
}

/** Where the pages come from, if they are to be huge. @throws EINVAL for a size that there is not, or a file of ordinary ones. */
function hugePool(l: Lwp, flags: number, file: File | undefined): HugePagePool | undefined {
  if (file?.hugePages !== undefined) return file.hugePages
  if ((flags & MAP_HUGETLB) === 0 || meets(l, 'mmap.unknown-flags', 'MAP_HUGETLB')) return undefined
  const pool = file === undefined ? hugePagesOf(l, flags) : undefined
  if (pool === undefined) throw EINVAL
  return pool
}

/** What a mapping shows. */
interface Shown {
  readonly object: UvmObject | undefined
  readonly offset: number
  readonly maxProt: number
  readonly name: string
}

/** @throws ENOMEM where there are not enough huge pages. */
function anonymously(pool: HugePagePool | undefined, length: number, flags: number): Shown {
  const object = pool && anonymousHugePages(pool, length, (flags & MAP_NORESERVE) === 0)
  if (pool !== undefined && object === undefined) throw ENOMEM
  return { object, offset: 0, maxProt: PROT_ALL, name: '' }
}

/** @throws EOVERFLOW, EACCES, ENODEV, EPERM, EINVAL */
function behind(l: Lwp, file: File, offset: number, length: number, prot: number, shared: boolean): Shown {
  if (offset < 0 || offset + length > Number.MAX_SAFE_INTEGER) throw EOVERFLOW
  checkAccess(file, prot, shared)
  const maxProt = maximum(file, shared)
  if (file.mapsZeroes) return { object: undefined, offset: 0, maxProt, name: '/dev/zero' }
  const object = file.mmap(l, offset, length, prot, shared)
  return { object, offset: file.mapOffset(offset), maxProt: object.hasFixedProtection ? prot : maxProt, name: '' }
}

/** Whether writes are seen by others. @throws EINVAL, EOPNOTSUPP */
function isShared(l: Lwp, flags: number, file: File | undefined): boolean {
  const type = flags & MAP_TYPE
  if (type === MAP_SHARED_VALIDATE && file !== undefined) {
    if (meets(l, 'mmap.shared-validate', `flags 0x${flags.toString(16)}`)) throw EINVAL
    if ((flags & ~KNOWN_FLAGS) !== 0) throw EOPNOTSUPP
  } else if (type !== MAP_SHARED && type !== MAP_PRIVATE) throw EINVAL
  // Only a private mapping of no file can grow.
  const growable = type === MAP_PRIVATE && file === undefined
  if ((flags & MAP_GROWSDOWN) !== 0 && !growable && !l.proc.kernel.diverges('mmap.grows-down')) throw EINVAL
  return type !== MAP_PRIVATE
}

/** @throws EACCES */
function checkAccess(file: File, prot: number, shared: boolean): void {
  const needed = shared && (prot & PROT_WRITE) !== 0 ? FREAD | FWRITE : FREAD
  if ((file.flags & needed) !== needed) throw EACCES
}

/** What mprotect may give later: a shared mapping never more than the descriptor allows. */
function maximum(file: File, shared: boolean): number {
  return shared && ((file.flags & FWRITE) === 0 || file.mapsReadOnly) ? PROT_READ | PROT_EXEC : PROT_ALL
}

/** On NetBSD what can be written can be read, and says so. */
function protection(l: Lwp, prot: number): number {
  const wanted = prot & PROT_ALL
  if ((wanted & (PROT_WRITE | PROT_READ)) !== PROT_WRITE) return wanted
  return meets(l, 'mmap.write-reads', `protection ${wanted}`) ? wanted | PROT_READ : wanted
}

/** Where a mapping goes. @throws EINVAL, EPERM, ENOMEM, EEXIST */
function place(l: Lwp, vm: VmSpace, wanted: number, length: number, flags: number, unit: number): number {
  const noReplace = (flags & MAP_FIXED_NOREPLACE) !== 0 && !meets(l, 'mmap.unknown-flags', 'MAP_FIXED_NOREPLACE')
  if ((flags & MAP_FIXED) !== 0 || noReplace) {
    if (wanted + length > USER_TOP) throw ENOMEM
    if (wanted % unit !== 0) throw EINVAL
    checkLowest(l, wanted)
    if (noReplace && !vm.map.isFree(wanted, wanted + length)) throw EEXIST
    return wanted
  }
  const low = (flags & MAP_32BIT) !== 0 && !meets(l, 'mmap.unknown-flags', 'MAP_32BIT')
  const hint = Math.ceil(roundHint(wanted) / unit) * unit
  const end = low ? SPACE_32BIT.end : USER_TOP
  if (hint !== 0 && hint + length <= end && vm.map.isFree(hint, hint + length)) return hint
  const room = length + unit - PAGE_SIZE
  const found = low ? vm.map.findSpace(room, SPACE_32BIT.start, end) : findSpace(vm, room)
  if (found === undefined) throw ENOMEM
  return Math.ceil(found / unit) * unit
}

/** munmap(2). @throws EINVAL, ENOMEM, EPERM */
function sys_munmap(l: Lwp, addressArgument: number, lengthArgument: number): number {
  const address = size(addressArgument)
  const length = size(lengthArgument)
  if (address > USER_TOP || length > USER_TOP - address) throw EINVAL
  if (isPageAligned(address) && length > 0) l.proc.vm.munmap(address, length)
  else if (!meets(l, 'munmap.any-address', `0x${address.toString(16)}, length ${length}`)) throw EINVAL
  else l.proc.vm.munmap(pageDown(address), length + (address % PAGE_SIZE))
  return 0
}

const PROT_SEM = 8
const PROT_GROWSDOWN = 0x0100_0000
const PROT_GROWSUP = 0x0200_0000
/** This processor has no protection keys but the one that all memory has. */
const NO_KEY = -1
const DEFAULT_KEY = 0

/** mprotect(2). @throws EINVAL, ENOMEM, EACCES, EPERM */
function linux_sys_mprotect(l: Lwp, address: number, length: number, prot: number): number {
  return doMprotect(l, address, length, prot, NO_KEY)
}

function doMprotect(l: Lwp, addressArgument: number, lengthArgument: number, prot: number, key: number): number {
  const address = size(addressArgument)
  const length = pageUp(size(lengthArgument))
  const end = address + length
  const grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP)
  if (grows === (PROT_GROWSDOWN | PROT_GROWSUP) || !isPageAligned(addressArgument)) throw EINVAL
  if (length === 0) return 0
  if (end >= 2 ** 64) throw ENOMEM
  if ((prot & ~(PROT_ALL | PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP)) !== 0) throw EINVAL
  if (key !== NO_KEY && key !== DEFAULT_KEY) throw EINVAL
  const vm = limited(l)
  const start = grows === 0 ? address : startOfStack(vm, address, grows)
  protectRange(l, vm, start, end, protection(l, prot))
  return 0
}

/** From the beginning of the stack that holds the address. */
function startOfStack(vm: VmSpace, address: number, grows: number): number {
  const e = vm.map.lookup(address)
  if (e === undefined) throw ENOMEM
  if (grows === PROT_GROWSUP || !e.growsDown) throw EINVAL
  return e.start
}

/** As far as there is no hole and nothing that forbids it; NetBSD looks for what forbids it first, and passes over holes. */
function protectRange(l: Lwp, vm: VmSpace, start: number, end: number, prot: number): void {
  const permits = (e: MapEntry): boolean => !e.sealed && (prot & ~e.maxProt) === 0
  if (l.proc.kernel.diverges('mprotect.holes')) {
    const refuses = vm.map.within(start, end).find(e => !permits(e))
    if (refuses?.object?.hasFixedProtection) meets(l, 'memfd.fixed-protection', `protection ${prot}`)
    if (refuses !== undefined) throw EACCES
    if (!vm.map.covers(start, end)) meets(l, 'mprotect.holes', `0x${start.toString(16)}-0x${end.toString(16)}`)
    vm.protect(start, end - start, prot)
    return
  }
  const reached = vm.map.reach(start, end, permits)
  if (reached > start) vm.protect(start, reached - start, prot)
  if (reached === end) return
  const stops = vm.map.lookup(reached)
  if (stops?.sealed === true && (prot & ~stops.maxProt) === 0) throw EPERM
  throw stops === undefined ? ENOMEM : EACCES
}

/** brk(2): always succeeds; the break that is in force is the answer. */
function linux_sys_brk(l: Lwp, wanted: number): number {
  const vm = limited(l)
  if (wanted < vm.brkStart) return vm.brkEnd
  const from = pageUp(vm.brkEnd)
  const to = pageUp(wanted)
  if (to > USER_TOP || to - vm.brkStart > vm.dataLimit) return vm.brkEnd
  if (to > from) {
    if (!vm.map.isFree(from, to) || !hasMemory(l, to - from)) return vm.brkEnd
    if (!vm.mayExpand(to - from, PROT_READ | PROT_WRITE, false)) return vm.brkEnd
    if (vm.lockFuture !== 'no' && !mayLockMore(l, to - from)) return vm.brkEnd
    vm.mmap(privately(from, to - from, PROT_READ | PROT_WRITE, undefined, 0, '[heap]'))
    if (vm.lockFuture === 'populate') populate(vm, from, to)
  } else if (to < from) {
    if (vm.isSealed(to, from)) return vm.brkEnd
    vm.munmap(to, from - to)
  }
  vm.brkEnd = wanted
  return wanted
}

/** pkey_mprotect(2): only with the key that is none. @throws EINVAL, ENOMEM, EACCES */
function linux_sys_pkey_mprotect(l: Lwp, address: number, length: number, prot: number, key: number): number {
  return doMprotect(l, address, length, prot, key | 0)
}

const PKEY_ACCESS = 3

/** pkey_alloc(2). @throws EINVAL; ENOSPC: there are none */
function linux_sys_pkey_alloc(_l: Lwp, flags: number, access: number): number {
  if (flags !== 0 || size(access) > PKEY_ACCESS) throw EINVAL
  throw ENOSPC
}

/** pkey_free(2): none was ever given. @throws EINVAL */
function linux_sys_pkey_free(): never {
  throw EINVAL
}

export const memoryCalls: CallFamily = {
  mmap: linux_sys_mmap,
  munmap: sys_munmap,
  mprotect: linux_sys_mprotect,
  pkey_mprotect: linux_sys_pkey_mprotect,
  pkey_alloc: linux_sys_pkey_alloc,
  pkey_free: linux_sys_pkey_free,
  brk: linux_sys_brk,
  ...mremapCalls,
  ...sealCalls,
  ...memoryPolicyCalls,
  ...cacheStatCalls,
  ...adviceCalls,
  ...lockCalls,
  ...foreignMemoryCalls,
}
