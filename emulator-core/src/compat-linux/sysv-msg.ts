/** System V message queues: linux_ipc.c (linux_sys_msgctl), sys/kern/sysv_msg.c; Linux: ipc/msg.c. */

import { meets } from '../native/divergence.ts'
import { E2BIG, EINTR, EINVAL, ENOMSG, EPERM, ERESTART } from '../native/errno.ts'
import { IPC_NOWAIT, IPC_R, IPC_W, ipcOwner, ipcperm, setIpcPerm } from '../native/ipc/sysv-ipc.ts'
import { type Message, type MessageQueue, MSG_EXCEPT, MSG_NOERROR } from '../native/ipc/sysv-msg.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread } from '../native/sleep.ts'
import { type CallFamily, size } from './call.ts'
import { IPC_INFO, IPC_RMID, IPC_SET, IPC_STAT, IpcWriter, readIpcPerm } from './sysv.ts'
import { interruption } from './temporary-mask.ts'

/** msgget(2). @throws EEXIST, ENOENT, EACCES, ENOSPC */
function sys_msgget(l: Lwp, key: number, flags: number): number {
  const { msg, limits } = l.proc.kernel.sysv
  return msg.get(l, key | 0, flags | 0, limits).id
}

/** A handler ends the wait whatever it says of restarting. */
function* withoutRestart<T>(l: Lwp, body: Kthread<T>): Kthread<T> {
  try {
    return yield* body
  } catch (error) {
    throw error === EINTR || error === ERESTART ? interruption(l) : error
  }
}

/** msgsnd(2). @throws EINVAL, EFAULT, EACCES, EAGAIN, EIDRM, EINTR */
function* sys_msgsnd(l: Lwp, id: number, address: number, lengthArgument: number, flags: number): Kthread<number> {
  const { credentials } = l
  const { kernel } = l.proc
  const { msg, limits } = kernel.sysv
  const length = size(lengthArgument)
  const type = BigInt.asIntN(64, l.memory.readBigU64(address))
  if (length > limits.msgmax || (id | 0) < 0 || type < 1n) throw EINVAL
  const text = l.memory.copyin(address + 8, length)
  const queue = msg.queues.byId(id | 0)
  const permitted = (): void => ipcperm(credentials, queue.perm, IPC_W)
  yield* withoutRestart(l, queue.send(l, { type, text }, flags | 0, permitted))
  return 0
}

const MSG_COPY = 0o40000

/** msgrcv(2). @throws EINVAL, E2BIG, ENOMSG, EACCES, EFAULT, EIDRM, EINTR */
function* sys_msgrcv(
  l: Lwp,
  id: number,
  address: number,
  length: number,
  type: number,
  flagsArgument: number,
): Kthread<number> {
  const flags = flagsArgument | 0
  if ((id | 0) < 0 || length < 0) throw EINVAL
  const copies = (flags & MSG_COPY) !== 0 && !meets(l, 'msgrcv.copy', 'MSG_COPY')
  if (copies && ((flags & MSG_EXCEPT) !== 0 || (flags & IPC_NOWAIT) === 0)) throw EINVAL
  const except = (flags & MSG_EXCEPT) !== 0 && !meets(l, 'msgrcv.except', 'MSG_EXCEPT')
  const queue = l.proc.kernel.sysv.msg.queues.byId(id | 0)
  const permitted = (): void => ipcperm(l.credentials, queue.perm, IPC_R)
  if (copies) {
    permitted()
    return deliver(l, copyOf(queue, type, length, flags), address, length)
  }
  const how = except ? flags : flags & ~MSG_EXCEPT
  const message = yield* withoutRestart(l, queue.receive(l, length, BigInt(type), how, permitted))
  return deliver(l, message, address, length)
}

/** The message at a place in the queue, which stays there. @throws ENOMSG, E2BIG */
function copyOf({ messages }: MessageQueue, place: number, length: number, flags: number): Message {
  const message = messages[place]
  if (message === undefined) throw ENOMSG
  if (message.text.length > length && (flags & MSG_NOERROR) === 0) throw E2BIG
  return message
}

function deliver(l: Lwp, { type, text }: Message, address: number, length: number): number {
  const bytes = text.subarray(0, length)
  l.memory.writeBigU64(address, BigInt.asUintN(64, type))
  l.memory.copyout(address + 8, bytes)
  return bytes.length
}

const MSG_STAT = 11
const MSG_INFO = 12
const MSG_STAT_ANY = 13
const MSQID_BYTES = 120
/** Where msg_qbytes is. */
const QBYTES = 88
const MSGSSZ = 16
const MSGSEG = 0xffff

function writeInfo(l: Lwp, address: number, used: boolean): void {
  const { msg, limits } = l.proc.kernel.sysv
  const { msgmni, msgmnb, msgmax } = limits
  let [pool, map, all] = [Math.floor((msgmni * msgmnb) / 1024), msgmnb, msgmnb]
  if (used) {
    pool = msg.queues.count
    map = all = 0
    for (const q of msg.queues) {
      map += q.messages.length
      all += q.bytes
    }
  }
  new IpcWriter(32).ints(0, pool, map, msgmax, msgmnb, msgmni, MSGSSZ, all, MSGSEG).to(l, address)
}

function writeStatus(l: Lwp, q: MessageQueue, address: number): void {
  new IpcWriter(MSQID_BYTES)
    .perm(q)
    .longs(48, q.stime, q.rtime, q.ctime, q.bytes, q.messages.length, q.qbytes)
    .ints(96, q.lspid, q.lrpid)
    .to(l, address)
}

/** msgctl(2). @throws EINVAL, EFAULT, EACCES, EPERM */
function linux_sys_msgctl(l: Lwp, idArgument: number, commandArgument: number, address: number): number {
  const { credentials } = l
  const { kernel } = l.proc
  const { msg, limits } = kernel.sysv
  const id = idArgument | 0
  const command = commandArgument | 0
  if (id < 0 || command < 0) throw EINVAL
  if (command > IPC_STAT && meets(l, 'msgctl.commands', `command ${command}`)) throw EINVAL
  switch (command) {
    case IPC_INFO:
    case MSG_INFO:
      writeInfo(l, address, command === MSG_INFO)
      return msg.queues.highest
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY: {
      const q = command === IPC_STAT ? msg.queues.byId(id) : msg.queues.byIndex(id)
      if (command !== MSG_STAT_ANY) ipcperm(credentials, q.perm, IPC_R)
      writeStatus(l, q, address)
      return command === IPC_STAT ? 0 : q.id
    }
    case IPC_SET: {
      const wanted = readIpcPerm(l, address)
      const qbytes = l.memory.readU64(address + QBYTES)
      const q = msg.queues.byId(id)
      ipcOwner(credentials, q.perm)
      if (qbytes > limits.msgmnb && credentials.euid !== 0) throw EPERM
      setIpcPerm(q.perm, wanted)
      q.qbytes = qbytes
      q.changed()
      return 0
    }
    case IPC_RMID: {
      const q = msg.queues.byId(id)
      ipcOwner(credentials, q.perm)
      msg.remove(q)
      return 0
    }
    default:
      throw EINVAL
  }
}

export const sysvMsgCalls: CallFamily = {
  msgget: sys_msgget,
  msgsnd: sys_msgsnd,
  msgrcv: sys_msgrcv,
  msgctl: linux_sys_msgctl,
}
