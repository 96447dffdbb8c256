/** The options of SOL_SOCKET: socket(7). */

import { meets } from '../native/divergence.ts'
import { EINVAL, ENODEV, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import type { Socket, SocketType } from '../native/ipc/socket.ts'
import { isInternet } from '../native/net/address.ts'
import { linuxErrno } from './errno.ts'
import { encodeAddress } from './socket-address.ts'
import { flag, number, type OptionTable, type OptionWork, tells, within, words } from './socket-option.ts'
import { deviceOptions } from './socket-options-device.ts'
import { timeOptions } from './socket-options-time.ts'

export const TYPES: Readonly<Record<SocketType, number>> = { stream: 1, dgram: 2, raw: 3, seqpacket: 5 }

/** Buffers are at least this large, and what is asked counts double, as Linux does it. */
const SNDBUF_MIN = 4608
const RCVBUF_MIN = 2304
/** net.core.wmem_max and rmem_max, doubled. */
const BUFFER_MAX = 425984
const FORCED_MAX = 2 ** 24
/** The last number of net.ipv4.tcp_rmem. */
const TCP_RECEIVE_MAX = 6291456
/** SOCK_SNDBUF_LOCK and SOCK_RCVBUF_LOCK: the program chose the size. */
const SEND_LOCK = 1
const RECEIVE_LOCK = 2

function setBuffer(socket: Socket, buffer: 'sendBuffer' | 'receiveBuffer', size: number): void {
  const lock = buffer === 'sendBuffer' ? SEND_LOCK : RECEIVE_LOCK
  socket[buffer] = size
  socket.options.set('SO_BUF_LOCK', socket.options.get('SO_BUF_LOCK') | lock)
  if (buffer === 'sendBuffer') socket.wakeSenders()
}

const bufferSize = (asked: number, least: number, most = BUFFER_MAX): number =>
  Math.min(most, Math.max(least, Math.min(asked, most / 2) * 2))

/** SO_SNDBUFFORCE and SO_RCVBUFFORCE. @throws EPERM (from what it makes). */
const forced = (buffer: 'sendBuffer' | 'receiveBuffer', least: number): OptionWork => ({
  set: (l, socket, value) => {
    if (l.credentials.euid !== 0) throw EPERM
    setBuffer(socket, buffer, bufferSize(value.int(), least, FORCED_MAX))
  },
})

function timeout(field: 'receiveTimeout' | 'sendTimeout'): OptionWork {
  return {
    netbsd: true,
    get: (_l, socket) => {
      const ns = socket[field]
      const micros = Number.isFinite(ns) ? BigInt(Math.round(ns / 1e3)) : 0n
      return new Uint8Array(BigInt64Array.of(micros / 1_000_000n, micros % 1_000_000n).buffer)
    },
    set: (_l, socket, value) => {
      socket[field] = value.timeout()
    },
  }
}

/** Who is at the other end; -1 where nobody is. */
function peerCredentials(socket: Socket): Uint8Array {
  const peer = socket.protocol.peerCredentials
  return words(peer?.pid ?? 0, peer?.uid ?? -1, peer?.gid ?? -1)
}

function peerName(socket: Socket, room: number): Uint8Array {
  const peer = socket.protocol.peerAddress
  if (peer === undefined) throw ENOTCONN
  const bytes = encodeAddress(peer)
  if (bytes.length > room) throw EINVAL
  return bytes
}

/** The interface that a socket keeps to, by its name. */
const bindToDevice: OptionWork = {
  get: (l, socket) => {
    const index = socket.options.get('SO_BINDTOIFINDEX')
    const found = l.proc.kernel.net.interfaces().find(i => i.index === index)
    return found === undefined ? new Uint8Array(0) : new TextEncoder().encode(`${found.name}\0`)
  },
  set: (l, socket, value) => {
    const name = value.text(15)
    const found = l.proc.kernel.net.interfaces().find(i => i.name === name)
    if (name !== '' && found === undefined) throw ENODEV
    socket.options.set('SO_BINDTOIFINDEX', found?.index ?? 0)
  },
}

/** Since 6.12 only the internet's sockets can share a port. @throws EOPNOTSUPP. */
const reusePort: OptionWork = {
  ...flag('SO_REUSEPORT'),
  set: (_l, socket, value) => {
    const on = value.int() !== 0
    if (on && !isInternet(socket)) throw EOPNOTSUPP
    socket.options.set('SO_REUSEPORT', on ? 1 : 0)
  },
}

const plainReuse = flag('SO_REUSEADDR', true)
const reuseAddress: OptionWork = {
  ...plainReuse,
  set: (l, socket, value) => {
    plainReuse.set?.(l, socket, value)
    const { options } = socket
    if (meets(l, 'socket.reuseaddr', 'SO_REUSEADDR')) options.set('SO_REUSEPORT', options.get('SO_REUSEADDR'))
  },
}

/** SO_RCVLOWAT: a TCP buffer grows with it, as otherwise it would never be reached (tcp_set_rcvlowat). */
const lowWater: OptionWork = {
  ...number('SO_RCVLOWAT', value => value, true),
  set: (_l, socket, value) => {
    const asked = value.int()
    const wanted = asked < 0 ? 2 ** 31 - 1 : Math.max(1, asked)
    if (!isInternet(socket) || socket.socketType !== 'stream') {
      socket.options.set('SO_RCVLOWAT', wanted)
      return
    }
    const isChosen = (socket.options.get('SO_BUF_LOCK') & RECEIVE_LOCK) !== 0
    const least = Math.min(wanted, (isChosen ? socket.receiveBuffer : TCP_RECEIVE_MAX) >> 1)
    socket.options.set('SO_RCVLOWAT', Math.max(1, least))
    if (!isChosen) socket.receiveBuffer = Math.max(socket.receiveBuffer, least * 2)
    socket.wakeReceivers()
  },
}

/** Only sockets that carry credentials have it. @throws EOPNOTSUPP (from what it makes). */
function localOnly(work: OptionWork): OptionWork {
  const check = (socket: Socket): void => {
    if (isInternet(socket)) throw EOPNOTSUPP
  }
  return {
    get: (l, socket, room) => {
      check(socket)
      return work.get?.(l, socket, room) ?? 0
    },
    set: (l, socket, value) => {
      check(socket)
      work.set?.(l, socket, value)
    },
  }
}

export const socketLevelOptions: OptionTable = {
  ...timeOptions,
  ...deviceOptions,
  1: flag('SO_DEBUG', true),
  2: reuseAddress,
  3: tells(s => TYPES[s.socketType], true),
  4: tells(s => {
    const error = s.takeError()
    return error === undefined ? 0 : linuxErrno(error)
  }, true),
  5: flag('SO_DONTROUTE', true),
  6: flag('SO_BROADCAST', true),
  7: {
    netbsd: true,
    get: (_l, s) => s.sendBuffer,
    set: (_l, s, value) => setBuffer(s, 'sendBuffer', bufferSize(value.int(), SNDBUF_MIN)),
  },
  8: {
    netbsd: true,
    get: (_l, s) => s.receiveBuffer,
    set: (_l, s, value) => setBuffer(s, 'receiveBuffer', bufferSize(value.int(), RCVBUF_MIN)),
  },
  9: flag('SO_KEEPALIVE', true),
  10: flag('SO_OOBINLINE', true),
  11: flag('SO_NO_CHECK'),
  12: number('SO_PRIORITY', (value, l) => {
    if ((value < 0 || value > 6) && l.credentials.euid !== 0) throw EPERM
    return value
  }),
  13: {
    netbsd: true,
    get: (_l, s) => words(s.linger === undefined ? 0 : 1, s.linger ?? 0),
    set: (_l, s, value) => {
      const given = new Int32Array(value.bytes(8, 8).slice().buffer)
      s.linger = given[0] === 0 ? undefined : given[1]
    },
  },
  15: reusePort,
  16: localOnly(flag('SO_PASSCRED')),
  17: tells(peerCredentials),
  18: lowWater,
  19: {
    netbsd: true,
    get: () => 1,
    set: () => {
      throw ENOPROTOOPT
    },
  },
  20: timeout('receiveTimeout'),
  21: timeout('sendTimeout'),
  25: bindToDevice,
  28: { get: (_l, s, room) => peerName(s, room) },
  30: tells(s => (s.protocol.isListening ? 1 : 0)),
  32: forced('sendBuffer', SNDBUF_MIN),
  33: forced('receiveBuffer', RCVBUF_MIN),
  36: number('SO_MARK', (value, l) => {
    if (l.credentials.euid !== 0) throw EPERM
    return value
  }),
  38: tells(s => s.ipProtocol),
  39: tells(s => s.domain),
  46: number('SO_BUSY_POLL', (value, l) => {
    if (value < 0) throw EINVAL
    if (value > 0 && l.credentials.euid !== 0) throw EPERM
    return value
  }),
  49: number('SO_INCOMING_CPU', value => value),
  60: number('SO_ZEROCOPY', within(0, 1)),
  62: number('SO_BINDTOIFINDEX', (value, l) => {
    if (value < 0) throw EINVAL
    if (value !== 0 && !l.proc.kernel.net.interfaces().some(i => i.index === value)) throw ENODEV
    return value
  }),
  66: timeout('receiveTimeout'),
  67: timeout('sendTimeout'),
}
