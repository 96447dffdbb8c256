/** System V semaphores: linux_ipc.c (linux_sys_semctl), sys/kern/sysv_sem.c; Linux: ipc/sem.c. */
import { E2BIG, EINVAL, ERANGE } from '../native/errno.ts'
import { IPC_R, IPC_W, ipcOwner, ipcperm, setIpcPerm } from '../native/ipc/sysv-ipc.ts'
import { isBeyond, SEMAEM, SEMVMX } from '../native/ipc/sysv-limits.ts'
import type { SemaphoreSet, SemOperation } from '../native/ipc/sysv-sem.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread } from '../native/sleep.ts'
import { type CallFamily, size } from './call.ts'
import { IPC_INFO, IPC_RMID, IPC_SET, IPC_STAT, IpcWriter, readIpcPerm } from './sysv.ts'
import { readTimespec } from './time-values.ts'

/** semget(2). @throws EINVAL, EEXIST, ENOENT, EACCES, ENOSPC, ENOMEM */
function sys_semget(l: Lwp, key: number, count: number, flags: number): number {
  const { sem, limits } = l.proc.kernel.sysv
  return sem.get(l, key | 0, count | 0, flags | 0, limits).id
}

const SEMBUF_BYTES = 6

/** struct sembuf, `count` of them. @throws EFAULT */
function readOperations(l: Lwp, address: number, count: number): SemOperation[] {
  const view = new DataView(l.memory.copyin(address, count * SEMBUF_BYTES).buffer)
  return Array.from({ length: count }, (_, i) => ({
    num: view.getUint16(i * SEMBUF_BYTES, true),
    op: view.getInt16(i * SEMBUF_BYTES + 2, true),
    flags: view.getUint16(i * SEMBUF_BYTES + 4, true),
  }))
}

/** semop(2). @throws EINVAL, E2BIG, EFAULT, EFBIG, EACCES, EAGAIN, ERANGE, EIDRM, EINTR */
function sys_semop(l: Lwp, id: number, address: number, count: number): Kthread<number> {
  return linux_sys_semtimedop(l, id, address, count, 0)
}

function* linux_sys_semtimedop(
  l: Lwp,
  id: number,
  address: number,
  countArgument: number,
  timeout: number,
): Kthread<number> {
  const { credentials } = l
  const { kernel } = l.proc
  const { sem, limits } = kernel.sysv
  const count = size(countArgument)
  const wait = timeout === 0 ? Number.POSITIVE_INFINITY : readTimespec(l, timeout)
  if (count < 1 || (id | 0) < 0) throw EINVAL
  if (isBeyond(l, limits, 'semopm', count)) throw E2BIG
  const operations = readOperations(l, address, count)
  const set = sem.sets.byId(id | 0)
  const alters = operations.some(o => o.op !== 0)
  const permitted = (): void => ipcperm(credentials, set.perm, alters ? IPC_W : IPC_R)
  yield* set.operate(l, operations, kernel.clock.monotonic() + wait, permitted)
  return 0
}

const GETPID = 11
const GETVAL = 12
const GETALL = 13
const GETNCNT = 14
const GETZCNT = 15
const SETVAL = 16
const SETALL = 17
const SEM_STAT = 18
const SEM_INFO = 19
const SEM_STAT_ANY = 20
const SEMID_BYTES = 104
/** What seminfo says the size of an undo structure is. */
const SEMUSZ = 20

function writeInfo(l: Lwp, address: number, used: boolean): void {
  const { sem, limits } = l.proc.kernel.sysv
  const { semmni, semmns, semmsl, semopm } = limits
  const [sets, all] = used ? [sem.sets.count, sem.count] : [SEMUSZ, SEMAEM]
  new IpcWriter(40).ints(0, semmns, semmni, semmns, semmns, semmsl, semopm, semopm, sets, SEMVMX, all).to(l, address)
}

/** semctl(2): the fourth argument is a value, or where a structure or an array is. @throws EINVAL, EFAULT, EACCES, EPERM, ERANGE */
function linux_sys_semctl(l: Lwp, idArgument: number, num: number, commandArgument: number, argument: number): number {
  const { credentials } = l
  const { kernel, pid } = l.proc
  const { sem } = kernel.sysv
  const id = idArgument | 0
  const command = commandArgument | 0
  if (id < 0) throw EINVAL
  switch (command) {
    case IPC_INFO:
    case SEM_INFO:
      writeInfo(l, argument, command === SEM_INFO)
      return sem.sets.highest
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY: {
      const set = command === IPC_STAT ? sem.sets.byId(id) : sem.sets.byIndex(id)
      if (command !== SEM_STAT_ANY) ipcperm(credentials, set.perm, IPC_R)
      const { otime, ctime, values } = set
      new IpcWriter(SEMID_BYTES).perm(set).longs(48, otime, 0, ctime, 0, values.length).to(l, argument)
      return command === IPC_STAT ? 0 : set.id
    }
    case IPC_SET:
    case IPC_RMID: {
      const wanted = command === IPC_SET ? readIpcPerm(l, argument) : undefined
      const set = sem.sets.byId(id)
      ipcOwner(credentials, set.perm)
      if (wanted === undefined) sem.remove(set)
      else {
        setIpcPerm(set.perm, wanted)
        set.changed()
      }
      return 0
    }
    case SETVAL: {
      const value = argument | 0
      if (value < 0 || value > SEMVMX) throw ERANGE
      const set = sem.sets.byId(id)
      const i = within(set, num | 0)
      ipcperm(credentials, set.perm, IPC_W)
      set.set(i, value, pid)
      set.changed()
      set.update()
      return 0
    }
    case SETALL:
      return setAll(l, sem.sets.byId(id), argument)
    case GETALL: {
      const set = sem.sets.byId(id)
      ipcperm(credentials, set.perm, IPC_R)
      l.memory.copyout(argument, new Uint8Array(Uint16Array.from(set.values).buffer))
      return 0
    }
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT: {
      const set = sem.sets.byId(id)
      ipcperm(credentials, set.perm, IPC_R)
      const i = within(set, num | 0)
      if (command === GETVAL) return set.values[i]
      return command === GETPID ? set.pids[i] : set.waiting(i, command === GETZCNT)
    }
    default:
      throw EINVAL
  }
}

function within({ values }: SemaphoreSet, num: number): number {
  if (num < 0 || num >= values.length) throw EINVAL
  return num
}

function setAll(l: Lwp, set: SemaphoreSet, address: number): number {
  ipcperm(l.credentials, set.perm, IPC_W)
  const bytes = l.memory.copyin(address, 2 * set.values.length)
  const values = new Uint16Array(bytes.buffer)
  if (values.some(value => value > SEMVMX)) throw ERANGE
  values.forEach((value, i) => {
    set.set(i, value, l.proc.pid)
  })
  set.changed()
  set.update()
  return 0
}

export const sysvSemCalls: CallFamily = {
  semget: sys_semget,
  semop: sys_semop,
  semtimedop: linux_sys_semtimedop,
  semctl: linux_sys_semctl,
}
