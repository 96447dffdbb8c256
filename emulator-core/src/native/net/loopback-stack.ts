/** The private network of a machine: one interface, lo, between its own programs (sys/net/if_loop.c). */
import { EAFNOSUPPORT } from '../errno.ts'
import type { Socket, SocketProtocol } from '../ipc/socket.ts'
import type { Kernel } from '../kernel.ts'
import { LOOPBACK4, LOOPBACK6 } from './address.ts'
import {
  IFF_LOOPBACK,
  IFF_RUNNING,
  IFF_UP,
  type NetInterface,
  type NetMode,
  type NetRoute,
  type NetStack,
} from './stack.ts'

const MTU = 65536
const INDEX = 1

export class LoopbackStack implements NetStack {
  readonly mode: NetMode
  readonly kernel: Kernel

  /** `none`: the interface is down, as in a new network namespace. */
  constructor(kernel: Kernel, mode: 'none' | 'loopback') {
    this.kernel = kernel
    this.mode = mode
  }

  get isUp(): boolean {
    return this.mode === 'loopback'
  }

  interfaces(): readonly NetInterface[] {
    const addresses = [
      { ip: LOOPBACK4, prefix: 8 },
      { ip: LOOPBACK6, prefix: 128 },
    ]
    return [
      {
        index: INDEX,
        name: 'lo',
        flags: IFF_LOOPBACK | (this.isUp ? IFF_UP | IFF_RUNNING : 0),
        mtu: MTU,
        hardware: new Uint8Array(6),
        addresses: this.isUp ? addresses : [],
        statistics: { packets: 0, bytes: 0 },
      },
    ]
  }

  routes(): readonly NetRoute[] {
    if (!this.isUp) return []
    const route = { interface: INDEX, kind: 'local' } as const
    return [
      { ...route, network: '127.0.0.0', prefix: 8, source: LOOPBACK4 },
      { ...route, network: LOOPBACK4, prefix: 32, source: LOOPBACK4 },
      { ...route, network: '127.255.255.255', prefix: 32, source: LOOPBACK4, kind: 'broadcast' },
      { ...route, network: LOOPBACK6, prefix: 128, source: LOOPBACK6 },
    ]
  }

  createProtocol(_socket: Socket): SocketProtocol {
    throw EAFNOSUPPORT
  }

  *sockets(): Iterable<Socket> {}
}
