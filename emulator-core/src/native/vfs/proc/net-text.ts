/** Texts of /proc/net: the machine's sockets, interfaces and routes (proc(5), proc_net(5)). Pointers are zero, as for who may not see them. */

import { Socket, TcpState } from '../../ipc/socket.ts'
import { AF_UNIX } from '../../ipc/unix-socket.ts'
import { tablesOf } from '../../lwp-parts.ts'
import {
  AF_INET,
  AF_INET6,
  type Endpoint,
  endpointOf,
  ipBytes,
  isIpv4,
  isLoopback,
  mappedBytes,
} from '../../net/address.ts'
import { IFF_UP, type NetRoute } from '../../net/stack.ts'
import type { ProcContext } from './proc-mount.ts'

const IPPROTO_TCP = 6
const IPPROTO_UDP = 17
const NOBODY: Endpoint = { ip: '0.0.0.0', port: 0 }
const POINTER = '0'.repeat(16)
const NS_PER_TICK = 1e7

const hex = (n: number, width: number): string => n.toString(16).toUpperCase().padStart(width, '0')
const low = (n: number, width: number): string => n.toString(16).padStart(width, '0')

/** 32-bit words in the machine's own order, which is how these files have always shown addresses. */
function words(bytes: Uint8Array): string {
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let text = ''
  for (let at = 0; at < bytes.length; at += 4) text += hex(v.getUint32(at, true), 8)
  return text
}

const plain = (bytes: Uint8Array): string => Array.from(bytes, b => low(b, 2)).join('')

function endpoint({ ip, port }: Endpoint, domain: number): string {
  return `${words(domain === AF_INET ? ipBytes(ip) : mappedBytes(ip))}:${hex(port, 4)}`
}

function socketsOf({ kernel }: ProcContext, domain: number, protocol: number): Socket[] {
  return [...kernel.net.sockets()].filter(s => s.domain === domain && s.ipProtocol === protocol)
}

/** The part of a line that TCP and UDP have in common. */
function common(s: Socket, state: number, sent: number, waiting: number): string {
  const { domain, protocol } = s
  const local = endpointOf(protocol.localAddress, domain)
  const peer = protocol.peerAddress === undefined ? NOBODY : endpointOf(protocol.peerAddress, domain)
  const queues = `${hex(sent, 8)}:${hex(waiting, 8)}`
  const owner = `${String(s.uid).padStart(5)}        0 ${s.inode}`
  return `${endpoint(local, domain)} ${endpoint(peer, domain)} ${hex(state, 2)} ${queues} 00:00000000 00000000 ${owner}`
}

const HEADS4 = 'sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const HEADS6 =
  'sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const TCP_WIDTH = 149
const UDP_WIDTH = 127

export const tcpText =
  (domain: number) =>
  (c: ProcContext): string => {
    const lines = socketsOf(c, domain, IPPROTO_TCP)
      .filter(s => s.protocol.state !== TcpState.CLOSE)
      .map(s => {
        const state = s.protocol.state ?? TcpState.CLOSE
        const rest = state === TcpState.LISTEN ? '100 0 0 10 0' : '20 4 30 10 -1'
        return `${common(s, state, s.protocol.unsent ?? 0, s.protocol.readable)} 1 ${POINTER} ${rest}`
      })
    for (const { local, remote, left } of c.kernel.net.lingering?.() ?? []) {
      if (isIpv4(local.ip) !== (domain === AF_INET)) continue
      const when = `03:${hex(Math.round(left / NS_PER_TICK), 8)} 00000000`
      const ends = `${endpoint(local, domain)} ${endpoint(remote, domain)}`
      lines.push(`${ends} 06 00000000:00000000 ${when}     0        0 0 3 ${POINTER}`)
    }
    const rows = lines.map((line, i) => `${String(i).padStart(4)}: ${line}`)
    if (domain === AF_INET6) return [`  ${HEADS6}`, ...rows].map(row => `${row}\n`).join('')
    return [`  ${HEADS4}`, ...rows].map(row => `${row.padEnd(TCP_WIDTH)}\n`).join('')
  }

export const datagramText =
  (domain: number, protocol: number, width = 0) =>
  (c: ProcContext): string => {
    const rows = socketsOf(c, domain, protocol).map((s, i) => {
      const { state, waiting, readable } = s.protocol
      return `${String(i).padStart(5)}: ${common(s, state ?? TcpState.CLOSE, 0, waiting ?? readable)} 2 ${POINTER} 0`
    })
    const head = domain === AF_INET ? `${width > 0 ? '   ' : '  '}${HEADS4}` : `  ${HEADS6}`
    return [`${head} ref pointer drops`, ...rows].map(row => `${row.padEnd(width)}\n`).join('')
  }

export const udpText = (domain: number): ((c: ProcContext) => string) =>
  datagramText(domain, IPPROTO_UDP, domain === AF_INET ? UDP_WIDTH : 0)

const UNIX_TYPES = { stream: 1, dgram: 2, raw: 3, seqpacket: 5 } as const
const ACCEPTS = 0x10000

/** All local sockets that some process has open. */
function localSockets({ kernel }: ProcContext): Set<Socket> {
  const found = new Set<Socket>()
  for (const p of kernel.processes.values()) {
    for (const table of tablesOf(p))
      for (const [, { file }] of table.entries()) if (file instanceof Socket && file.domain === AF_UNIX) found.add(file)
  }
  return found
}

export function unixText(c: ProcContext): string {
  const rows = [...localSockets(c)].map(s => {
    const { localAddress, isListening, isConnected } = s.protocol
    const name = Array.from(localAddress.bytes, b => (b === 0 ? '@' : String.fromCharCode(b))).join('')
    // A path ends with a zero, an abstract name begins with one.
    const shown = localAddress.bytes[0] === 0 ? name : name.replace(/@+$/, '')
    const state = isConnected ? 3 : 1
    const numbers = `${hex(s.references + 1, 8)} 00000000 ${hex(isListening ? ACCEPTS : 0, 8)}`
    const kind = `${hex(UNIX_TYPES[s.socketType], 4)} ${hex(state, 2)}`
    return `${POINTER}: ${numbers} ${kind} ${String(s.inode).padStart(5)}${shown === '' ? '' : ` ${shown}`}\n`
  })
  return `Num       RefCount Protocol Flags    Type St Inode Path\n${rows.join('')}`
}

export function devText({ kernel }: ProcContext): string {
  const head =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n'
  const rows = kernel.net.interfaces().map(({ name, statistics: { bytes, packets } }) => {
    const [b, p] = [String(bytes), String(packets).padStart(7)]
    const rest = (widths: readonly number[]) => widths.map(w => '0'.padStart(w)).join(' ')
    const received = `${b.padStart(7)} ${p} ${rest([4, 4, 4, 5, 10, 9])}`
    return `${name.padStart(6)}: ${received} ${b.padStart(8)} ${p} ${rest([4, 4, 4, 5, 7, 10])}\n`
  })
  return head + rows.join('')
}

const nameOf = ({ kernel }: ProcContext, index: number): string =>
  kernel.net.interfaces().find(i => i.index === index)?.name ?? '*'

const RTF_UP = 1
const RTF_GATEWAY = 2

/** Only the main table: what is local is not told here. */
export function routeText(c: ProcContext): string {
  const width = 127
  const rows = c.kernel.net
    .routes()
    .filter(r => r.kind === 'unicast' && isIpv4(r.network))
    .map(r => {
      const mask = Uint8Array.from([0, 1, 2, 3], i => (0xff00 >> Math.min(8, Math.max(0, r.prefix - 8 * i))) & 0xff)
      const flags = RTF_UP | (r.gateway === undefined ? 0 : RTF_GATEWAY)
      const where = `${words(ipBytes(r.network))}\t${words(ipBytes(r.gateway ?? '0.0.0.0'))}`
      return `${nameOf(c, r.interface)}\t${where}\t${hex(flags, 4)}\t0\t0\t0\t${words(mask)}\t0\t0\t0`
    })
  const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
  return [head, ...rows].map(row => `${row.padEnd(width)}\n`).join('')
}

const RTF_NONEXTHOP = 0x0020_0000
const RTF_LOCAL = 0x8000_0000
const RTF_REJECT = 0x200

export function ipv6RouteText(c: ProcContext): string {
  const none = '0'.repeat(32)
  const line = (r: NetRoute, metric: number, flags: number): string => {
    const to = `${plain(ipBytes(r.network))} ${low(r.prefix, 2)} ${none} 00`
    const by = r.gateway === undefined ? none : plain(ipBytes(r.gateway))
    const name = nameOf(c, r.interface).padStart(8)
    return `${to} ${by} ${low(metric, 8)} 00000001 00000000 ${low(flags >>> 0, 8)} ${name}\n`
  }
  const rows = c.kernel.net
    .routes()
    .filter(r => !isIpv4(r.network))
    .map(r => {
      const gateway = r.gateway === undefined ? 0 : RTF_GATEWAY
      return r.kind === 'local' ? line(r, 0, RTF_LOCAL | RTF_NONEXTHOP | RTF_UP) : line(r, 1024, RTF_UP | gateway)
    })
  const nothing: NetRoute = { network: '::', prefix: 0, interface: 1, kind: 'unicast' }
  const reject = line(nothing, 0xffff_ffff, RTF_NONEXTHOP | RTF_REJECT)
  return rows.join('') + reject
}

const IFA_F_PERMANENT = 0x80

export function ifInet6Text({ kernel }: ProcContext): string {
  return kernel.net
    .interfaces()
    .filter(i => (i.flags & IFF_UP) !== 0)
    .flatMap(i =>
      i.addresses
        .filter(a => !isIpv4(a.ip))
        .map(a => {
          const scope = isLoopback(a.ip) ? 0x10 : a.ip.startsWith('fe8') ? 0x20 : 0
          const numbers = [i.index, a.prefix, scope, IFA_F_PERMANENT].map(n => low(n, 2)).join(' ')
          return `${plain(ipBytes(a.ip))} ${numbers} ${i.name.padStart(8)}\n`
        }),
    )
    .join('')
}

export function sockstatText(c: ProcContext): string {
  const all = [...c.kernel.net.sockets()]
  const count = (protocol: number): number =>
    all.filter(s => s.ipProtocol === protocol && s.domain === AF_INET && s.protocol.state !== TcpState.TIME_WAIT).length
  const used = all.length + localSockets(c).size
  const lingering = [...(c.kernel.net.lingering?.() ?? [])].length
  const tcp = count(IPPROTO_TCP)
  return (
    `sockets: used ${used}\nTCP: inuse ${tcp} orphan 0 tw ${lingering} alloc ${tcp} mem 0\n` +
    `UDP: inuse ${count(IPPROTO_UDP)} mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n`
  )
}

export function sockstat6Text({ kernel }: ProcContext): string {
  const all = [...kernel.net.sockets()].filter(s => s.domain === AF_INET6)
  const count = (protocol: number): number => all.filter(s => s.ipProtocol === protocol).length
  return (
    `TCP6: inuse ${count(IPPROTO_TCP)}\nUDP6: inuse ${count(IPPROTO_UDP)}\n` +
    'UDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n'
  )
}
