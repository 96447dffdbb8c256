/** NETLINK_ROUTE: what interfaces, addresses and routes there are (rtnetlink(7)). Nothing can be changed. */
import { EINVAL, ENETUNREACH, ENODEV, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, AF_INET6, inNetwork, ipBytes, ipText, isIpv4, isLoopback } from '../native/net/address.ts'
import { IFF_LOOPBACK, IFF_UP, type NetInterface, type NetRoute } from '../native/net/stack.ts'
import {
  type Attribute,
  attributesOf,
  type NetlinkRequest,
  NLM_F_DUMP,
  text,
  u8,
  u32,
  u64,
  withAttributes,
} from './netlink-message.ts'

const RTM_NEWLINK = 16
const RTM_GETLINK = 18
const RTM_NEWADDR = 20
const RTM_GETADDR = 22
const RTM_NEWROUTE = 24
const RTM_GETROUTE = 26
const RTM_GETNEIGH = 30
const RTM_NEWRULE = 32
const RTM_GETRULE = 34
const RTM_GETQDISC = 38
const RTM_MAX = 128

const IFF_LOWER_UP = 0x10000
const ARPHRD_ETHER = 1
const ARPHRD_LOOPBACK = 772
const QUEUE_LENGTH = 1000
const IFA_F_PERMANENT = 0x80
const FOREVER = 0xffff_ffff
const TABLE_MAIN = 254
const TABLE_LOCAL = 255
const SCOPE_HOST = 254
const SCOPE_LINK = 253
const SCOPE_GLOBAL = 0
const PROTOCOL_KERNEL = 2
const RTM_F_CLONED = 0x200
const RTCF_LOCAL = 0x8000_0000

/** An answer: a message's type and body. */
export interface RouteAnswer {
  readonly type: number
  readonly body: Uint8Array
}

/** One message of answer, or all there are of a kind for a dump. @throws the error that is told to who asked. */
export function answerRoute(l: Lwp, request: NetlinkRequest): readonly RouteAnswer[] {
  const { type, flags, body } = request
  if (type < RTM_NEWLINK || type > RTM_MAX) throw EOPNOTSUPP
  // The third of each four asks; the others change something.
  if ((type & 3) !== 2) throw l.credentials.euid === 0 ? EOPNOTSUPP : EPERM
  const isDump = (flags & NLM_F_DUMP) !== 0
  const family = body[0] ?? 0
  switch (type) {
    case RTM_GETLINK:
      return isDump ? l.proc.kernel.net.interfaces().map(i => link(i, family)) : [link(asked(l, body), 0)]
    case RTM_GETADDR:
      if (!isDump) throw EOPNOTSUPP
      return addresses(l, family, body)
    case RTM_GETROUTE:
      return isDump ? routes(l, family) : [routeTo(l, body)]
    case RTM_GETNEIGH:
    case RTM_GETQDISC:
      if (!isDump) throw EOPNOTSUPP
      return []
    case RTM_GETRULE:
      return rules(family)
    default:
      throw EOPNOTSUPP
  }
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The interface that a request names by index or name. @throws EINVAL, ENODEV. */
function asked(l: Lwp, body: Uint8Array): NetInterface {
  if (body.length < 16) throw EINVAL
  const index = view(body).getInt32(4, true)
  const given = attributesOf(body, 16)
  const nameBytes = given.get(3) ?? given.get(53)
  if (index === 0 && nameBytes === undefined) throw EINVAL
  const name = new TextDecoder('latin1').decode(nameBytes).split('\0', 1)[0]
  const found = l.proc.kernel.net.interfaces().find(i => (index !== 0 ? i.index === index : i.name === name))
  if (found === undefined) throw ENODEV
  return found
}

/** What IPv6 alone has to tell of an interface: name, size of packets, state. */
const OF_IPV6: ReadonlySet<number> = new Set([3, 4, 16])

/** struct ifinfomsg and IFLA_…. */
function link(i: NetInterface, family: number): RouteAnswer {
  const isLoopback = (i.flags & IFF_LOOPBACK) !== 0
  const isUp = (i.flags & IFF_UP) !== 0
  const fixed = new DataView(new ArrayBuffer(16))
  fixed.setUint8(0, family === AF_INET6 ? family : 0)
  fixed.setUint16(2, isLoopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER, true)
  fixed.setInt32(4, i.index, true)
  fixed.setUint32(8, i.flags | (isUp ? IFF_LOWER_UP : 0), true)
  const { packets, bytes } = i.statistics
  const counters = [packets, packets, bytes, bytes, ...Array<number>(20).fill(0)]
  // An interface of the kernel's own has no state but down; of others it is known.
  const state = isLoopback ? (isUp ? 0 : 2) : isUp ? 6 : 2
  const attributes: readonly Attribute[] = [
    [3, text(i.name)],
    [13, u32(QUEUE_LENGTH)],
    [16, u8(state)],
    [17, u8(0)],
    [4, u32(i.mtu)],
    [50, u32(0)],
    [51, u32(0)],
    [27, u32(0)],
    [30, u32(0)],
    [31, u32(1)],
    [40, u32(65535)],
    [41, u32(65536)],
    [32, u32(1)],
    [33, u8(isUp ? 1 : 0)],
    [6, text(isUp ? 'noqueue' : 'noop')],
    [35, u32(0)],
    [39, u8(0)],
    [14, new Uint8Array(32)],
    [1, i.hardware],
    [2, isLoopback ? new Uint8Array(6) : new Uint8Array(6).fill(0xff)],
    [23, u64(...counters)],
    [7, u32(...counters.slice(0, 23).map(n => n >>> 0))],
  ]
  const told = family === AF_INET6 ? attributes.filter(([type]) => OF_IPV6.has(type)) : attributes
  const body = withAttributes(new Uint8Array(fixed.buffer), told)
  return { type: RTM_NEWLINK, body }
}

/** struct ifaddrmsg and IFA_…. A request may want one interface only. */
function addresses(l: Lwp, family: number, body: Uint8Array): RouteAnswer[] {
  const only = body.length >= 8 ? view(body).getUint32(4, true) : 0
  const list: RouteAnswer[] = []
  for (const wanted of [AF_INET, AF_INET6]) {
    if (family !== 0 && family !== wanted) continue
    for (const i of l.proc.kernel.net.interfaces()) {
      if (only !== 0 && only !== i.index) continue
      for (const { ip, prefix, broadcast } of i.addresses) {
        if (isIpv4(ip) !== (wanted === AF_INET)) continue
        const bytes = ipBytes(ip)
        const fixed = new Uint8Array(8)
        fixed.set([wanted, prefix, IFA_F_PERMANENT, scopeOf(ip)])
        view(fixed).setUint32(4, i.index, true)
        const own = wanted === AF_INET ? bytes : undefined
        list.push({
          type: RTM_NEWADDR,
          body: withAttributes(fixed, [
            [1, bytes],
            [2, own],
            [4, broadcast === undefined ? undefined : ipBytes(broadcast)],
            [3, own && text(i.name)],
            [8, u32(IFA_F_PERMANENT)],
            [6, u32(FOREVER, FOREVER, 0, 0)],
          ]),
        })
      }
    }
  }
  return list
}

function scopeOf(ip: string): number {
  if (isLoopback(ip)) return SCOPE_HOST
  return /^fe[89ab]/.test(ip) ? SCOPE_LINK : SCOPE_GLOBAL
}

const KINDS = { unicast: 1, local: 2, broadcast: 3 } as const

function routes(l: Lwp, family: number): RouteAnswer[] {
  const list = l.proc.kernel.net.routes()
  return [AF_INET, AF_INET6]
    .filter(f => family === 0 || family === f)
    .flatMap(f => list.filter(r => isIpv4(r.network) === (f === AF_INET)).map(route))
}

/** struct rtmsg and RTA_…. */
function route(r: NetRoute): RouteAnswer {
  const isV4 = isIpv4(r.network)
  const table = r.kind === 'unicast' ? TABLE_MAIN : TABLE_LOCAL
  const scope4 = r.kind === 'local' ? SCOPE_HOST : r.gateway === undefined ? SCOPE_LINK : SCOPE_GLOBAL
  const protocol = r.kind === 'unicast' && r.gateway !== undefined ? 3 : PROTOCOL_KERNEL
  const fixed = new Uint8Array(12)
  fixed.set([isV4 ? AF_INET : AF_INET6, r.prefix, 0, 0, table, protocol, isV4 ? scope4 : 0, KINDS[r.kind]])
  return {
    type: RTM_NEWROUTE,
    body: withAttributes(fixed, [
      [15, u32(table)],
      [1, r.prefix === 0 ? undefined : ipBytes(r.network)],
      [6, isV4 ? undefined : u32(r.kind === 'local' ? 0 : 1024)],
      [5, r.gateway === undefined ? undefined : ipBytes(r.gateway)],
      [7, r.source === undefined ? undefined : ipBytes(r.source)],
      [4, u32(r.interface)],
      [12, isV4 ? undefined : new Uint8Array(32)],
      [20, isV4 ? undefined : u8(0)],
    ]),
  }
}

/** Which way a packet to RTA_DST would take: the longest network that has it. @throws EINVAL, ENETUNREACH. */
function routeTo(l: Lwp, body: Uint8Array): RouteAnswer {
  const to = attributesOf(body, 12).get(1)
  if (to === undefined || (to.length !== 4 && to.length !== 16)) throw EINVAL
  const ip = ipText(to)
  const best = l.proc.kernel.net
    .routes()
    .filter(r => inNetwork(ip, r.network, r.prefix))
    .sort((a, b) => b.prefix - a.prefix)[0]
  if (best === undefined) throw ENETUNREACH
  const isV4 = to.length === 4
  const fixed = new Uint8Array(12)
  fixed.set([isV4 ? AF_INET : AF_INET6, 8 * to.length, 0, 0, TABLE_MAIN, 0, 0, KINDS[best.kind]])
  const isLocal = best.kind === 'local'
  view(fixed).setUint32(8, (RTM_F_CLONED | (isLocal ? RTCF_LOCAL : 0)) >>> 0, true)
  const attributes: readonly Attribute[] = [
    [15, u32(TABLE_MAIN)],
    [1, to],
    [4, u32(best.interface)],
    [5, best.gateway === undefined ? undefined : ipBytes(best.gateway)],
    [7, best.source === undefined ? undefined : ipBytes(best.source)],
    [25, u32(l.credentials.uid)],
    [12, new Uint8Array(32)],
  ]
  return { type: RTM_NEWROUTE, body: withAttributes(fixed, attributes) }
}

/** The three rules of every machine, for IPv4: local, main, default; IPv6 has no default. */
function rules(family: number): RouteAnswer[] {
  const tables = [
    [0, TABLE_LOCAL],
    [32766, TABLE_MAIN],
    [32767, 253],
  ]
  return [AF_INET, AF_INET6]
    .filter(f => family === 0 || family === f)
    .flatMap(f =>
      tables.slice(0, f === AF_INET ? 3 : 2).map(([priority, table]) => {
        const fixed = new Uint8Array(12)
        fixed.set([f, 0, 0, 0, table, 0, 0, 1])
        const body = withAttributes(fixed, [
          [15, u32(table)],
          [14, u32(FOREVER)],
          [6, priority === 0 ? undefined : u32(priority)],
        ])
        return { type: RTM_NEWRULE, body }
      }),
    )
}
