/** getsockopt and setsockopt: linux_socket.c, linux_to_bsd_so_sockopt. Options in Linux's numbers. */
import { ECONNREFUSED, ECONNRESET, EDOM, EINVAL, ENOPROTOOPT, EOPNOTSUPP, EPIPE, type Errno } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import { AF_UNIX } from '../native/ipc/unix-socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { meets } from './divergences.ts'

const SOL_SOCKET = 1
const TYPES = { stream: 1, dgram: 2, seqpacket: 5 } as const

const SO_RCVTIMEO = 20
const SO_SNDTIMEO = 21
const SO_PASSCRED = 16
const SO_PEERCRED = 17

/** Linux's numbers of the errors a socket can keep for later. */
const KEPT_ERRORS = new Map<Errno, number>([
  [ECONNRESET, 104],
  [ECONNREFUSED, 111],
  [EPIPE, 32],
])

/** What getsockopt answers as an int. */
const GET: Readonly<Record<number, (s: Socket) => number>> = {
  3: s => TYPES[s.socketType],
  4: s => {
    const error = s.takeError()
    return error === undefined ? 0 : (KEPT_ERRORS.get(error) ?? error.code)
  },
  7: s => s.sendBuffer,
  8: s => s.receiveBuffer,
  16: s => (s.passCredentials ? 1 : 0),
  18: s => s.options.get(18) ?? 1,
  19: () => 1,
  30: s => (s.protocol.isListening ? 1 : 0),
  38: () => 0,
  39: s => s.domain,
}

/** Options that are only remembered: DEBUG, REUSEADDR, DONTROUTE, BROADCAST, KEEPALIVE, OOBINLINE, LINGER's switch, REUSEPORT, RCVLOWAT, TIMESTAMP. */
const REMEMBERED = new Set([1, 2, 5, 6, 9, 10, 12, 15, 18, 29])

/** What NetBSD's table of options has. */
const NETBSD_KNOWS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 18, 19, 20, 21, 29])

function checkOption(l: Lwp, socket: Socket, level: number, option: number): void {
  if (level !== SOL_SOCKET) throw socket.domain === AF_UNIX ? EOPNOTSUPP : ENOPROTOOPT
  if (!NETBSD_KNOWS.has(option) && meets(l, 'socket.options', `SO_ option ${option}`)) throw EINVAL
}

export function getSocketOption(
  l: Lwp,
  socket: Socket,
  level: number,
  option: number,
  at: number,
  lengthAt: number,
): void {
  checkOption(l, socket, level, option)
  const room = l.memory.readI32(lengthAt)
  if (room < 0) throw EINVAL
  const value = optionValue(socket, option)
  const bytes = new Uint8Array(value.buffer, 0, Math.min(room, value.byteLength))
  l.memory.copyout(at, bytes)
  l.memory.writeU32(lengthAt, bytes.length)
}

function optionValue(socket: Socket, option: number): Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> {
  const get = GET[option]
  if (get !== undefined) return Int32Array.of(get(socket))
  if (option === SO_PEERCRED) {
    const peer = socket.protocol.peerCredentials
    return Int32Array.of(peer?.pid ?? 0, peer?.uid ?? -1, peer?.gid ?? -1)
  }
  if (option === SO_RCVTIMEO) return timeval(socket.receiveTimeout)
  if (option === SO_SNDTIMEO) return timeval(socket.sendTimeout)
  if (option === 13) return Int32Array.of(0, 0)
  if (REMEMBERED.has(option)) return Int32Array.of(socket.options.get(option) ?? 0)
  throw ENOPROTOOPT
}

function timeval(ns: number): BigInt64Array<ArrayBuffer> {
  const micros = Number.isFinite(ns) ? BigInt(Math.round(ns / 1e3)) : 0n
  return BigInt64Array.of(micros / 1_000_000n, micros % 1_000_000n)
}

/** Buffers are at least this, and what is asked counts double, as Linux does it. */
const BUFFER_MIN = 4608
const BUFFER_MAX = 425984

export function setSocketOption(
  l: Lwp,
  socket: Socket,
  level: number,
  option: number,
  at: number,
  length: number,
): void {
  checkOption(l, socket, level, option)
  if (option === SO_RCVTIMEO || option === SO_SNDTIMEO) {
    if (length < 16) throw EINVAL
    const timeout = readTimeout(l, at)
    if (option === SO_RCVTIMEO) socket.receiveTimeout = timeout
    else socket.sendTimeout = timeout
    return
  }
  if (length < 4) throw EINVAL
  const value = l.memory.readI32(at)
  if (option === 7) socket.sendBuffer = bufferSize(value)
  else if (option === 8) socket.receiveBuffer = bufferSize(value)
  else if (option === SO_PASSCRED) socket.passCredentials = value !== 0
  else if (option === 13 || option === 19) return
  else if (REMEMBERED.has(option)) socket.options.set(option, value)
  else throw ENOPROTOOPT
}

function bufferSize(asked: number): number {
  return Math.min(BUFFER_MAX, Math.max(BUFFER_MIN, asked * 2))
}

function readTimeout(l: Lwp, at: number): number {
  const seconds = l.memory.readI64(at)
  const micros = l.memory.readI64(at + 8)
  if (micros < 0 || micros >= 1_000_000) throw EDOM
  if (seconds < 0) return 0
  return seconds === 0 && micros === 0 ? Number.POSITIVE_INFINITY : seconds * 1e9 + micros * 1e3
}
