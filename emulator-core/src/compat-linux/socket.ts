/** Sockets: sys/compat/linux/common/linux_socket.c. */
import { EINVAL, ENOTCONN } from '../native/errno.ts'
import { release } from '../native/filedesc.ts'
import { SHUT_RECEIVE, SHUT_SEND } from '../native/ipc/socket.ts'
import { UNNAMED } from '../native/ipc/unix-socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { finish, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import type { CallFamily } from './call.ts'
import { bufferUio } from './file-arguments.ts'
import { allocateDescriptor, allocatePair, creationFlags, O_CLOEXEC, O_NONBLOCK } from './new-descriptor.ts'
import { readAddress, writeAddress } from './socket-address.ts'
import { createPair, createSocket, socketOf } from './socket-create.ts'
import { lengthAnswer, messageCalls, receiveFlags, releaseRights, sendFlags } from './socket-message.ts'
import { getSocketOption, setSocketOption } from './socket-options.ts'

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
  return socket.protocol.send(l, bufferUio(l, a1, a2, 'out'), { to, rights: [], ...sendFlags(l, a3) })
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
  const received = yield* finish(socket.protocol.receive(l, bufferUio(l, a1, a2, 'in'), receiveFlags(l, a3)))
  releaseRights(received)
  if (a4 !== 0) writeAddress(l, a4, a5, received.from)
  return lengthAnswer(received, a3)
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
  ...messageCalls,
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
  getsockopt: linux_sys_getsockopt,
  setsockopt: linux_sys_setsockopt,
}
