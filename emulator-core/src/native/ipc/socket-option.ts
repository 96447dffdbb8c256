/** Options of sockets that are a number: so_options, in_pcb's and tcp's. What Linux's numbers mean is compat-linux/socket-options.ts's to say. */

/** What an option is before anybody sets it. */
const INITIAL = {
  SO_DEBUG: 0,
  SO_REUSEADDR: 0,
  SO_REUSEPORT: 0,
  SO_DONTROUTE: 0,
  SO_BROADCAST: 0,
  SO_KEEPALIVE: 0,
  SO_OOBINLINE: 0,
  SO_NO_CHECK: 0,
  SO_PRIORITY: 0,
  SO_MARK: 0,
  SO_RCVLOWAT: 1,
  /** Which of the four options for the time of arrival is on, as a number of compat-linux/socket-options-time.ts. */
  SO_TIMESTAMP: 0,
  /** SOF_TIMESTAMPING_… bits, and the layout that was asked for last. */
  SO_TIMESTAMPING: 0,
  SO_TIMESTAMP_NEW: 0,
  SO_RXQ_OVFL: 0,
  SO_WIFI_STATUS: 0,
  SO_NOFCS: 0,
  SO_LOCK_FILTER: 0,
  SO_SELECT_ERR_QUEUE: 0,
  SO_PREFER_BUSY_POLL: 0,
  SO_BUSY_POLL_BUDGET: 8,
  /** Bits: the program chose 1 the send buffer, 2 the receive buffer itself. */
  SO_BUF_LOCK: 0,
  SO_TXREHASH: 1,
  SO_RCVMARK: 0,
  SO_PASSSEC: 0,
  SO_PASSCRED: 0,
  SO_BUSY_POLL: 0,
  SO_INCOMING_CPU: -1,
  SO_ZEROCOPY: 0,
  /** The index of the interface, 0 for any. */
  SO_BINDTOIFINDEX: 0,
  TCP_NODELAY: 0,
  /** What the program asked; 0: nothing. */
  TCP_MAXSEG: 0,
  TCP_CORK: 0,
  /** Seconds. */
  TCP_KEEPIDLE: 7200,
  TCP_KEEPINTVL: 75,
  TCP_KEEPCNT: 9,
  TCP_SYNCNT: 6,
  TCP_LINGER2: 60,
  TCP_DEFER_ACCEPT: 0,
  TCP_WINDOW_CLAMP: 0,
  TCP_QUICKACK: 1,
  /** Milliseconds. */
  TCP_USER_TIMEOUT: 0,
  TCP_FASTOPEN: 0,
  TCP_FASTOPEN_CONNECT: 0,
  TCP_NOTSENT_LOWAT: 0,
  TCP_THIN_LINEAR_TIMEOUTS: 0,
  TCP_FASTOPEN_NO_COOKIE: 0,
  TCP_INQ: 0,
  UDP_CORK: 0,
  UDP_NO_CHECK6_TX: 0,
  UDP_NO_CHECK6_RX: 0,
  /** Bytes of each datagram that one call's bytes are cut into; 0: one datagram. */
  UDP_SEGMENT: 0,
  UDP_GRO: 0,
  IP_TOS: 0,
  IP_TTL: 64,
  IP_HDRINCL: 0,
  IP_RECVOPTS: 0,
  IP_RETOPTS: 0,
  IP_PKTINFO: 0,
  IP_MTU_DISCOVER: 1,
  IP_RECVERR: 0,
  IP_RECVTTL: 0,
  IP_RECVTOS: 0,
  IP_FREEBIND: 0,
  IP_TRANSPARENT: 0,
  IP_BIND_ADDRESS_NO_PORT: 0,
  IP_RECVORIGDSTADDR: 0,
  IP_PASSSEC: 0,
  IP_CHECKSUM: 0,
  IP_RECVFRAGSIZE: 0,
  IP_RECVERR_RFC4884: 0,
  /** First and last port for whom the system chooses one, the last in the upper half; 0: the system's. */
  IP_LOCAL_PORT_RANGE: 0,
  IP_MULTICAST_TTL: 1,
  IP_MULTICAST_LOOP: 1,
  IP_MULTICAST_ALL: 1,
  /** The index of the interface, 0 for any. */
  IP_MULTICAST_IF: 0,
  IP_UNICAST_IF: 0,
  IPV6_V6ONLY: 0,
  /** -1: the system's. */
  IPV6_UNICAST_HOPS: -1,
  IPV6_MULTICAST_HOPS: -1,
  IPV6_MULTICAST_LOOP: 1,
  /** The index of the interface, 0 for any. */
  IPV6_MULTICAST_IF: 0,
  IPV6_MULTICAST_ALL: 1,
  IPV6_MTU_DISCOVER: 1,
  IPV6_RECVERR: 0,
  IPV6_RECVPKTINFO: 0,
  IPV6_RECVHOPLIMIT: 0,
  IPV6_RECVTCLASS: 0,
  IPV6_TCLASS: 0,
  IPV6_FREEBIND: 0,
  IPV6_DONTFRAG: 0,
  IPV6_2292PKTINFO: 0,
  IPV6_2292HOPLIMIT: 0,
  IPV6_2292HOPOPTS: 0,
  IPV6_2292DSTOPTS: 0,
  IPV6_2292RTHDR: 0,
  IPV6_RECVHOPOPTS: 0,
  IPV6_RECVRTHDR: 0,
  IPV6_RECVDSTOPTS: 0,
  IPV6_RECVPATHMTU: 0,
  IPV6_ROUTER_ALERT_ISOLATE: 0,
  IPV6_RECVERR_RFC4884: 0,
  IPV6_AUTOFLOWLABEL: 1,
  /** IPV6_PREFER_SRC_PUBTMP_DEFAULT and IPV6_PREFER_SRC_HOME. */
  IPV6_ADDR_PREFERENCES: 0x500,
  IPV6_RECVORIGDSTADDR: 0,
  IPV6_UNICAST_IF: 0,
  IPV6_RECVFRAGSIZE: 0,
  NETLINK_GROUP: 0,
  NETLINK_PKTINFO: 0,
  NETLINK_BROADCAST_ERROR: 0,
  NETLINK_NO_ENOBUFS: 0,
  NETLINK_CAP_ACK: 0,
  NETLINK_EXT_ACK: 0,
  NETLINK_GET_STRICT_CHK: 0,
} as const

export type SocketOption = keyof typeof INITIAL

export class SocketOptions {
  readonly #set = new Map<SocketOption, number>()

  get(option: SocketOption): number {
    return this.#set.get(option) ?? INITIAL[option]
  }

  isOn(option: SocketOption): boolean {
    return this.get(option) !== 0
  }

  set(option: SocketOption, value: number): void {
    this.#set.set(option, value)
  }

  /** What a connection that is accepted has of its listener's. */
  copyFrom(other: SocketOptions): void {
    for (const [option, value] of other.#set) this.#set.set(option, value)
  }
}
