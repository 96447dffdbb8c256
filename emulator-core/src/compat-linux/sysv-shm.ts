/** System V shared memory: linux_ipc.c (linux_sys_shmget, linux_sys_shmctl), sys/kern/sysv_shm.c; Linux: ipc/shm.c. */
import { PAGE_SIZE, pageUp } from '../machine/page.ts'
import { CAP_IPC_LOCK, hasCapability } from '../native/capability.ts'
import { EINVAL, ENOMEM, EPERM } from '../native/errno.ts'
import { IPC_R, IPC_W, ipcOwner, ipcperm, setIpcPerm } from '../native/ipc/sysv-ipc.ts'
import { SHM_LOCKED, type ShmSegment } from '../native/ipc/sysv-shm.ts'
import type { Lwp } from '../native/lwp.ts'
import { RLIMIT_MEMLOCK } from '../native/resource-limits.ts'
import { type MapEntry, PROT_EXEC, PROT_READ, PROT_WRITE } from '../native/uvm/entry.ts'
import type { HugePagePool } from '../native/uvm/huge-pages.ts'
import { USER_TOP, type VmSpace } from '../native/uvm/vmspace.ts'
import { type CallFamily, size } from './call.ts'
import { hugePagesOf } from './huge-pages.ts'
import { checkLowest, checkMemory, findSpace, isPageAligned, limited } from './memory-place.ts'
import { IPC_INFO, IPC_RMID, IPC_SET, IPC_STAT, IpcWriter, readIpcPerm } from './sysv.ts'

const SHM_HUGETLB = 0o4000
const SHM_NORESERVE = 0o10000

/** shmget(2). @throws EINVAL, EEXIST, ENOENT, EACCES, ENOSPC, ENOMEM */
function linux_sys_shmget(l: Lwp, key: number, length: number, flagsArgument: number): number {
  const flags = flagsArgument | 0
  const { sysv } = l.proc.kernel
  const fits = (): HugePagePool | undefined => {
    if ((flags & SHM_HUGETLB) !== 0) return hugePool(l, flags)
    if (size(length) > USER_TOP) throw ENOMEM
    if ((flags & SHM_NORESERVE) === 0) checkMemory(l, pageUp(size(length)))
    return undefined
  }
  return sysv.shm.get(l, key | 0, size(length), flags, sysv.limits, fits).id
}

/** @throws EINVAL for a size that there is not, EPERM. */
function hugePool(l: Lwp, flags: number): HugePagePool {
  const pool = hugePagesOf(l, flags)
  if (pool === undefined) throw EINVAL
  if (!hasCapability(l.credentials, CAP_IPC_LOCK)) throw EPERM
  return pool
}

const SHM_RDONLY = 0o10000
const SHM_RND = 0o20000
const SHM_REMAP = 0o40000
const SHM_EXEC = 0o100000

/** Where to attach; undefined: anywhere. @throws EINVAL */
function place(address: number, flags: number): number | undefined {
  const remaps = (flags & SHM_REMAP) !== 0
  if (address === 0) {
    if (remaps) throw EINVAL
    return undefined
  }
  if (isPageAligned(address)) return address
  if ((flags & SHM_RND) === 0) throw EINVAL
  const rounded = address - (address % PAGE_SIZE)
  if (rounded === 0 && remaps) throw EINVAL
  return rounded === 0 ? undefined : rounded
}

/** shmat(2). @throws EINVAL, EACCES, ENOMEM, EPERM */
function sys_shmat(l: Lwp, id: number, addressArgument: number, flagsArgument: number): number {
  const flags = flagsArgument | 0
  if ((id | 0) < 0) throw EINVAL
  const address = place(size(addressArgument), flags)
  const segment = l.proc.kernel.sysv.shm.segments.byId(id | 0)
  const readOnly = (flags & SHM_RDONLY) !== 0
  const executes = (flags & SHM_EXEC) !== 0
  ipcperm(l.credentials, segment.perm, IPC_R | (readOnly ? 0 : IPC_W) | (executes ? 0o111 : 0))
  const vm = limited(l)
  const length = segment.size
  const unit = segment.pageSize
  if (address !== undefined) {
    if (unit !== undefined && address % unit !== 0) throw EINVAL
    if (address + length > USER_TOP) throw EINVAL
    checkLowest(l, address)
    if ((flags & SHM_REMAP) === 0 && !vm.map.isFree(address, address + length)) throw EINVAL
  }
  const prot = PROT_READ | (readOnly ? 0 : PROT_WRITE) | (executes ? PROT_EXEC : 0)
  const maxProt = readOnly ? PROT_READ | PROT_EXEC : PROT_READ | PROT_WRITE | PROT_EXEC
  const room = unit === undefined || address !== undefined ? undefined : findSpace(vm, length + unit - PAGE_SIZE)
  const at = unit === undefined || room === undefined ? address : Math.ceil(room / unit) * unit
  return vm.mmap({ address: at, length, prot, maxProt, shared: true, object: segment })
}

function isSegment(e: MapEntry): boolean {
  return e.object !== undefined && e.object.separate === true
}

/** What is left of a mapping that began at an address. */
function attachment(vm: VmSpace, address: number): MapEntry | undefined {
  for (const e of vm.map.entries) {
    if (e.start >= address && isSegment(e) && e.start - address === e.offset) return e
  }
  return undefined
}

/** shmdt(2). @throws EINVAL */
function sys_shmdt(l: Lwp, addressArgument: number): number {
  const address = size(addressArgument)
  const { vm } = l.proc
  const first = isPageAligned(address) ? attachment(vm, address) : undefined
  if (first?.object === undefined) throw EINVAL
  const parts = vm.map.within(first.start, address + first.object.size).filter(e => e.object === first.object)
  for (const { start, end, offset } of parts) if (start - address === offset) vm.munmap(start, end - start)
  return 0
}

const SHM_LOCK = 11
const SHM_UNLOCK = 12
const SHM_STAT = 13
const SHM_INFO = 14
const SHM_STAT_ANY = 15
const SHMID_BYTES = 112

function writeStatus(l: Lwp, s: ShmSegment, address: number): void {
  new IpcWriter(SHMID_BYTES)
    .perm(s)
    .longs(48, s.segsz, s.atime, s.dtime, s.ctime)
    .ints(80, s.cpid, s.lpid)
    .longs(88, s.mappings)
    .to(l, address)
}

/** shmctl(2). @throws EINVAL, EFAULT, EACCES, EPERM, ENOMEM */
function linux_sys_shmctl(l: Lwp, idArgument: number, commandArgument: number, address: number): number {
  const { credentials } = l
  const { kernel } = l.proc
  const { shm, limits } = kernel.sysv
  const { segments } = shm
  const id = idArgument | 0
  const command = commandArgument | 0
  if (id < 0 || command < 0) throw EINVAL
  switch (command) {
    case IPC_INFO:
      new IpcWriter(72).longs(0, limits.shmmax, 1, limits.shmmni, limits.shmseg, limits.shmall).to(l, address)
      return segments.highest
    case SHM_INFO: {
      let resident = 0
      for (const s of segments) resident += s.residentPages
      new IpcWriter(48).ints(0, segments.count).longs(8, shm.pages, resident).to(l, address)
      return segments.highest
    }
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY: {
      const s = command === IPC_STAT ? segments.byId(id) : segments.byIndex(id)
      if (command !== SHM_STAT_ANY) ipcperm(credentials, s.perm, IPC_R)
      writeStatus(l, s, address)
      return command === IPC_STAT ? 0 : s.id
    }
    case IPC_SET: {
      const wanted = readIpcPerm(l, address)
      const s = segments.byId(id)
      ipcOwner(credentials, s.perm)
      setIpcPerm(s.perm, wanted)
      s.changed()
      return 0
    }
    case IPC_RMID: {
      const s = segments.byId(id)
      ipcOwner(credentials, s.perm)
      shm.remove(s)
      return 0
    }
    case SHM_LOCK:
    case SHM_UNLOCK:
      lock(l, segments.byId(id), command === SHM_LOCK)
      return 0
    default:
      throw EINVAL
  }
}

/** Nothing is ever paged out, so that a lock is only told. @throws EPERM, ENOMEM */
function lock(l: Lwp, s: ShmSegment, locks: boolean): void {
  const { credentials } = l
  const { limits } = l.proc
  if (credentials.euid !== 0) {
    ipcOwner(credentials, s.perm)
    const most = limits[RLIMIT_MEMLOCK]?.soft ?? Number.POSITIVE_INFINITY
    if (locks && most === 0) throw EPERM
    if (locks && s.size > most) throw ENOMEM
  }
  s.perm.mode = locks ? s.perm.mode | SHM_LOCKED : s.perm.mode & ~SHM_LOCKED
}

export const sysvShmCalls: CallFamily = {
  shmget: linux_sys_shmget,
  shmat: sys_shmat,
  shmdt: sys_shmdt,
  shmctl: linux_sys_shmctl,
}
