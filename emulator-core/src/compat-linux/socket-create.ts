/** socket(2) and socketpair(2): from domain, type and protocol to a socket (linux_socket.c, linux_to_bsd_domain and linux_to_bsd_type). */
import { AF_NETLINK, createNetlinkSocket } from '../linux/netlink-socket.ts'
import { meets } from '../native/divergence.ts'
import {
  EAFNOSUPPORT,
  EINVAL,
  ENOTSOCK,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  EPROTOTYPE,
  ESOCKTNOSUPPORT,
} from '../native/errno.ts'
import { Socket, type SocketType } from '../native/ipc/socket.ts'
import { AF_UNIX, createUnixPair, createUnixSocket } from '../native/ipc/unix-socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, AF_INET6 } from '../native/net/address.ts'
import { notPath } from './file-arguments.ts'
import { creationFlags, O_CLOEXEC, O_NONBLOCK } from './new-descriptor.ts'

const TYPES: Readonly<Record<number, SocketType>> = { 1: 'stream', 2: 'dgram', 3: 'raw', 5: 'seqpacket' }
const TYPE_MASK = 0xf
const TYPE_MAX = 10
const DOMAIN_MAX = 46
const FAMILIES: ReadonlySet<number> = new Set([AF_UNIX, AF_INET, AF_INET6, AF_NETLINK])
const IPPROTO_MAX = 263
const IPPROTO_ICMP = 1
const IPPROTO_TCP = 6
const IPPROTO_UDP = 17
const IPPROTO_ICMPV6 = 58
const IPPROTO_UDPLITE = 136

/** Families that NetBSD has a number for, though it knows few of them: linux_socket.c, linux_to_bsd_domain_. */
const TRANSLATED = new Set([0, AF_UNIX, AF_INET, 3, 4, 5, 9, AF_INET6, 12, 15, AF_NETLINK])

/** @throws EINVAL, EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EACCES, EPERM. */
export function createSocket(l: Lwp, domain: number, type: number, protocol: number): Socket {
  const socketType = typeOf(l, domain, type)
  const socket = ofFamily(l, domain, socketType, protocol, creationFlags(type))
  socket.uid = l.credentials.euid
  return socket
}

function ofFamily(l: Lwp, domain: number, type: SocketType, protocol: number, flags: number): Socket {
  const { kernel } = l.proc
  switch (domain) {
    case AF_UNIX:
      return createUnixSocket(kernel, unixType(type, protocol), flags)
    case AF_NETLINK:
      // To NetBSD it is AF_ROUTE, which it does not translate.
      if (meets(l, 'socket.netlink', 'AF_NETLINK')) throw type === 'raw' ? EOPNOTSUPP : EPROTOTYPE
      if (type !== 'raw' && type !== 'dgram') throw ESOCKTNOSUPPORT
      return createNetlinkSocket(kernel, type, protocol, flags)
    default:
      return new Socket(kernel, domain, type, inetProtocol(domain, type, protocol), flags, s =>
        kernel.net.createProtocol(s),
      )
  }
}

/** @throws EOPNOTSUPP for the internet, whose sockets come one by one, and as `createSocket`. */
export function createPair(l: Lwp, domain: number, type: number, protocol: number): [Socket, Socket] {
  const socketType = typeOf(l, domain, type)
  if (domain !== AF_UNIX) {
    if (domain !== AF_NETLINK) inetProtocol(domain, socketType, protocol)
    throw EOPNOTSUPP
  }
  return createUnixPair(l, unixType(socketType, protocol), creationFlags(type))
}

function typeOf(l: Lwp, domain: number, type: number): SocketType {
  if (!TRANSLATED.has(domain) && meets(l, 'socket.families', `family ${domain}`)) throw EINVAL
  if ((type & ~(TYPE_MASK | O_CLOEXEC | O_NONBLOCK)) !== 0) throw EINVAL
  if (domain < 0 || domain >= DOMAIN_MAX) throw EAFNOSUPPORT
  if ((type & TYPE_MASK) > TYPE_MAX) throw EINVAL
  if (!FAMILIES.has(domain)) throw EAFNOSUPPORT
  const known = TYPES[type & TYPE_MASK]
  if (known === undefined) throw ESOCKTNOSUPPORT
  return known
}

/** A raw AF_UNIX socket is a datagram one. */
function unixType(type: SocketType, protocol: number): SocketType {
  if (protocol !== 0 && protocol !== AF_UNIX) throw EPROTONOSUPPORT
  return type === 'raw' ? 'dgram' : type
}

/** What protocol 0 stands for, and which ones fit a type. @throws EINVAL, ESOCKTNOSUPPORT, EPROTONOSUPPORT. */
function inetProtocol(domain: number, type: SocketType, protocol: number): number {
  if (protocol < 0 || protocol >= IPPROTO_MAX) throw EINVAL
  const icmp = domain === AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6
  switch (type) {
    case 'stream':
      if (protocol !== 0 && protocol !== IPPROTO_TCP) throw EPROTONOSUPPORT
      return IPPROTO_TCP
    case 'dgram':
      if (protocol === icmp) return icmp
      if (protocol === IPPROTO_UDPLITE) return protocol
      if (protocol !== 0 && protocol !== IPPROTO_UDP) throw EPROTONOSUPPORT
      return IPPROTO_UDP
    case 'raw':
      if (protocol === 0) throw EPROTONOSUPPORT
      return protocol
    default:
      throw ESOCKTNOSUPPORT
  }
}

/** An open socket. @throws EBADF, ENOTSOCK. */
export function socketOf(l: Lwp, fd: number): Socket {
  const file = notPath(l.fd.file(fd | 0))
  if (!(file instanceof Socket)) throw ENOTSOCK
  return file
}
