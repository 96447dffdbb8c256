/**
 * Internet addresses: struct sockaddr_in and sockaddr_in6, sys/netinet/in.h, as Linux lays them out (ip(7), ipv6(7)). Inside the kernel an address is
 * text in its canonical form (RFC 5952), and an IPv4 address is one whichever family of socket names it: `::ffff:a.b.c.d` is only its outside.
 */
import { EAFNOSUPPORT, EINVAL } from '../errno.ts'
import type { SocketAddress } from '../ipc/socket.ts'

/** Linux's numbers. */
export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_INET6 = 10

export const ANY4 = '0.0.0.0'
export const ANY6 = '::'
export const LOOPBACK4 = '127.0.0.1'
export const LOOPBACK6 = '::1'

export const isInternet = (socket: { readonly domain: number }): boolean =>
  socket.domain === AF_INET || socket.domain === AF_INET6

/** Where a socket is, or whom it speaks to. */
export interface Endpoint {
  readonly ip: string
  readonly port: number
  /** Of a link-local IPv6 address: the interface's index. */
  readonly scope?: number
}

export const isIpv4 = (ip: string): boolean => !ip.includes(':')
export const isWildcard = (ip: string): boolean => ip === ANY4 || ip === ANY6
export const isLoopback = (ip: string): boolean => ip === LOOPBACK6 || ip.startsWith('127.')
export const isLinkLocal = (ip: string): boolean => /^fe[89ab]/.test(ip)

export function isMulticast(ip: string): boolean {
  if (!isIpv4(ip)) return ip.startsWith('ff')
  const first = Number.parseInt(ip, 10)
  return first >= 224 && first < 240
}

/** The 4 or 16 bytes of an address in its canonical form, or in any that a host writes (`fe80::1%eth0`, `::ffff:1.2.3.4`). */
export function ipBytes(ip: string): Uint8Array {
  if (isIpv4(ip)) return Uint8Array.from(ip.split('.', 4).map(Number))
  const plain = ip.split('%', 1)[0].replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const word = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16)
    return `${word(a, b)}:${word(c, d)}`
  })
  const [head, tail] = plain.split('::', 2).map(part => (part === '' ? [] : part.split(':')))
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail]
  const bytes = new Uint8Array(16)
  groups.forEach((g, i) => {
    const word = Number.parseInt(g, 16)
    bytes[2 * i] = word >> 8
    bytes[2 * i + 1] = word
  })
  return bytes
}

/** The canonical text of 4 or 16 bytes; of a mapped address that of the IPv4 address in it. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1])
  if (groups[5] === 0xffff && groups.slice(0, 5).every(g => g === 0)) return bytes.subarray(12).join('.')
  let best = { at: -1, length: 1 }
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && groups[i + n] === 0) n++
    if (n > best.length) best = { at: i, length: n }
  }
  const hex = (list: readonly number[]) => list.map(g => g.toString(16)).join(':')
  return best.at < 0 ? hex(groups) : `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.length))}`
}

/** Any text of an address in its canonical form. */
export const canonicalIp = (ip: string): string => ipText(ipBytes(ip))

const IN_BYTES = 14
/** Without the scope: programs of RFC 2133's time give no more. */
const IN6_BYTES_LEAST = 22
const IN6_BYTES = 26

/** What a program means by an address. `domain`: the family that it must be of. @throws EINVAL if it is too short, EAFNOSUPPORT for another family. */
export function endpointOf(address: SocketAddress, domain: number): Endpoint {
  const { bytes, family } = address
  if (bytes.length < (domain === AF_INET ? IN_BYTES : IN6_BYTES_LEAST)) throw EINVAL
  if (family !== domain) throw EAFNOSUPPORT
  const port = (bytes[0] << 8) | bytes[1]
  if (domain === AF_INET) return { ip: ipText(bytes.subarray(2, 6)), port }
  const ip = ipText(bytes.subarray(6, 22))
  const scope = bytes.length < IN6_BYTES ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(22, true)
  return scope !== 0 && isLinkLocal(ip) ? { ip, port, scope } : { ip, port }
}

/** The other way round, for a socket of the family `domain`. */
export function addressOf(endpoint: Endpoint, domain: number): SocketAddress {
  const bytes = new Uint8Array(domain === AF_INET ? IN_BYTES : IN6_BYTES)
  bytes[0] = endpoint.port >> 8
  bytes[1] = endpoint.port
  if (domain === AF_INET) bytes.set(ipBytes(endpoint.ip), 2)
  else {
    bytes.set(mappedBytes(endpoint.ip), 6)
    new DataView(bytes.buffer).setUint32(22, endpoint.scope ?? 0, true)
  }
  return { family: domain, bytes }
}

/** The 16 bytes by which an IPv6 socket names an address; of 0.0.0.0 those of `::`. */
export function mappedBytes(ip: string): Uint8Array {
  if (!isIpv4(ip)) return ipBytes(ip)
  const bytes = new Uint8Array(16)
  if (ip === ANY4) return bytes
  bytes.fill(0xff, 10, 12)
  bytes.set(ipBytes(ip), 12)
  return bytes
}

/** Whether `ip` lies in the network `network/prefix`. */
export function inNetwork(ip: string, network: string, prefix: number): boolean {
  if (isIpv4(ip) !== isIpv4(network)) return false
  const [a, b] = [ipBytes(ip), ipBytes(network)]
  return a.every((byte, i) => {
    const bits = Math.min(8, Math.max(0, prefix - 8 * i))
    return ((byte ^ b[i]) & (0xff00 >> bits) & 0xff) === 0
  })
}
