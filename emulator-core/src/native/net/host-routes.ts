/** The host's routes: on Linux those that /proc/net tells, elsewhere what follows from the addresses. */
import { type Host, HostError } from '../../host/host.ts'
import { ipBytes, ipText, isIpv4 } from './address.ts'
import { IFF_LOOPBACK, IFF_UP, type NetInterface, type NetRoute } from './stack.ts'

const TABLE_SIZE = 1 << 16

export function hostRoutes(host: Host, interfaces: readonly NetInterface[]): readonly NetRoute[] {
  const up = interfaces.filter(i => (i.flags & IFF_UP) !== 0)
  return [...gateways4(host, up), ...gateways6(host, up), ...up.flatMap(connected)]
}

const RTF_UP = 1
const RTF_GATEWAY = 2

/** /proc/net/route: name, destination, gateway, flags, …, mask as the eighth; addresses are words in the processor's order. */
function gateways4(host: Host, interfaces: readonly NetInterface[]): NetRoute[] {
  return rows(host, '/proc/net/route').flatMap(row => {
    const found = interfaces.find(i => i.name === row[0])
    if (found === undefined || !leads(row[3])) return []
    const [network, gateway, mask] = [row[1], row[2], row[7]].map(word => hexBytes(word).reverse())
    const prefix = mask.reduce((ones, byte) => ones + (byte.toString(2).match(/1/g)?.length ?? 0), 0)
    return [
      { network: ipText(network), prefix, gateway: ipText(gateway), interface: found.index, kind: 'unicast' as const },
    ]
  })
}

/** /proc/net/ipv6_route: destination, its prefix, source, its prefix, gateway, metric, references, uses, flags, name. */
function gateways6(host: Host, interfaces: readonly NetInterface[]): NetRoute[] {
  return rows(host, '/proc/net/ipv6_route').flatMap(row => {
    const found = interfaces.find(i => i.name === row[9])
    if (found === undefined || !leads(row[8])) return []
    const [network, gateway] = [row[0], row[4]].map(text => ipText(hexBytes(text)))
    return [{ network, prefix: Number.parseInt(row[1], 16), gateway, interface: found.index, kind: 'unicast' as const }]
  })
}

function leads(flags: string | undefined): boolean {
  const through = RTF_UP | RTF_GATEWAY
  return flags !== undefined && (Number.parseInt(flags, 16) & through) === through
}

function hexBytes(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
}

/** The words of a table's lines; no lines where there is no such table. */
function rows(host: Host, path: string): string[][] {
  if (host.platform !== 'linux') return []
  try {
    const fd = host.files.open(path, 'r')
    try {
      const bytes = new Uint8Array(TABLE_SIZE)
      const length = host.files.readv(fd, [bytes], undefined)
      const lines = new TextDecoder('latin1').decode(bytes.subarray(0, length)).split('\n')
      return lines.map(line => line.trim().split(/\s+/)).filter(words => words.length >= 10)
    } finally {
      host.files.close(fd)
    }
  } catch (error) {
    if (error instanceof HostError) return []
    throw error
  }
}

/** To itself, and to those beside it; all that a loopback interface leads to is itself. */
function connected(i: NetInterface): NetRoute[] {
  const isLoopback = (i.flags & IFF_LOOPBACK) !== 0
  return i.addresses.flatMap(({ ip, prefix, broadcast }): NetRoute[] => {
    const bits = isIpv4(ip) ? 32 : 128
    const common = { interface: i.index, source: ip } as const
    const list: NetRoute[] = [{ ...common, network: ip, prefix: bits, kind: 'local' }]
    if (prefix < bits) {
      const network = { network: networkOf(ip, prefix), prefix }
      if (isLoopback) list.push({ ...common, ...network, kind: 'local' })
      // Which of several IPv6 addresses is used there depends on more than the route.
      else list.push({ interface: i.index, ...(isIpv4(ip) ? { source: ip } : {}), ...network, kind: 'unicast' })
    }
    if (broadcast !== undefined) list.push({ ...common, network: broadcast, prefix: 32, kind: 'broadcast' })
    return list
  })
}

function networkOf(ip: string, prefix: number): string {
  return ipText(ipBytes(ip).map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i)))))
}
