/** The host's network as a machine's own: its interfaces and routes, and sockets that are the host's. */
import type { HostInterface, HostNetwork } from '../../host/network.ts'
import { EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../errno.ts'
import type { Socket, SocketProtocol } from '../ipc/socket.ts'
import type { Kernel } from '../kernel.ts'
import { hosted } from '../vfs/host-error.ts'
import { AF_INET6, ipText } from './address.ts'
import { HostDatagram } from './host-datagram.ts'
import type { HostInet } from './host-inet.ts'
import { hostRoutes } from './host-routes.ts'
import { HostStream } from './host-stream.ts'
import type { NetAddress, NetInterface, NetRoute, NetStack } from './stack.ts'

const IPPROTO_TCP = 6
const IPPROTO_UDP = 17

export class HostStack implements NetStack {
  readonly mode = 'host'
  readonly kernel: Kernel
  readonly #network: HostNetwork
  readonly #sockets = new Set<HostInet>()

  /** @throws HostError ENOTSUP where there is no way to the host's network. */
  constructor(kernel: Kernel) {
    this.kernel = kernel
    this.#network = kernel.host.openNetwork()
  }

  interfaces(): readonly NetInterface[] {
    return this.#network.interfaces().map(interfaceOf)
  }

  routes(): readonly NetRoute[] {
    return hostRoutes(this.kernel.host, this.interfaces())
  }

  createProtocol(socket: Socket): SocketProtocol {
    const { domain, socketType, ipProtocol } = socket
    if (socketType !== 'stream' && socketType !== 'dgram') throw ESOCKTNOSUPPORT
    const datagrams = socketType === 'dgram'
    if (ipProtocol !== (datagrams ? IPPROTO_UDP : IPPROTO_TCP)) throw EPROTONOSUPPORT
    const host = hosted(() => this.#network.open(domain === AF_INET6, datagrams))
    return new (datagrams ? HostDatagram : HostStream)(socket, host, this.#sockets)
  }

  *sockets(): Iterable<Socket> {
    for (const { socket, localAddress } of this.#sockets)
      if (localAddress.bytes[0] !== 0 || localAddress.bytes[1] !== 0) yield socket
  }

  deliver(): void {
    this.#network.deliver()
  }

  close(): void {
    for (const protocol of [...this.#sockets]) protocol.close()
  }
}

function interfaceOf(host: HostInterface): NetInterface {
  const hardware = new Uint8Array(6)
  hardware.set(host.hardware.subarray(0, 6))
  const addresses = host.addresses.map(({ address, netmask, broadcast }): NetAddress => {
    const known = { ip: ipText(address), prefix: onesIn(netmask) }
    return broadcast.length === 0 ? known : { ...known, broadcast: ipText(broadcast) }
  })
  const { index, name, flags, mtu } = host
  return { index, name, flags, mtu, hardware, addresses, statistics: { packets: 0, bytes: 0 } }
}

function onesIn(mask: Uint8Array): number {
  let ones = 0
  for (const byte of mask) for (let bits = byte; bits !== 0; bits &= bits - 1) ones++
  return ones
}
