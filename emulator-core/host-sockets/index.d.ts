/**
 * host-sockets: TCP and UDP sockets of this computer, non-blocking, for Node.
 *
 * A socket is a number. What a call answers is a count or 0, or -errno in this system's numbers; nothing waits and nothing throws.
 *
 * Addresses are what Linux's sockaddr holds behind its family: port (network order), IPv4 address and zeros, 14 bytes; or port, flow information
 * (network order), IPv6 address and scope (little-endian), 26 bytes. No bytes stand for no address.
 */

/** Bits of what a socket is ready for. */
export declare const Ready: {
  readonly INPUT: 1
  readonly OUTPUT: 2
  readonly PRIORITY: 4
  readonly ERROR: 8
  readonly HANG_UP: 16
  /** The peer sends no more. */
  readonly INPUT_ENDS: 32
}

/** Bits of `flags` of `receive` and `send`. */
export declare const Flag: {
  readonly PEEK: 1
  readonly URGENT: 2
  /** `receive` answers a datagram's whole length, however much of it found room. */
  readonly WHOLE_LENGTH: 4
  /** More follows: a datagram is not sent yet. Linux only. */
  readonly MORE: 8
}

/** Kinds of control entries: the value is a struct in_pktinfo (12 bytes) or in6_pktinfo (20), otherwise an int (a received type of service: one byte). */
export declare const Control: {
  readonly PACKET_INFO: 1
  readonly TYPE_OF_SERVICE: 2
  readonly TIME_TO_LIVE: 3
  readonly PACKET_INFO_6: 4
  readonly TRAFFIC_CLASS: 5
  readonly HOPS: 6
}

/** The sockets that one thread of JavaScript has open. They are closed with it. */
export declare class Network {
  /** `onNews` is called, in this thread's event loop, when `take` has something after it had nothing. It does not keep the loop alive. */
  constructor(onNews: () => void)

  /**
   * What happened since the last call: pairs of a socket and `Ready` bits, as many as fit; returns how many pairs. One pair for each change,
   * not for as long as a state lasts. A socket that was closed meanwhile, or its number's next owner, may be among them.
   */
  take(into: Int32Array): number

  /** A new socket. */
  open(v6: boolean, datagrams: boolean): number
  close(socket: number): void
  bind(socket: number, address: Uint8Array): number
  /** -EINPROGRESS: `OUTPUT` tells when it is over, the option `error` how. No address: a datagram socket has no peer any more. */
  connect(socket: number, address: Uint8Array): number
  listen(socket: number, backlog: number): number
  /** The socket of a connection. */
  accept(socket: number): number
  /** `how`: 1 no more receiving, 2 no more sending, 3 neither. */
  shutdown(socket: number, how: number): number
  /** Writes the socket's own address or its peer's; how many bytes (give 26). */
  name(socket: number, ofPeer: boolean, into: Uint8Array): number
  /** `Ready` bits as they are now. */
  state(socket: number): number
  /** Bytes to be received (of datagrams: in the next one), or sent and not acknowledged. */
  pending(socket: number, output: boolean): number

  /**
   * Options by the names in src/option.rs. A value is an int, a struct linger (two ints), or a group with an interface (struct ip_mreqn,
   * struct ipv6_mreq), in the system's own order of bytes. Unknown: -ENOPROTOOPT. `getOption` answers the value's length.
   */
  getOption(socket: number, name: string, into: Uint8Array): number
  setOption(socket: number, name: string, value: Uint8Array): number

  /**
   * Receives into pieces. `info`, unless it is empty, is told what came along (all numbers of 32 bits, little-endian): at 0 flags (1 the
   * datagram was cut off, 2 its control entries were), at 4 the length of the sender's address and at 8 that address, at 36 the length of the
   * control entries and at 40 these: kind, length, value, each entry at a multiple of 4.
   */
  receive(socket: number, into: Uint8Array[], flags: number, info: Uint8Array): number
  /** Sends pieces: to the peer if `to` is empty. `control`: entries as above. */
  send(socket: number, from: Uint8Array[], flags: number, to: Uint8Array, control: Uint8Array): number
}

export interface Interface {
  readonly index: number
  readonly name: string
  /** IFF_… of this system. */
  readonly flags: number
  /** Bytes; 0 if unknown. */
  readonly mtu: number
  /** Six bytes, or none. */
  readonly hardware: Uint8Array
  readonly addresses: readonly InterfaceAddress[]
}

export interface InterfaceAddress {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array
  readonly netmask: Uint8Array
  /** None if there is none. */
  readonly broadcast: Uint8Array
}

/** This computer's network interfaces as they are now. */
export declare function interfaces(): Interface[]

/** POSIX's name of an errno of this system; EIO for one that sockets do not know. */
export declare function errorName(errno: number): string
