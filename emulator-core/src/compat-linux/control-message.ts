/** Control messages, struct cmsghdr: what goes with a message besides its bytes (linux_socket.c, linux_sys_sendmsg; cmsg(3), unix(7), ip(7), ipv6(7)). */

import { meets } from '../native/divergence.ts'
import { EBADF, EINVAL, EMFILE, EPERM, ESRCH } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import { release } from '../native/filedesc.ts'
import type { PacketInfo, PeerCredentials, QueuedError, Received, Socket } from '../native/ipc/socket.ts'
import { AF_UNIX } from '../native/ipc/unix-socket.ts'
import { Kqueue } from '../native/kqueue/kqueue.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, AF_INET6, ANY4, addressOf, ipBytes, ipText, isIpv4, mappedBytes } from '../native/net/address.ts'
import { linuxErrno } from './errno.ts'
import { install } from './file-arguments.ts'
import { encodeAddress } from './socket-address.ts'
import {
  RX_SOFTWARE,
  SO_TIMESTAMP,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPING,
  SO_TIMESTAMPING_NEW,
  SOFTWARE,
} from './socket-options-time.ts'

const HEADER = 16
const CONTROL_MAX = 20480
/** Descriptors in one message (SCM_MAX_FD). */
const MAX_RIGHTS = 253

const SOL_IP = 0
const SOL_SOCKET = 1
const SOL_IPV6 = 41
const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2
const SO_MARK = 36
const SO_RXQ_OVFL = 40
const IP_TOS = 1
const IP_TTL = 2
const IP_PKTINFO = 8
const IP_RECVERR = 11
const IP_ORIGDSTADDR = 20
const IPV6_2292PKTINFO = 2
const IPV6_2292HOPLIMIT = 8
const IPV6_RECVERR = 25
const IPV6_PKTINFO = 50
const IPV6_HOPLIMIT = 52
const IPV6_TCLASS = 67
const IPV6_ORIGDSTADDR = 74
const SOL_TCP = 6
const TCP_INQ = 36
const SOL_UDP = 17
const UDP_SEGMENT = 103
const UDP_GRO = 104

/** What a message is sent with. */
export interface SentControl {
  readonly rights: readonly File[]
  readonly credentials: PeerCredentials | undefined
  readonly packet: PacketInfo | undefined
}

const NOTHING: SentControl = { rights: [], credentials: undefined, packet: undefined }

interface Draft {
  rights: File[]
  credentials: PeerCredentials | undefined
  packet: PacketInfo | undefined
}

/** @throws EINVAL, EBADF, EPERM, ESRCH, EFAULT. */
export function readControl(l: Lwp, socket: Socket, at: number, length: number): SentControl {
  if (length === 0) return NOTHING
  if (length > CONTROL_MAX) throw EINVAL
  const bytes = l.memory.copyin(at, length)
  const v = new DataView(bytes.buffer)
  const draft: Draft = { rights: [], credentials: undefined, packet: undefined }
  for (let from = 0; from + HEADER <= bytes.length; ) {
    const size = Number(v.getBigUint64(from, true))
    if (size < HEADER || from + size > bytes.length) throw EINVAL
    const [level, type] = [v.getInt32(from + 8, true), v.getInt32(from + 12, true)]
    const data = bytes.subarray(from + HEADER, from + size)
    if (type === SCM_CREDENTIALS && level === SOL_SOCKET && meets(l, 'socket.credentials', 'SCM_CREDENTIALS'))
      return NOTHING
    if (socket.domain === AF_UNIX) unixControl(l, level, type, data, draft)
    else if (socket.domain === AF_INET || socket.domain === AF_INET6) inetControl(level, type, data, draft)
    from += Math.ceil(size / 8) * 8
  }
  if (draft.rights.length > MAX_RIGHTS) throw EINVAL
  return draft
}

function unixControl(l: Lwp, level: number, type: number, data: Uint8Array, draft: Draft): void {
  if (level !== SOL_SOCKET) return
  const v = new DataView(data.buffer, data.byteOffset, data.byteLength)
  if (type === SCM_RIGHTS) {
    for (let f = 0; f + 4 <= data.length; f += 4) draft.rights.push(fileAt(l, v.getInt32(f, true)))
  } else if (type === SCM_CREDENTIALS) {
    if (data.length !== 12) throw EINVAL
    draft.credentials = checked(l, { pid: v.getInt32(0, true), uid: v.getUint32(4, true), gid: v.getUint32(8, true) })
  } else throw EINVAL
}

function fileAt(l: Lwp, fd: number): File {
  const file = l.fd.file(fd)
  if (file instanceof Kqueue && meets(l, 'epoll.not-passed', `descriptor ${fd} in a message`)) throw EBADF
  return file
}

/** Only root may say that it is somebody else. */
function checked(l: Lwp, said: PeerCredentials): PeerCredentials {
  const { credentials } = l
  const { pid, kernel } = l.proc
  const { uid, euid, suid, gid, egid, sgid } = credentials
  if (euid !== 0) {
    if (said.pid !== pid || ![uid, euid, suid].includes(said.uid) || ![gid, egid, sgid].includes(said.gid)) throw EPERM
  } else if (said.pid !== pid && !kernel.processes.has(said.pid)) throw ESRCH
  return said
}

function inetControl(level: number, type: number, data: Uint8Array, draft: Draft): void {
  const v = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const int = (): number => {
    if (data.length !== 4 && !(data.length === 1 && level === SOL_IP)) throw EINVAL
    return data.length === 1 ? data[0] : v.getInt32(0, true)
  }
  const add = (info: PacketInfo): void => {
    draft.packet = { ...draft.packet, ...info }
  }
  switch (`${level} ${type}`) {
    case `${SOL_SOCKET} ${SCM_RIGHTS}`:
    case `${SOL_SOCKET} ${SCM_CREDENTIALS}`:
      return
    case `${SOL_IP} ${IP_PKTINFO}`:
      if (data.length !== 12) throw EINVAL
      add({ ip: ipText(data.subarray(4, 8)), interface: v.getInt32(0, true) })
      return
    case `${SOL_IP} ${IP_TTL}`:
      if (int() < 1 || int() > 255) throw EINVAL
      add({ ttl: int() })
      return
    case `${SOL_IP} ${IP_TOS}`:
      if (int() < 0 || int() > 255) throw EINVAL
      add({ tos: int() })
      return
    case `${SOL_IPV6} ${IPV6_PKTINFO}`:
      if (data.length < 20) throw EINVAL
      add({ ip: ipText(data.subarray(0, 16)), interface: v.getInt32(16, true) })
      return
    case `${SOL_IPV6} ${IPV6_HOPLIMIT}`:
      if (int() < -1 || int() > 255) throw EINVAL
      if (int() >= 0) add({ ttl: int() })
      return
    case `${SOL_IPV6} ${IPV6_TCLASS}`:
      if (int() < -1 || int() > 255) throw EINVAL
      if (int() >= 0) add({ tos: int() })
      return
    case `${SOL_UDP} ${UDP_SEGMENT}`:
      if (data.length !== 2) throw EINVAL
      add({ segment: v.getUint16(0, true) })
      return
    default:
      if (level === SOL_IP || level === SOL_IPV6 || level === SOL_SOCKET) throw EINVAL
  }
}

const words = (...values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)

/** Puts control messages one behind the other, as far as there is room. */
class Writer {
  readonly #l: Lwp
  readonly #base: number
  readonly #room: number
  written = 0
  truncated = false

  constructor(l: Lwp, base: number, room: number) {
    this.#l = l
    this.#base = base
    this.#room = room
  }

  get left(): number {
    return this.#room - this.written
  }

  put(level: number, type: number, data: Uint8Array): void {
    const length = Math.min(HEADER + data.length, this.left)
    if (length < HEADER + data.length) this.truncated = true
    if (length < HEADER) return
    const bytes = new Uint8Array(length)
    const v = new DataView(bytes.buffer)
    v.setBigUint64(0, BigInt(length), true)
    v.setInt32(8, level, true)
    v.setInt32(12, type, true)
    bytes.set(data.subarray(0, length - HEADER), HEADER)
    this.#l.memory.copyout(this.#base + this.written, bytes)
    this.written = Math.min(this.#room, this.written + Math.ceil(length / 8) * 8)
  }
}

/** Hands over what came with a message, as the socket's options want it; its open files as descriptors. */
export function writeControl(
  l: Lwp,
  socket: Socket,
  at: number,
  room: number,
  received: Received,
  closeOnExec: boolean,
): { written: number; truncated: boolean } {
  const w = new Writer(l, at, room)
  const { options } = socket
  if (options.isOn('TCP_INQ') && socket.socketType === 'stream') w.put(SOL_TCP, TCP_INQ, words(inQueue(socket)))
  if (received.time !== undefined) putTime(w, socket, received.time)
  if (received.error !== undefined) putError(w, received.error)
  else if (received.packet !== undefined) putPacket(w, socket, received.packet)
  if (received.sender !== undefined && options.isOn('SO_PASSCRED')) {
    const { pid, uid, gid } = received.sender
    w.put(SOL_SOCKET, SCM_CREDENTIALS, words(pid, uid, gid))
  }
  putRights(l, w, received.rights, closeOnExec)
  return w
}

/** How much more can be read at once; at the end of the stream 1, for the end (tcp_inq_hint). */
function inQueue({ protocol }: Socket): number {
  return protocol.readable === 0 && protocol.cannotReceive ? 1 : protocol.readable
}

function putTime(w: Writer, { options }: Socket, time: bigint): void {
  const seconds = time / 1_000_000_000n
  const rest = time % 1_000_000_000n
  const wanted = options.get('SO_TIMESTAMP')
  const inMicros = wanted === SO_TIMESTAMP || wanted === SO_TIMESTAMP_NEW
  if (wanted !== 0)
    w.put(SOL_SOCKET, wanted, new Uint8Array(BigInt64Array.of(seconds, inMicros ? rest / 1000n : rest).buffer))
  if ((options.get('SO_TIMESTAMPING') & (RX_SOFTWARE | SOFTWARE)) !== (RX_SOFTWARE | SOFTWARE)) return
  // The kernel's time, one that is not used any more, and the network card's.
  const stamps = new Uint8Array(BigInt64Array.of(seconds, rest, 0n, 0n, 0n, 0n).buffer)
  w.put(SOL_SOCKET, options.isOn('SO_TIMESTAMP_NEW') ? SO_TIMESTAMPING_NEW : SO_TIMESTAMPING, stamps)
}

/** The address that a datagram was sent to, with its port. */
const sentTo = (ip: string, port: number, family: number): Uint8Array => encodeAddress(addressOf({ ip, port }, family))

function putPacket(w: Writer, socket: Socket, info: PacketInfo): void {
  const { options, domain } = socket
  const ip = info.ip ?? ANY4
  if (options.isOn('SO_RXQ_OVFL') && (info.drops ?? 0) > 0) w.put(SOL_SOCKET, SO_RXQ_OVFL, words(info.drops ?? 0))
  if (options.isOn('SO_RCVMARK')) w.put(SOL_SOCKET, SO_MARK, words(info.mark ?? 0))
  if (options.isOn('UDP_GRO') && (info.segment ?? 0) > 0) w.put(SOL_UDP, UDP_GRO, words(info.segment ?? 0))
  if (domain === AF_INET6) {
    const pktinfo = new Uint8Array(20)
    pktinfo.set(mappedBytes(ip))
    pktinfo.set(words(info.interface ?? 0), 16)
    if (options.isOn('IPV6_RECVPKTINFO')) w.put(SOL_IPV6, IPV6_PKTINFO, pktinfo)
    if (!isIpv4(ip)) {
      if (options.isOn('IPV6_RECVHOPLIMIT')) w.put(SOL_IPV6, IPV6_HOPLIMIT, words(info.ttl ?? 0))
      if (options.isOn('IPV6_RECVTCLASS')) w.put(SOL_IPV6, IPV6_TCLASS, words(info.tos ?? 0))
      if (options.isOn('IPV6_2292PKTINFO')) w.put(SOL_IPV6, IPV6_2292PKTINFO, pktinfo)
      if (options.isOn('IPV6_2292HOPLIMIT')) w.put(SOL_IPV6, IPV6_2292HOPLIMIT, words(info.ttl ?? 0))
      if (options.isOn('IPV6_RECVORIGDSTADDR')) w.put(SOL_IPV6, IPV6_ORIGDSTADDR, sentTo(ip, info.port ?? 0, AF_INET6))
      return
    }
  }
  if (options.isOn('IP_PKTINFO')) {
    const data = new Uint8Array(12)
    data.set(words(info.interface ?? 0))
    data.set(ipBytes(ip), 4)
    data.set(ipBytes(ip), 8)
    w.put(SOL_IP, IP_PKTINFO, data)
  }
  if (options.isOn('IP_RECVTTL')) w.put(SOL_IP, IP_TTL, words(info.ttl ?? 0))
  if (options.isOn('IP_RECVTOS')) w.put(SOL_IP, IP_TOS, Uint8Array.of(info.tos ?? 0))
  if (options.isOn('IP_RECVORIGDSTADDR')) w.put(SOL_IP, IP_ORIGDSTADDR, sentTo(ip, info.port ?? 0, AF_INET))
}

/** struct sock_extended_err with the address of who reported it. */
function putError(w: Writer, { error, origin, type, code, info, offender }: QueuedError): void {
  const isV6 = offender?.family === AF_INET6
  const data = new Uint8Array(16 + (isV6 ? 28 : 16))
  const v = new DataView(data.buffer)
  v.setUint32(0, linuxErrno(error), true)
  data.set([origin, type, code], 4)
  v.setUint32(8, info, true)
  data.set(encodeAddress(offender).subarray(0, data.length - 16), 16)
  w.put(isV6 ? SOL_IPV6 : SOL_IP, isV6 ? IPV6_RECVERR : IP_RECVERR, data)
}

function putRights(l: Lwp, w: Writer, rights: readonly File[], closeOnExec: boolean): void {
  if (rights.length === 0) return
  const room = Math.max(0, Math.floor((w.left - HEADER) / 4))
  const fds: number[] = []
  for (const file of rights) {
    if (fds.length >= room) w.truncated = true
    else {
      try {
        fds.push(install(l, file, closeOnExec))
      } catch (e) {
        if (e !== EMFILE) throw e
        w.truncated = true
      }
    }
    release(file)
  }
  if (fds.length > 0) w.put(SOL_SOCKET, SCM_RIGHTS, words(...fds))
}
