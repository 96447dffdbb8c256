/**
 * The options of SOL_SOCKET about queues, filters and network cards: socket(7), Linux's net/core/sock.c. Those of a card have no effect on lo in Linux either;
 * filters cannot be had here, and say so.
 */
import { EBADF, EINVAL, ENODATA, ENOENT, ENOPROTOOPT, EOPNOTSUPP, EPERM, ERANGE, type Errno } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { isInternet } from '../native/net/address.ts'
import { flag, number, type OptionTable, type OptionWork, refusing, tells, within, words } from './socket-option.ts'

/** SKF_AD_MAX: what classic filters can ask beyond the packet. */
const BPF_EXTENSIONS = 64
const BUDGET_MAX = 65535
const SOCK_FPROG_BYTES = 16

const isRoot = (l: Lwp): boolean => l.credentials.euid === 0

const forRoot = (work: OptionWork): OptionWork => ({
  ...work,
  set: (l, socket, value) => {
    if (value.int() !== 0 && !isRoot(l)) throw EPERM
    work.set?.(l, socket, value)
  },
})

/** A number of eight bytes, for which there must be as much room (SO_NETNS_COOKIE) or more. */
const eightBytes = (value: (socket: Socket) => bigint, roomMost: number): OptionWork => ({
  get: (_l, socket, room) => {
    if (room < 8 || room > roomMost) throw EINVAL
    return new Uint8Array(BigInt64Array.of(value(socket)).buffer)
  },
})

/** SO_ATTACH_FILTER: a program of another length than struct sock_fprog is EINVAL before anything else. */
const attachFilter: OptionWork = {
  get: () => new Uint8Array(0),
  set: (_l, _socket, value) => {
    throw value.length === SOCK_FPROG_BYTES ? ENOPROTOOPT : EINVAL
  },
}

/** A program by its descriptor, and no descriptor is one. */
const attachProgram: OptionWork = {
  set: (l, _socket, value) => {
    if (value.length !== 4) throw EINVAL
    throw isOpen(l, value.int()) ? EINVAL : EBADF
  },
}

function isOpen(l: Lwp, fd: number): boolean {
  try {
    l.fd.file(fd)
    return true
  } catch {
    return false
  }
}

/** struct of nine words: sk_get_meminfo. */
function memoryInfo(socket: Socket): Uint8Array {
  const { protocol, receiveBuffer, sendBuffer } = socket
  const [received, sent] = [protocol.waiting ?? protocol.readable, protocol.unsent ?? 0]
  return words(received, receiveBuffer, sent, sendBuffer, 0, sent, 0, 0, protocol.drops ?? 0)
}

const isTcp = (socket: Socket): boolean => isInternet(socket) && socket.socketType === 'stream'

const rehash: OptionWork = {
  get: (_l, socket) => {
    if (!isTcp(socket)) throw EOPNOTSUPP
    return socket.options.get('SO_TXREHASH')
  },
  set: (_l, socket, value) => {
    if (!isTcp(socket)) throw EOPNOTSUPP
    const wanted = within(-1, 1)(value.int())
    socket.options.set('SO_TXREHASH', wanted === -1 ? 1 : wanted)
  },
}

/** What the internet's sockets answer instead of an option of AF_UNIX. */
const notInternet = (work: OptionWork, error: Errno): OptionWork => {
  const check = (socket: Socket): void => {
    if (isInternet(socket)) throw error
  }
  return {
    get: (l, socket, room) => {
      check(socket)
      if (work.get === undefined) throw ENOPROTOOPT
      return work.get(l, socket, room)
    },
    set: (l, socket, value) => {
      if (work.set === undefined) throw ENOPROTOOPT
      check(socket)
      work.set(l, socket, value)
    },
  }
}

/** SO_PEERGROUPS: the supplementary groups of who is at the other end. */
const peerGroups: OptionWork = {
  get: (_l, socket, room) => {
    const groups = socket.protocol.peerCredentials?.groups
    if (groups === undefined) throw ENODATA
    if (room < groups.length * 4) throw ERANGE
    return words(...groups)
  },
}

export const deviceOptions: OptionTable = {
  // SO_BSDCOMPAT has had no effect since Linux 2.6.
  14: { get: () => 0, set: () => undefined },
  26: attachFilter,
  27: refusing(ENOENT),
  34: notInternet(flag('SO_PASSSEC'), EOPNOTSUPP),
  40: flag('SO_RXQ_OVFL'),
  41: flag('SO_WIFI_STATUS'),
  43: flag('SO_NOFCS'),
  44: {
    get: (_l, socket) => socket.options.get('SO_LOCK_FILTER'),
    set: (_l, socket, value) => {
      const on = value.int() !== 0
      if (!on && socket.options.isOn('SO_LOCK_FILTER')) throw EPERM
      socket.options.set('SO_LOCK_FILTER', on ? 1 : 0)
    },
  },
  45: flag('SO_SELECT_ERR_QUEUE'),
  48: tells(() => BPF_EXTENSIONS),
  50: attachProgram,
  51: refusing(EINVAL),
  52: attachProgram,
  // Whether the neighbour still answers: lo has no neighbours.
  53: { set: () => undefined },
  55: tells(memoryInfo),
  56: tells(() => 0),
  57: eightBytes(s => BigInt(s.inode), Number.POSITIVE_INFINITY),
  59: notInternet(peerGroups, ENODATA),
  68: refusing(EINVAL),
  69: forRoot(flag('SO_PREFER_BUSY_POLL')),
  70: {
    set: (l, socket, value) => {
      const asked = within(0, BUDGET_MAX)(value.int())
      if (asked > socket.options.get('SO_BUSY_POLL_BUDGET') && !isRoot(l)) throw EPERM
      socket.options.set('SO_BUSY_POLL_BUDGET', asked)
    },
  },
  71: eightBytes(() => 1n, 8),
  72: number('SO_BUF_LOCK', within(0, 3)),
  73: {
    get: () => 0,
    set: (_l, _socket, value) => {
      throw value.int() < 0 ? EINVAL : EOPNOTSUPP
    },
  },
  74: rehash,
  75: forRoot(flag('SO_RCVMARK')),
  // Descriptors of processes: not to be had here, for AF_UNIX neither.
  76: notInternet(refusing(ENOPROTOOPT), EOPNOTSUPP),
  77: notInternet({}, ENODATA),
}
