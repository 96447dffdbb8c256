/** Differences in sockets. */
import type { Divergence } from './divergences.ts'

export const networkDivergences: readonly Divergence[] = [
  {
    id: 'socket.options',
    summary: 'Socket options that NetBSD has not, or does not translate.',
    linux:
      'SO_REUSEPORT, SO_PASSCRED, SO_PEERCRED, SO_ACCEPTCONN, SO_DOMAIN, SO_PROTOCOL, TCP_KEEPIDLE, TCP_INFO, TCP_CORK, IP_PKTINFO… work.',
    netbsd: 'EINVAL.',
    source:
      'sys/compat/linux/common/linux_socket.c:linux_to_bsd_so_sockopt, linux_to_bsd_ip_sockopt, linux_to_bsd_tcp_sockopt',
  },
]
