/** /proc/net and /proc/sys/net: tables of names. */

import { AF_INET, AF_INET6 } from '../../net/address.ts'
import { FIRST_EPHEMERAL, LAST_EPHEMERAL } from '../../net/port-table.ts'
import {
  datagramText,
  devText,
  ifInet6Text,
  ipv6RouteText,
  routeText,
  sockstat6Text,
  sockstatText,
  tcpText,
  udpText,
  unixText,
} from './net-text.ts'
import type { ProcContext, ProcNode } from './proc-mount.ts'

const file = (text: (c: ProcContext) => string): ProcNode => ({ kind: 'file', text })
const directory = (entries: Readonly<Record<string, ProcNode>>): ProcNode => ({ kind: 'directory', entries })
/** A setting that stands: what this network does, and cannot do otherwise. */
const fixed = (text: string | number): ProcNode => file(() => `${text}\n`)

const IPPROTO_UDPLITE = 136
/** Nobody has such sockets. */
const NO_PROTOCOL = -1

export const netDirectory: ProcNode = directory({
  arp: file(() => 'IP address       HW type     Flags       HW address            Mask     Device\n'),
  dev: file(devText),
  if_inet6: file(ifInet6Text),
  ipv6_route: file(ipv6RouteText),
  packet: file(() => 'sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n'),
  raw: file(datagramText(AF_INET, NO_PROTOCOL)),
  raw6: file(datagramText(AF_INET6, NO_PROTOCOL)),
  route: file(routeText),
  sockstat: file(sockstatText),
  sockstat6: file(sockstat6Text),
  tcp: file(tcpText(AF_INET)),
  tcp6: file(tcpText(AF_INET6)),
  udp: file(udpText(AF_INET)),
  udp6: file(udpText(AF_INET6)),
  udplite: file(datagramText(AF_INET, IPPROTO_UDPLITE)),
  udplite6: file(datagramText(AF_INET6, IPPROTO_UDPLITE)),
  unix: file(unixText),
})

const interfaces6 = directory({ disable_ipv6: fixed(0), forwarding: fixed(0), accept_ra: fixed(0) })
const interfaces4 = directory({ forwarding: fixed(0), rp_filter: fixed(0) })

export const netSettings: ProcNode = directory({
  core: directory({
    somaxconn: fixed(4096),
    rmem_default: fixed(212992),
    rmem_max: fixed(212992),
    wmem_default: fixed(212992),
    wmem_max: fixed(212992),
    optmem_max: fixed(20480),
    netdev_max_backlog: fixed(1000),
  }),
  ipv4: directory({
    conf: directory({ all: interfaces4, default: interfaces4, lo: interfaces4 }),
    icmp_echo_ignore_all: fixed(0),
    igmp_max_memberships: fixed(20),
    ip_default_ttl: fixed(64),
    ip_forward: fixed(0),
    ip_local_port_range: fixed(`${FIRST_EPHEMERAL}\t${LAST_EPHEMERAL}`),
    ip_local_reserved_ports: fixed(''),
    ip_nonlocal_bind: fixed(0),
    ip_unprivileged_port_start: fixed(1024),
    ping_group_range: fixed('1\t0'),
    tcp_available_congestion_control: fixed('reno cubic'),
    tcp_allowed_congestion_control: fixed('reno cubic'),
    tcp_congestion_control: fixed('cubic'),
    tcp_fastopen: fixed(0),
    tcp_fin_timeout: fixed(60),
    tcp_keepalive_intvl: fixed(75),
    tcp_keepalive_probes: fixed(9),
    tcp_keepalive_time: fixed(7200),
    tcp_max_syn_backlog: fixed(4096),
    tcp_max_tw_buckets: fixed(16384),
    tcp_rmem: fixed('4096\t131072\t6291456'),
    tcp_sack: fixed(1),
    tcp_syn_retries: fixed(6),
    tcp_syncookies: fixed(1),
    tcp_timestamps: fixed(1),
    tcp_tw_reuse: fixed(2),
    tcp_window_scaling: fixed(1),
    tcp_wmem: fixed('4096\t16384\t4194304'),
  }),
  ipv6: directory({
    bindv6only: fixed(0),
    conf: directory({ all: interfaces6, default: interfaces6, lo: interfaces6 }),
  }),
  unix: directory({ max_dgram_qlen: fixed(512) }),
})
