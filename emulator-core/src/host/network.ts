/**
 * The host's own network: TCP and UDP sockets that never wait. Node's implementation is node-network.ts.
 * Addresses are what Linux's sockaddr holds behind its family: 14 bytes for IPv4, 26 for IPv6 (net/address.ts); none: AF_UNSPEC.
 */
export interface HostNetwork {
  /** @throws HostError */
  open(v6: boolean, datagrams: boolean): HostSocket
  interfaces(): readonly HostInterface[]
  /**
   * Tells the sockets what happened to them since the last time; cheap when nothing did. It is also called by itself whenever the host thread's
   * event loop has its turn, so calling it is only a matter of being early.
   */
  deliver(): void
}

/** Bits of what a socket is ready for. */
export const READY_INPUT = 1
export const READY_OUTPUT = 2
export const READY_PRIORITY = 4
export const READY_ERROR = 8
export const READY_HANG_UP = 16
/** The peer sends no more. */
export const READY_INPUT_ENDS = 32

/** Bits of `flags`. */
export const TRANSFER_PEEK = 1
export const TRANSFER_URGENT = 2
/** The answer is a datagram's whole length, however much of it found room. */
export const TRANSFER_WHOLE_LENGTH = 4
/** More follows: a datagram is not sent yet. */
export const TRANSFER_MORE = 8

/** Kinds of what goes with a datagram. The values are struct in_pktinfo, in6_pktinfo, and ints; a received type of service may be one byte. */
export const CONTROL_PACKET_INFO = 1
export const CONTROL_TYPE_OF_SERVICE = 2
export const CONTROL_TIME_TO_LIVE = 3
export const CONTROL_PACKET_INFO_6 = 4
export const CONTROL_TRAFFIC_CLASS = 5
export const CONTROL_HOPS = 6

export interface ControlEntry {
  readonly kind: number
  readonly value: Uint8Array
}

/** Filled by `receive`. */
export interface Arrival {
  /** The sender; empty for a connection's bytes. */
  from: Uint8Array
  control: readonly ControlEntry[]
}

/** Errors are HostError with POSIX's name. */
export interface HostSocket {
  /** Called once for each change, with READY_… bits, from `deliver`. */
  onReady: ((ready: number) => void) | undefined
  /** READY_… bits as they are now. */
  ready(): number
  bind(address: Uint8Array): void
  /** False: it is under way; READY_OUTPUT tells when it is over, `takeError` how. */
  connect(address: Uint8Array): boolean
  listen(backlog: number): void
  /** undefined: there is no connection now. */
  accept(): HostSocket | undefined
  /** The count; undefined: nothing there now. `arrival` is filled if it is given. */
  receive(into: Uint8Array[], flags: number, arrival?: Arrival): number | undefined
  /** The count; undefined: no room now. No `to`: to the peer. */
  send(
    from: Uint8Array[],
    flags: number,
    to?: Uint8Array | undefined,
    control?: readonly ControlEntry[],
  ): number | undefined
  /** Bits: 1 no more receiving, 2 no more sending. */
  shutdown(how: number): void
  localAddress(): Uint8Array
  /** undefined: there is none. */
  peerAddress(): Uint8Array | undefined
  /** Bytes to be received (of datagrams: in the next one), or sent and not acknowledged. */
  pending(direction: 'input' | 'output'): number
  /** Options by name, as host-sockets/src/option.rs lists them. @throws HostError ENOPROTOOPT for one that the host has not. */
  getOption(name: string): number
  /** The error that waits to be told, by its name: so_error. It is told once. */
  takeError(): string | undefined
  setOption(name: string, value: number | Uint8Array): void
  /** `reset`: the peer is told that its bytes were not wanted (SO_LINGER of 0 seconds). */
  close(reset?: boolean): void
}

export interface HostInterface {
  readonly index: number
  readonly name: string
  /** The host's IFF_… */
  readonly flags: number
  /** Bytes; 0 if unknown. */
  readonly mtu: number
  /** Six bytes, or none. */
  readonly hardware: Uint8Array
  readonly addresses: readonly HostInterfaceAddress[]
}

/** Of 4 or 16 bytes each; `broadcast` may have none. */
export interface HostInterfaceAddress {
  readonly address: Uint8Array
  readonly netmask: Uint8Array
  readonly broadcast: Uint8Array
}
