/** Sockets: sys/compat/linux/common/linux_socket.c. */
import { EINVAL, ENOTCONN, ENOTSOCK } from '../native/errno.ts'
import { release } from '../native/filedesc.ts'
import type { Received, ReceiveOptions } from '../native/ipc/socket.ts'
import { SHUT_RECEIVE, SHUT_SEND, Socket } from '../native/ipc/socket.ts'
import { UNNAMED } from '../native/ipc/unix-socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { finish, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import { UserUio } from '../native/uio.ts'
import type { CallFamily } from './call.ts'
import { bufferUio } from './file-arguments.ts'
import { allocateDescriptor, allocatePair, creationFlags, O_CLOEXEC, O_NONBLOCK } from './new-descriptor.ts'
import { encodeAddress, readAddress, writeAddress } from './socket-address.ts'
import { createPair, createSocket } from './socket-create.ts'
import {
  MSG_CTRUNC,
  MSG_TRUNC,
  readMessageHeader,
  readRights,
  writeControl,
  writeMessageResult,
} from './socket-message.ts'
import { getSocketOption, setSocketOption } from './socket-options.ts'

const MSG_OOB = 1
const MSG_PEEK = 2
const MSG_DONTWAIT = 0x40
const MSG_WAITALL = 0x100
const MSG_ERRQUEUE = 0x2000
const MSG_NOSIGNAL = 0x4000
const MSG_MORE = 0x8000
const MSG_CMSG_CLOEXEC = 0x4000_0000

function socketOf(l: Lwp, fd: number): Socket {
  const file = l.proc.fd.file(fd | 0)
  if (!(file instanceof Socket)) throw ENOTSOCK
  return file
}

export function linux_sys_socket(l: Lwp, a0: number, a1: number, a2: number): number {
  return allocateDescriptor(l, createSocket(l, a0 | 0, a1 | 0, a2 | 0), (a1 & O_CLOEXEC) !== 0)
}

export function linux_sys_socketpair(l: Lwp, a0: number, a1: number, a2: number, a3: number): number {
  const [first, second] = createPair(l, a0 | 0, a1 | 0, a2 | 0)
  return allocatePair(l, first, second, (a1 & O_CLOEXEC) !== 0, a3)
}

export function linux_sys_bind(l: Lwp, a0: number, a1: number, a2: number): number {
  const socket = socketOf(l, a0)
  socket.protocol.bind(l, readAddress(l, a1, a2 | 0))
  return 0
}

export function linux_sys_listen(l: Lwp, a0: number, a1: number): number {
  socketOf(l, a0).protocol.listen(l, a1 | 0)
  return 0
}

export function linux_sys_connect(l: Lwp, a0: number, a1: number, a2: number): MaybeBlocking<number> {
  const socket = socketOf(l, a0)
  return socket.protocol.connect(l, readAddress(l, a1, a2 | 0))
}

export function linux_sys_accept(l: Lwp, a0: number, a1: number, a2: number): Kthread<number> {
  return linux_sys_accept4(l, a0, a1, a2, 0)
}

export function* linux_sys_accept4(l: Lwp, a0: number, a1: number, a2: number, a3: number): Kthread<number> {
  const socket = socketOf(l, a0)
  const flags = a3 | 0
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw EINVAL
  const accepted = yield* finish(socket.protocol.accept(l))
  try {
    accepted.flags |= creationFlags(flags)
    if (a1 !== 0) writeAddress(l, a1, a2, accepted.protocol.peerAddress ?? UNNAMED)
    return allocateDescriptor(l, accepted, (flags & O_CLOEXEC) !== 0)
  } finally {
    release(accepted)
  }
}

export function linux_sys_getsockname(l: Lwp, a0: number, a1: number, a2: number): number {
  writeAddress(l, a1, a2, socketOf(l, a0).protocol.localAddress)
  return 0
}

export function linux_sys_getpeername(l: Lwp, a0: number, a1: number, a2: number): number {
  const peer = socketOf(l, a0).protocol.peerAddress
  if (peer === undefined) throw ENOTCONN
  writeAddress(l, a1, a2, peer)
  return 0
}

export function linux_sys_shutdown(l: Lwp, a0: number, a1: number): number {
  const socket = socketOf(l, a0)
  const how = [SHUT_RECEIVE, SHUT_SEND, SHUT_RECEIVE | SHUT_SEND][a1 | 0]
  if (how === undefined) throw EINVAL
  socket.protocol.shutdown(how)
  return 0
}

export function linux_sys_sendto(
  l: Lwp,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
): MaybeBlocking<number> {
  const socket = socketOf(l, a0)
  const to = a4 === 0 ? undefined : readAddress(l, a4, a5 | 0)
  return socket.protocol.send(l, bufferUio(l, a1, a2, 'out'), { to, rights: [], ...sendFlags(a3) })
}

function sendFlags(flags: number) {
  return {
    dontWait: (flags & MSG_DONTWAIT) !== 0,
    noSignal: (flags & MSG_NOSIGNAL) !== 0,
    outOfBand: (flags & MSG_OOB) !== 0,
    more: (flags & MSG_MORE) !== 0,
  }
}

export function linux_sys_sendmsg(l: Lwp, a0: number, a1: number, a2: number): MaybeBlocking<number> {
  const socket = socketOf(l, a0)
  const header = readMessageHeader(l, a1)
  const to = header.name === 0 || header.nameLength === 0 ? undefined : readAddress(l, header.name, header.nameLength)
  const rights = readRights(l, header)
  return socket.protocol.send(l, new UserUio(l.memory, header.vectors, 'out'), { to, rights, ...sendFlags(a2) })
}

function receiveFlags(flags: number): ReceiveOptions {
  return {
    peek: (flags & MSG_PEEK) !== 0,
    waitAll: (flags & MSG_WAITALL) !== 0,
    dontWait: (flags & MSG_DONTWAIT) !== 0,
    outOfBand: (flags & MSG_OOB) !== 0,
    errorQueue: (flags & MSG_ERRQUEUE) !== 0,
    discard: (flags & MSG_TRUNC) !== 0,
  }
}

/** With MSG_TRUNC the caller wants to know how long the message was, not how much of it he got. */
function lengthAnswer(received: Received, flags: number): number {
  return (flags & MSG_TRUNC) !== 0 ? received.length : received.count
}

export function* linux_sys_recvfrom(
  l: Lwp,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
): Kthread<number> {
  const socket = socketOf(l, a0)
  const received = yield* finish(socket.protocol.receive(l, bufferUio(l, a1, a2, 'in'), receiveFlags(a3)))
  for (const file of received.rights) release(file)
  if (a4 !== 0) writeAddress(l, a4, a5, received.from)
  return lengthAnswer(received, a3)
}

export function* linux_sys_recvmsg(l: Lwp, a0: number, a1: number, a2: number): Kthread<number> {
  const socket = socketOf(l, a0)
  const header = readMessageHeader(l, a1)
  const uio = new UserUio(l.memory, header.vectors, 'in')
  const received = yield* finish(socket.protocol.receive(l, uio, receiveFlags(a2)))
  const name = encodeAddress(received.from)
  if (header.name !== 0) l.memory.copyout(header.name, name.subarray(0, Math.max(0, header.nameLength)))
  const credentials = socket.options.isOn('SO_PASSCRED') ? received.sender : undefined
  const control = writeControl(l, header, received.rights, credentials, (a2 & MSG_CMSG_CLOEXEC) !== 0)
  const flags = (control.truncated ? MSG_CTRUNC : 0) | (received.length > received.count ? MSG_TRUNC : 0)
  writeMessageResult(l, a1, header.name === 0 ? 0 : name.length, control.written, flags | (a2 & MSG_CMSG_CLOEXEC))
  return lengthAnswer(received, a2)
}

export function linux_sys_getsockopt(l: Lwp, a0: number, a1: number, a2: number, a3: number, a4: number): number {
  getSocketOption(l, socketOf(l, a0), a1 | 0, a2 | 0, a3, a4)
  return 0
}

export function linux_sys_setsockopt(l: Lwp, a0: number, a1: number, a2: number, a3: number, a4: number): number {
  setSocketOption(l, socketOf(l, a0), a1 | 0, a2 | 0, a3, a4 | 0)
  return 0
}

export const socketCalls: CallFamily = {
  socket: linux_sys_socket,
  socketpair: linux_sys_socketpair,
  bind: linux_sys_bind,
  listen: linux_sys_listen,
  connect: linux_sys_connect,
  accept: linux_sys_accept,
  accept4: linux_sys_accept4,
  getsockname: linux_sys_getsockname,
  getpeername: linux_sys_getpeername,
  shutdown: linux_sys_shutdown,
  sendto: linux_sys_sendto,
  recvfrom: linux_sys_recvfrom,
  sendmsg: linux_sys_sendmsg,
  recvmsg: linux_sys_recvmsg,
  getsockopt: linux_sys_getsockopt,
  setsockopt: linux_sys_setsockopt,
}
