/** ioctl(2) on sockets: SIOC… (linux_socket.c, linux_ioctl_socket; netdevice(7)). The interfaces are those of the machine's network. */
import { EADDRNOTAVAIL, EFAULT, EINVAL, ENODEV, ENOTTY, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, ipBytes, isIpv4 } from '../native/net/address.ts'
import { IFF_LOOPBACK, type NetAddress, type NetInterface } from '../native/net/stack.ts'
import { setOwner } from './file-owner.ts'

const IFNAMSIZ = 16
const IFREQ_BYTES = 40
const ARPHRD_ETHER = 1
const ARPHRD_LOOPBACK = 772
const QUEUE_LENGTH = 1000

export const hardwareType = (i: NetInterface): number =>
  (i.flags & IFF_LOOPBACK) !== 0 ? ARPHRD_LOOPBACK : ARPHRD_ETHER

/** The four bytes of a netmask. */
function mask(prefix: number): Uint8Array {
  return Uint8Array.from([0, 1, 2, 3], i => (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i))) & 0xff)
}

/** struct sockaddr_in without a port. */
function inetSockaddr(ip: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16)
  bytes[0] = AF_INET
  bytes.set(ip, 4)
  return bytes
}

const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)

/** @throws EADDRNOTAVAIL. */
function ipv4Of(i: NetInterface): NetAddress {
  const found = i.addresses.find(a => isIpv4(a.ip))
  if (found === undefined) throw EADDRNOTAVAIL
  return found
}

/** What is put behind the name in a struct ifreq. */
const QUESTIONS = new Map<number, (i: NetInterface) => Uint8Array>([
  [0x8913, i => new Uint8Array(Int16Array.of(i.flags).buffer)],
  [0x8915, i => inetSockaddr(ipBytes(ipv4Of(i).ip))],
  [0x8917, i => inetSockaddr(ipBytes(ipv4Of(i).ip))],
  [0x8919, i => inetSockaddr(ipBytes(ipv4Of(i).broadcast ?? '0.0.0.0'))],
  [0x891b, i => inetSockaddr(mask(ipv4Of(i).prefix))],
  [0x891d, () => int(0)],
  [0x8921, i => int(i.mtu)],
  [0x8927, hardwareAddress],
  [0x8933, i => int(i.index)],
  [0x8942, () => int(QUEUE_LENGTH)],
  [0x8970, () => new Uint8Array(24)],
])

function hardwareAddress(i: NetInterface): Uint8Array {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint16(0, hardwareType(i), true)
  bytes.set(i.hardware, 2)
  return bytes
}

/** Who may change interfaces here: nobody. SIOCSIFFLAGS…, SIOCADDRT, SIOCDELRT. */
const CHANGES: ReadonlySet<number> = new Set([
  0x890b, 0x890c, 0x8914, 0x8916, 0x8918, 0x891a, 0x891c, 0x891e, 0x8922, 0x8923, 0x8924, 0x8943, 0x89a0, 0x89a1,
])
/** SIOCETHTOOL, SIOCGMIIPHY, SIOCGMIIREG: devices that lo is not. */
const DEVICE: ReadonlySet<number> = new Set([0x8946, 0x8947, 0x8948])

const SIOCGIFNAME = 0x8910
const SIOCGIFCONF = 0x8912
const decoder = new TextDecoder('latin1')

/** The request's answer; undefined: it is no request of sockets. */
export function socketIoctl(l: Lwp, socket: Socket, request: number, argument: number): number | undefined {
  const question = QUESTIONS.get(request)
  if (question !== undefined) {
    l.memory.copyout(argument + IFNAMSIZ, question(named(l, argument)))
    return 0
  }
  switch (request) {
    case 0x5411:
      if (socket.protocol.isListening) throw EINVAL
      l.memory.writeU32(argument, socket.protocol.unsent ?? 0)
      return 0
    case 0x8901:
    case 0x8902:
      return setOwner(l, socket, l.memory.readI32(argument))
    case 0x8903:
    case 0x8904:
      l.memory.writeU32(argument, socket.owner >>> 0)
      return 0
    case 0x8905:
      if (socket.socketType !== 'stream') throw ENOTTY
      l.memory.writeU32(argument, socket.protocol.atMark === true ? 1 : 0)
      return 0
    case SIOCGIFNAME:
      return interfaceName(l, argument)
    case SIOCGIFCONF:
      return configuration(l, argument)
  }
  if (CHANGES.has(request)) {
    l.memory.copyin(argument, IFREQ_BYTES)
    throw EPERM
  }
  if (DEVICE.has(request)) {
    named(l, argument)
    throw EOPNOTSUPP
  }
  return undefined
}

/** @throws ENODEV. */
function named(l: Lwp, argument: number): NetInterface {
  const bytes = l.memory.copyin(argument, IFNAMSIZ)
  const end = bytes.indexOf(0)
  // An alias (eth0:1) is its interface.
  const name = decoder.decode(end < 0 ? bytes.subarray(0, IFNAMSIZ - 1) : bytes.subarray(0, end)).split(':', 1)[0]
  const found = l.proc.kernel.net.interfaces().find(i => i.name === name)
  if (found === undefined) throw ENODEV
  return found
}

function interfaceName(l: Lwp, argument: number): number {
  const index = l.memory.readI32(argument + IFNAMSIZ)
  const found = l.proc.kernel.net.interfaces().find(i => i.index === index)
  if (found === undefined) throw ENODEV
  l.memory.copyout(argument, nameBytes(found.name))
  return 0
}

function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(IFNAMSIZ)
  bytes.set(new TextEncoder().encode(name).subarray(0, IFNAMSIZ - 1))
  return bytes
}

/** struct ifconf: the interfaces that have an IPv4 address, as many as there is room for; without a buffer, how much that would be. */
function configuration(l: Lwp, argument: number): number {
  const room = l.memory.readI32(argument)
  const at = l.memory.readU64(argument + 8)
  if (room < 0) throw EFAULT
  let written = 0
  for (const i of l.proc.kernel.net.interfaces()) {
    for (const { ip } of i.addresses) {
      if (!isIpv4(ip) || (at !== 0 && written + IFREQ_BYTES > room)) continue
      if (at !== 0) {
        const entry = new Uint8Array(IFREQ_BYTES)
        entry.set(nameBytes(i.name))
        entry.set(inetSockaddr(ipBytes(ip)), IFNAMSIZ)
        l.memory.copyout(at + written, entry)
      }
      written += IFREQ_BYTES
    }
  }
  l.memory.writeU32(argument, written)
  return 0
}
