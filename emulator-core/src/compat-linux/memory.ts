/** Memory maps: sys/compat/linux/common/linux_misc.c (linux_sys_mmap, linux_sys_mremap, linux_sys_mprotect, linux_sys_brk); sys/uvm/uvm_mmap.c. */
import { PAGE_SIZE, pageDown, pageUp } from '../machine/page.ts'
import { EACCES, EEXIST, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import { type File, FWRITE } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { RLIMIT_AS, RLIMIT_DATA } from '../native/resource-limits.ts'
import { type MapEntry, PROT_EXEC, PROT_READ, PROT_WRITE } from '../native/uvm/entry.ts'
import { USER_TOP, type VmSpace } from '../native/uvm/vmspace.ts'
import { type CallFamily, size } from './call.ts'
import { meets } from './divergences.ts'

const MAP_TYPE = 0xf
const MAP_SHARED = 1
const MAP_PRIVATE = 2
const MAP_SHARED_VALIDATE = 3
const MAP_FIXED = 0x10
const MAP_ANONYMOUS = 0x20
const MAP_32BIT = 0x40
const MAP_NORESERVE = 0x4000
const MAP_FIXED_NOREPLACE = 0x10_0000
/** What MAP_SHARED_VALIDATE knows; other bits are refused there and ignored elsewhere. */
const KNOWN_FLAGS = 0x1f_fff3
const PROT_ALL = PROT_READ | PROT_WRITE | PROT_EXEC
/** vm.mmap_min_addr. */
const LOWEST = 0x10000
const END_OF_32BIT = 2 ** 31
const BOTTOM_OF_32BIT = 0x4000_0000

function isPageAligned(address: number): boolean {
  return address % PAGE_SIZE === 0
}

/** Frames that are left to the kernel and to copies on write: one of so many. */
const RESERVED_PART = 32

/**
 * Whether there is memory now for writable pages. Nothing is set aside for them, so a program that touches more than it is given later may
 * still be killed; but one that maps and fills until memory ends is told so.
 */
function hasMemory(l: Lwp, length: number): boolean {
  const { machine, vfs } = l.proc.kernel
  const free = machine.framesTotal - machine.framesUsed + vfs.memory.cached
  return length <= (free - machine.framesTotal / RESERVED_PART) * PAGE_SIZE
}

/** @throws ENOMEM */
function checkMemory(l: Lwp, length: number): void {
  if (!hasMemory(l, length)) throw ENOMEM
}

function limited(l: Lwp): VmSpace {
  const { vm, limits } = l.proc
  vm.limit = limits[RLIMIT_AS]?.soft ?? Number.POSITIVE_INFINITY
  return vm
}

/** @throws EINVAL, ENOMEM, EBADF, EACCES, ENODEV, EPERM, EEXIST, EOVERFLOW */
function linux_sys_mmap(
  l: Lwp,
  address: number,
  lengthArgument: number,
  protArgument: number,
  flagsArgument: number,
  fd: number,
  offset: number,
): number {
  const flags = flagsArgument | 0
  const length = size(lengthArgument)
  if (!isPageAligned(offset) || length === 0) throw EINVAL
  const file = (flags & MAP_ANONYMOUS) !== 0 ? undefined : l.proc.fd.file(fd | 0)
  const type = flags & MAP_TYPE
  if (type !== MAP_SHARED && type !== MAP_PRIVATE && type !== MAP_SHARED_VALIDATE) throw EINVAL
  if (type === MAP_SHARED_VALIDATE && (flags & ~KNOWN_FLAGS) !== 0) throw EOPNOTSUPP
  if (length > USER_TOP) throw ENOMEM
  const vm = limited(l)
  const shared = type !== MAP_PRIVATE
  const prot = protection(l, protArgument)
  const at = place(vm, size(address), pageUp(length), flags)
  if ((prot & PROT_WRITE) !== 0 && (flags & MAP_NORESERVE) === 0 && (file === undefined || !shared))
    checkMemory(l, length)
  if (file === undefined) return vm.mmap({ address: at, length, prot, shared })
  if (offset < 0 || offset + length > Number.MAX_SAFE_INTEGER) throw EINVAL
  const object = file.mmap(l, offset, length, prot, shared)
  return vm.mmap({ address: at, length, prot, shared, object, offset, maxProt: maximum(file, prot, shared) })
}

/** What mprotect may give later: a shared mapping never more than the descriptor allows. */
function maximum(file: File, prot: number, shared: boolean): number {
  if (!shared) return PROT_ALL
  return (file.flags & FWRITE) === 0 ? PROT_READ | PROT_EXEC : PROT_ALL | prot
}

/** On NetBSD a page that can be written can be read (linux_sys_mmap); on this processor, too. */
function protection(_l: Lwp, prot: number): number {
  const wanted = prot & PROT_ALL
  return (wanted & PROT_WRITE) !== 0 ? wanted | PROT_READ : wanted
}

/** Where a mapping goes. @throws EINVAL, EPERM, ENOMEM, EEXIST */
function place(vm: VmSpace, hint: number, length: number, flags: number): number {
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0) {
    if (!isPageAligned(hint)) throw EINVAL
    if (hint + length > USER_TOP) throw ENOMEM
    if (hint < LOWEST) throw EPERM
    if ((flags & MAP_FIXED_NOREPLACE) !== 0 && !vm.map.isFree(hint, hint + length)) throw EEXIST
    return hint
  }
  const at = pageDown(hint)
  if (at >= LOWEST && at + length <= USER_TOP && vm.map.isFree(at, at + length)) return at
  const low = (flags & MAP_32BIT) !== 0
  const found = low ? vm.map.findSpace(length, BOTTOM_OF_32BIT, END_OF_32BIT) : findSpace(vm, length)
  if (found === undefined) throw ENOMEM
  return found
}

function findSpace(vm: VmSpace, length: number): number | undefined {
  return vm.map.findSpace(length, LOWEST, vm.mmapTop)
}

function sys_munmap(l: Lwp, addressArgument: number, lengthArgument: number): number {
  const address = size(addressArgument)
  const length = size(lengthArgument)
  if (!isPageAligned(address) || length === 0 || address > USER_TOP || length > USER_TOP - address) throw EINVAL
  l.proc.vm.munmap(address, length)
  return 0
}

const PROT_GROWSDOWN = 0x0100_0000
const PROT_GROWSUP = 0x0200_0000

function linux_sys_mprotect(l: Lwp, addressArgument: number, lengthArgument: number, prot: number): number {
  const address = size(addressArgument)
  const length = pageUp(size(lengthArgument))
  if (!isPageAligned(address)) throw EINVAL
  if (length === 0) return 0
  if ((prot & ~(PROT_ALL | PROT_GROWSDOWN | PROT_GROWSUP)) !== 0) throw EINVAL
  if (address + length > USER_TOP) throw ENOMEM
  l.proc.vm.protect(address, length, protection(l, prot), EACCES)
  return 0
}

const MREMAP_MAYMOVE = 1
const MREMAP_FIXED = 2
const MREMAP_DONTUNMAP = 4

function linux_sys_mremap(
  l: Lwp,
  addressArgument: number,
  oldArgument: number,
  newArgument: number,
  flagsArgument: number,
  target: number,
): number {
  const flags = flagsArgument | 0
  const address = size(addressArgument)
  const fixed = (flags & MREMAP_FIXED) !== 0
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0) throw EINVAL
  if (fixed && (flags & MREMAP_MAYMOVE) === 0) throw EINVAL
  if ((flags & MREMAP_DONTUNMAP) !== 0) throw EINVAL
  if (!isPageAligned(address)) throw EINVAL
  const oldLength = pageUp(size(oldArgument))
  const newLength = pageUp(size(newArgument))
  if (newLength === 0 || oldLength === 0) throw EINVAL
  if (fixed && meets(l, 'mremap.fixed', 'MREMAP_FIXED')) throw EOPNOTSUPP
  const vm = limited(l)
  if (newLength > USER_TOP) throw ENOMEM
  if (!vm.map.covers(address, address + oldLength)) throw EFAULT
  if (fixed) return moveTo(vm, address, oldLength, newLength, size(target))
  if (newLength <= oldLength) {
    vm.munmap(address + newLength, oldLength - newLength)
    return address
  }
  const entry = wholeEntry(vm, address, oldLength)
  if (
    entry.end === address + oldLength &&
    address + newLength <= USER_TOP &&
    vm.map.isFree(entry.end, address + newLength)
  ) {
    grow(vm, entry, address + oldLength, newLength - oldLength)
    return address
  }
  if ((flags & MREMAP_MAYMOVE) === 0) throw ENOMEM
  const to = findSpace(vm, newLength)
  if (to === undefined) throw ENOMEM
  return relocate(vm, address, oldLength, newLength, to)
}

function moveTo(vm: VmSpace, address: number, oldLength: number, newLength: number, to: number): number {
  if (!isPageAligned(to) || to + newLength > USER_TOP || to < LOWEST) throw EINVAL
  if (to < address + oldLength && address < to + newLength) throw EINVAL
  vm.munmap(to, newLength)
  if (newLength < oldLength) vm.munmap(address + newLength, oldLength - newLength)
  return relocate(vm, address, Math.min(oldLength, newLength), newLength, to)
}

function relocate(vm: VmSpace, address: number, oldLength: number, newLength: number, to: number): number {
  const entry = wholeEntry(vm, address, oldLength)
  if (vm.size + (newLength - oldLength) > vm.limit) throw ENOMEM
  const within = { ...entry, offset: entry.offset + (address - entry.start) }
  vm.move(address, to, oldLength)
  if (newLength > oldLength)
    grow(vm, { ...within, start: to, end: to + oldLength }, to + oldLength, newLength - oldLength)
  return to
}

/** Only a range within one mapping can grow or move (Linux: EFAULT). */
function wholeEntry(vm: VmSpace, address: number, length: number): MapEntry {
  const entry = vm.map.lookup(address)
  if (entry === undefined || entry.end < address + length) throw EFAULT
  return entry
}

function grow(vm: VmSpace, entry: MapEntry, at: number, length: number): void {
  const { prot, maxProt, shared, object, name } = entry
  const offset = entry.offset + (at - entry.start)
  vm.mmap({ address: at, length, prot, maxProt, shared, name, ...(object === undefined ? {} : { object, offset }) })
}

/** brk(2): always succeeds; the break that is in force is the answer. */
function linux_sys_brk(l: Lwp, wanted: number): number {
  const vm = limited(l)
  if (wanted < vm.brkStart) return vm.brkEnd
  const from = pageUp(vm.brkEnd)
  const to = pageUp(wanted)
  const most = l.proc.limits[RLIMIT_DATA]?.soft ?? Number.POSITIVE_INFINITY
  if (to > USER_TOP || to - vm.brkStart > most) return vm.brkEnd
  if (to > from) {
    if (!vm.map.isFree(from, to) || vm.size + (to - from) > vm.limit) return vm.brkEnd
    if (!hasMemory(l, to - from)) return vm.brkEnd
    vm.mmap({ address: from, length: to - from, prot: PROT_READ | PROT_WRITE, shared: false, name: '[heap]' })
  } else if (to < from) vm.munmap(to, from - to)
  vm.brkEnd = wanted
  return wanted
}

const MADV_DONTNEED = 4
const MADV_FREE = 8
/** Advice that changes nothing a program can see: NORMAL…WILLNEED, DONTFORK's kin, MERGEABLE, HUGEPAGE, DONTDUMP, COLD, PAGEOUT, POPULATE. */
const ADVICE = new Set([0, 1, 2, 3, 4, 8, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23])
/** What NetBSD's own numbers happen to share with Linux's. */
const LAST_COMMON_ADVICE = 4

function sys_madvise(l: Lwp, addressArgument: number, lengthArgument: number, adviceArgument: number): number {
  const address = size(addressArgument)
  const length = pageUp(size(lengthArgument))
  const advice = adviceArgument | 0
  if (!isPageAligned(address) || !ADVICE.has(advice)) throw EINVAL
  if (advice > LAST_COMMON_ADVICE && meets(l, 'madvise.own-numbers', `advice ${advice}`)) throw EINVAL
  const end = address + length
  if (end > USER_TOP) throw EINVAL
  if (length === 0) return 0
  const { vm } = l.proc
  if (advice === MADV_DONTNEED || advice === MADV_FREE) {
    for (const e of vm.map.within(address, end)) {
      // Shared anonymous memory stays: others see it, too.
      if (e.shared && e.object === undefined) continue
      if (advice === MADV_FREE && e.object !== undefined) throw EINVAL
      const from = Math.max(address, e.start)
      vm.discard(from, Math.min(end, e.end) - from)
    }
  }
  if (!vm.map.covers(address, end)) throw ENOMEM
  return 0
}

const MS_ASYNC = 1
const MS_INVALIDATE = 2
const MS_SYNC = 4

function sys___msync13(l: Lwp, addressArgument: number, lengthArgument: number, flags: number): number {
  const address = size(addressArgument)
  const length = pageUp(size(lengthArgument))
  if (!isPageAligned(address) || (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0) throw EINVAL
  if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0) throw EINVAL
  const end = address + length
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

/** No page of the guest is ever paged out, so locking needs nothing but the check of the range. */
function sys_mlock(l: Lwp, addressArgument: number, lengthArgument: number): number {
  const address = pageDown(size(addressArgument))
  const end = pageUp(size(addressArgument) + size(lengthArgument))
  if (!(end >= address) || !l.proc.vm.map.covers(address, end)) throw ENOMEM
  return 0
}

const MLOCK_ONFAULT = 1

function linux_sys_mlock2(l: Lwp, address: number, length: number, flags: number): number {
  if ((flags & ~MLOCK_ONFAULT) !== 0) throw EINVAL
  return sys_mlock(l, address, length)
}

const MCL_ALL = 7
const MCL_ONFAULT = 4

function sys_mlockall(_l: Lwp, flags: number): number {
  if (flags === 0 || (flags & ~MCL_ALL) !== 0 || flags === MCL_ONFAULT) throw EINVAL
  return 0
}

export const memoryCalls: CallFamily = {
  mmap: linux_sys_mmap,
  munmap: sys_munmap,
  mprotect: linux_sys_mprotect,
  mremap: linux_sys_mremap,
  brk: linux_sys_brk,
  madvise: sys_madvise,
  msync: sys___msync13,
  mincore: sys_mincore,
  mlock: sys_mlock,
  munlock: sys_mlock,
  mlock2: linux_sys_mlock2,
  mlockall: sys_mlockall,
  munlockall: () => 0,
}
