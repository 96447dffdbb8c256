/** The host's network through the package host-sockets, which is loaded only when somebody asks for it. */
import { createRequire } from 'node:module'
import type * as HostSockets from '../../host-sockets/index.d.ts'
import { HostError } from './host.ts'
import type { Arrival, ControlEntry, HostInterface, HostNetwork, HostSocket } from './network.ts'

/** As many as host-sockets has at a time. */
const NEWS = 256
const ADDRESS_SIZE = 26
/** `info` of receive: see host-sockets/index.d.ts. */
const INFO_SIZE = 256
const INFO_ADDRESS_LENGTH = 4
const INFO_ADDRESS = 8
const INFO_CONTROL_LENGTH = 36
const INFO_CONTROL = 40
const CONTROL_HEADER = 8
const NOTHING = new Uint8Array(0)
const LINGER_NONE = new Uint8Array(Int32Array.of(1, 0).buffer)

/** @throws HostError ENOTSUP where the package is not there (it is for systems with POSIX's sockets). */
export function openNodeNetwork(): HostNetwork {
  let sockets: typeof HostSockets
  try {
    sockets = createRequire(import.meta.url)('host-sockets')
  } catch {
    throw new HostError('ENOTSUP')
  }
  return new NodeNetwork(sockets)
}

class NodeNetwork implements HostNetwork {
  readonly sockets: typeof HostSockets
  readonly native: HostSockets.Network
  readonly #open = new Map<number, NodeSocket>()
  readonly #news = new Int32Array(2 * NEWS)

  constructor(sockets: typeof HostSockets) {
    this.sockets = sockets
    this.native = new sockets.Network(() => this.deliver())
  }

  open(v6: boolean, datagrams: boolean): HostSocket {
    return this.adopt(this.checked(this.native.open(v6, datagrams)))
  }

  adopt(number: number): NodeSocket {
    const socket = new NodeSocket(this, number)
    this.#open.set(number, socket)
    return socket
  }

  forget(number: number): void {
    this.#open.delete(number)
    this.native.close(number)
  }

  interfaces(): readonly HostInterface[] {
    return this.sockets.interfaces()
  }

  deliver(): void {
    const count = this.native.take(this.#news)
    for (let i = 0; i < count; i++) this.#open.get(this.#news[2 * i])?.onReady?.(this.#news[2 * i + 1])
  }

  /** What a call answered. @throws HostError */
  checked(answer: number): number {
    if (answer < 0) throw new HostError(this.sockets.errorName(-answer))
    return answer
  }

  /** The same, where "not now" is an answer. */
  unlessLater(answer: number): number | undefined {
    if (answer >= 0) return answer
    const name = this.sockets.errorName(-answer)
    if (name === 'EAGAIN' || name === 'EINPROGRESS') return undefined
    throw new HostError(name)
  }
}

class NodeSocket implements HostSocket {
  onReady: ((ready: number) => void) | undefined
  readonly #network: NodeNetwork
  readonly #native: HostSockets.Network
  readonly #number: number

  constructor(network: NodeNetwork, number: number) {
    this.#network = network
    this.#native = network.native
    this.#number = number
  }

  ready(): number {
    return this.#network.checked(this.#native.state(this.#number))
  }

  bind(address: Uint8Array): void {
    this.#network.checked(this.#native.bind(this.#number, address))
  }

  connect(address: Uint8Array): boolean {
    return this.#network.unlessLater(this.#native.connect(this.#number, address)) !== undefined
  }

  listen(backlog: number): void {
    this.#network.checked(this.#native.listen(this.#number, backlog))
  }

  accept(): HostSocket | undefined {
    const number = this.#network.unlessLater(this.#native.accept(this.#number))
    return number === undefined ? undefined : this.#network.adopt(number)
  }

  receive(into: Uint8Array[], flags: number, arrival?: Arrival): number | undefined {
    if (arrival === undefined) return this.#later(this.#native.receive(this.#number, into, flags, NOTHING))
    const count = this.#later(this.#native.receive(this.#number, into, flags, info))
    if (count !== undefined) {
      const length = infoView.getUint32(INFO_ADDRESS_LENGTH, true)
      arrival.from = info.slice(INFO_ADDRESS, INFO_ADDRESS + length)
      arrival.control = readControl(infoView.getUint32(INFO_CONTROL_LENGTH, true))
    }
    return count
  }

  send(from: Uint8Array[], flags: number, to = NOTHING, control: readonly ControlEntry[] = []): number | undefined {
    const entries = control.length === 0 ? NOTHING : writeControl(control)
    return this.#later(this.#native.send(this.#number, from, flags, to, entries))
  }

  #later(answer: number): number | undefined {
    return answer >= 0 ? answer : this.#network.unlessLater(answer)
  }

  shutdown(how: number): void {
    this.#network.checked(this.#native.shutdown(this.#number, how))
  }

  localAddress(): Uint8Array {
    const address = new Uint8Array(ADDRESS_SIZE)
    return address.subarray(0, this.#network.checked(this.#native.name(this.#number, false, address)))
  }

  peerAddress(): Uint8Array | undefined {
    const address = new Uint8Array(ADDRESS_SIZE)
    const length = this.#native.name(this.#number, true, address)
    return length < 0 ? undefined : address.subarray(0, length)
  }

  pending(direction: 'input' | 'output'): number {
    return Math.max(0, this.#native.pending(this.#number, direction === 'output'))
  }

  getOption(name: string): number {
    const value = new Int32Array(4)
    this.#network.checked(this.#native.getOption(this.#number, name, new Uint8Array(value.buffer)))
    return value[0]
  }

  takeError(): string | undefined {
    const error = this.getOption('error')
    return error === 0 ? undefined : this.#network.sockets.errorName(error)
  }

  setOption(name: string, value: number | Uint8Array): void {
    const bytes = typeof value === 'number' ? new Uint8Array(Int32Array.of(value).buffer) : value
    this.#network.checked(this.#native.setOption(this.#number, name, bytes))
  }

  close(reset = false): void {
    this.onReady = undefined
    if (reset) this.#native.setOption(this.#number, 'linger', LINGER_NONE)
    this.#network.forget(this.#number)
  }
}

const info = new Uint8Array(INFO_SIZE)
const infoView = new DataView(info.buffer)

/** The entries in `info`. */
function readControl(length: number): readonly ControlEntry[] {
  const list: ControlEntry[] = []
  for (let at = INFO_CONTROL; at < INFO_CONTROL + length; ) {
    const size = infoView.getUint32(at + 4, true)
    const start = at + CONTROL_HEADER
    list.push({ kind: infoView.getUint32(at, true), value: info.slice(start, start + size) })
    at = start + Math.ceil(size / 4) * 4
  }
  return list
}

function writeControl(entries: readonly ControlEntry[]): Uint8Array {
  const sizes = entries.map(({ value }) => CONTROL_HEADER + Math.ceil(value.length / 4) * 4)
  const bytes = new Uint8Array(sizes.reduce((a, b) => a + b, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  entries.forEach(({ kind, value }, i) => {
    view.setUint32(at, kind, true)
    view.setUint32(at + 4, value.length, true)
    bytes.set(value, at + CONTROL_HEADER)
    at += sizes[i]
  })
  return bytes
}
