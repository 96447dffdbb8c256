/** sendmsg, recvmsg and their relatives for several messages at once: linux_socket.c, linux_sys_sendmsg, linux_sys_recvmmsg. struct msghdr of amd64. */

import { meets } from '../native/divergence.ts'
import { EAGAIN, EINVAL, EMSGSIZE, Errno } from '../native/errno.ts'
import { release } from '../native/filedesc.ts'
import type { Received, ReceiveOptions, SendOptions, Socket } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { finish, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import { type IoVec, UserUio } from '../native/uio.ts'
import type { CallFamily } from './call.ts'
import { readControl, writeControl } from './control-message.ts'
import { MAX_TRANSFER } from './file-arguments.ts'
import { encodeAddress, readAddress } from './socket-address.ts'
import { socketOf } from './socket-create.ts'

const IOV_MAX = 1024
/** UIO_MAXIOV: messages that one call sends; on NetBSD also that one receives. */
const MESSAGES_MOST = 1024
const MMSGHDR_BYTES = 64
const SOCKADDR_MAX = 128

const MSG_OOB = 1
const MSG_PEEK = 2
const MSG_CTRUNC = 8
export const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40
const MSG_WAITALL = 0x100
const MSG_ERRQUEUE = 0x2000
const MSG_NOSIGNAL = 0x4000
const MSG_MORE = 0x8000
const MSG_WAITFORONE = 0x10000
const MSG_CMSG_CLOEXEC = 0x4000_0000
/** PROBE, FIN, SYN, CONFIRM, RST, ERRQUEUE, MORE. */
const REFUSED_BY_NETBSD = 0x10 | 0x200 | 0x400 | 0x800 | 0x1000 | MSG_ERRQUEUE | MSG_MORE

/** @throws EINVAL for flags that NetBSD has not. */
function checkFlags(l: Lwp, flags: number): void {
  const refused = flags & REFUSED_BY_NETBSD
  if (refused !== 0 && meets(l, 'socket.message-flags', `flags 0x${refused.toString(16)}`)) throw EINVAL
}

export function sendFlags(l: Lwp, flags: number): Omit<SendOptions, 'rights'> {
  checkFlags(l, flags)
  return {
    dontWait: (flags & MSG_DONTWAIT) !== 0,
    noSignal: (flags & MSG_NOSIGNAL) !== 0,
    outOfBand: (flags & MSG_OOB) !== 0,
    more: (flags & MSG_MORE) !== 0,
  }
}

export function receiveFlags(l: Lwp, flags: number): ReceiveOptions {
  checkFlags(l, flags)
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
export function lengthAnswer(received: Received, flags: number): number {
  return (flags & MSG_TRUNC) !== 0 ? received.length : received.count
}

/** struct msghdr, 56 bytes. */
interface MessageHeader {
  readonly name: number
  readonly nameLength: number
  readonly vectors: readonly IoVec[]
  readonly control: number
  readonly controlLength: number
}

/** @throws EFAULT, EMSGSIZE for too many pieces, EINVAL for a bad length. */
function readHeader(l: Lwp, address: number): MessageHeader {
  const m = l.memory
  const name = m.readU64(address)
  const nameLength = m.readI32(address + 8)
  if (name !== 0 && nameLength < 0) throw EINVAL
  const count = m.readU64(address + 24)
  if (count > IOV_MAX) throw EMSGSIZE
  const iov = m.readU64(address + 16)
  const vectors: IoVec[] = []
  let total = 0
  for (let i = 0; i < count; i++) {
    const length = m.readI64(iov + i * 16 + 8)
    if (length < 0) throw EINVAL
    const taken = Math.min(length, MAX_TRANSFER - total)
    total += taken
    vectors.push({ base: m.readU64(iov + i * 16), length: taken })
  }
  return {
    name,
    nameLength: name === 0 ? 0 : Math.min(nameLength, SOCKADDR_MAX),
    vectors,
    control: m.readU64(address + 32),
    controlLength: m.readU64(address + 40),
  }
}

function sendMessage(l: Lwp, socket: Socket, address: number, flags: number): MaybeBlocking<number> {
  const header = readHeader(l, address)
  const to = header.nameLength === 0 ? undefined : readAddress(l, header.name, header.nameLength)
  const control = readControl(l, socket, header.control, header.control === 0 ? 0 : header.controlLength)
  const uio = new UserUio(l.memory, header.vectors, 'out')
  return socket.protocol.send(l, uio, { to, ...control, ...sendFlags(l, flags) })
}

export function linux_sys_sendmsg(l: Lwp, a0: number, a1: number, a2: number): MaybeBlocking<number> {
  return sendMessage(l, socketOf(l, a0), a1, a2)
}

function* receiveMessage(l: Lwp, socket: Socket, address: number, flags: number): Kthread<number> {
  const header = readHeader(l, address)
  const uio = new UserUio(l.memory, header.vectors, 'in')
  const received = yield* finish(socket.protocol.receive(l, uio, receiveFlags(l, flags)))
  const name = encodeAddress(received.from)
  if (header.name !== 0) {
    l.memory.copyout(header.name, name.subarray(0, header.nameLength))
    l.memory.writeU32(address + 8, name.length)
  }
  const closeOnExec = (flags & MSG_CMSG_CLOEXEC) !== 0
  const room = header.control === 0 ? 0 : header.controlLength
  const control = writeControl(l, socket, header.control, room, received, closeOnExec)
  let told = flags & MSG_CMSG_CLOEXEC
  if (control.truncated) told |= MSG_CTRUNC
  if (received.length > received.count) told |= MSG_TRUNC
  if (received.outOfBand === true) told |= MSG_OOB
  if (received.error !== undefined) told |= MSG_ERRQUEUE
  l.memory.writeI64(address + 40, control.written)
  l.memory.writeU32(address + 48, told)
  return lengthAnswer(received, flags)
}

export function linux_sys_recvmsg(l: Lwp, a0: number, a1: number, a2: number): Kthread<number> {
  return receiveMessage(l, socketOf(l, a0), a1, a2)
}

/** An error ends the series; it is told only if it came first. */
export function* linux_sys_sendmmsg(l: Lwp, a0: number, a1: number, a2: number, a3: number): Kthread<number> {
  const socket = socketOf(l, a0)
  const count = Math.min(a2 >>> 0, MESSAGES_MOST)
  let done = 0
  try {
    for (; done < count; done++) {
      const at = a1 + done * MMSGHDR_BYTES
      l.memory.writeU32(at + 56, yield* finish(sendMessage(l, socket, at, a3)))
    }
  } catch (e) {
    if (done === 0 || !(e instanceof Errno)) throw e
  }
  return done
}

/** @returns ns, Infinity for none. @throws EINVAL, EFAULT. */
function readTimeout(l: Lwp, at: number): number {
  if (at === 0) return Number.POSITIVE_INFINITY
  const seconds = l.memory.readI64(at)
  const nanos = l.memory.readI64(at + 8)
  if (seconds < 0 || nanos < 0 || nanos >= 1e9) throw EINVAL
  return seconds * 1e9 + nanos
}

/** The time is looked at after each message only, in Linux too (recvmmsg(2), BUGS). An error behind a message waits for the next call. */
export function* linux_sys_recvmmsg(
  l: Lwp,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
): Kthread<number> {
  const timeout = readTimeout(l, a4)
  const socket = socketOf(l, a0)
  const { clock } = l.proc.kernel
  const end = clock.monotonic() + timeout
  const isCut = a2 >>> 0 > MESSAGES_MOST && meets(l, 'socket.recvmmsg-most', `${a2 >>> 0} asked for`)
  const count = isCut ? MESSAGES_MOST : a2 >>> 0
  const error = socket.takeError()
  if (error !== undefined) throw error
  let flags = a3 & ~MSG_WAITFORONE
  let done = 0
  try {
    while (done < count) {
      const at = a1 + done * MMSGHDR_BYTES
      l.memory.writeU32(at + 56, yield* receiveMessage(l, socket, at, flags))
      done++
      if ((a3 & MSG_WAITFORONE) !== 0) flags |= MSG_DONTWAIT
      if (clock.monotonic() >= end) break
      if (a4 !== 0 && done < count && meets(l, 'socket.recvmmsg-timeout', 'recvmmsg with a timeout')) break
    }
  } catch (e) {
    if (done === 0 || !(e instanceof Errno)) throw e
    if (e !== EAGAIN) socket.error = e
  }
  if (a4 !== 0) {
    const left = Math.max(0, end - clock.monotonic())
    l.memory.writeI64(a4, Math.floor(left / 1e9))
    l.memory.writeI64(a4 + 8, Math.floor(left % 1e9))
  }
  return done
}

/** What a program did not want to have of a message. */
export function releaseRights(received: Received): void {
  for (const file of received.rights) release(file)
}

export const messageCalls: CallFamily = {
  sendmsg: linux_sys_sendmsg,
  recvmsg: linux_sys_recvmsg,
  sendmmsg: linux_sys_sendmmsg,
  recvmmsg: linux_sys_recvmmsg,
}
