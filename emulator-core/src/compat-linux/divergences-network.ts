/** Differences in sockets. */
import { LINUX_SOCKET } from './divergence-versions.ts'
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
    ...LINUX_SOCKET,
    severity: 'medium',
    advice: 'Take EINVAL of setsockopt for "not there", as ENOPROTOOPT.',
  },
  {
    id: 'socket.families',
    summary: 'A socket of a family that is not known.',
    linux: 'EAFNOSUPPORT.',
    netbsd: 'EINVAL for a family that has no number in NetBSD, EAFNOSUPPORT for the others.',
    source: 'sys/compat/linux/common/linux_socket.c:linux_to_bsd_domain, linux_sys_socket',
    ...LINUX_SOCKET,
    severity: 'low',
    advice: 'Take both errors for "not there": of AF_PACKET, AF_VSOCK and their kin it is EINVAL.',
  },
  {
    id: 'socket.netlink',
    summary: 'There are no netlink sockets: getifaddrs, Go’s net.Interfaces and ip(8) fail.',
    linux: 'AF_NETLINK tells of interfaces, addresses and routes.',
    netbsd: 'It is taken for AF_ROUTE: a raw socket is EOPNOTSUPP, another EPROTOTYPE.',
    source: 'sys/compat/linux/common/linux_socket.c:linux_to_bsd_domain, linux_sys_socket',
    ...LINUX_SOCKET,
    severity: 'medium',
    advice: 'Ask with SIOCGIFCONF, or read /proc/net, when the socket cannot be had.',
  },
  {
    id: 'socket.message-flags',
    summary: 'Flags of send and recv that NetBSD has not.',
    linux: 'MSG_MORE, MSG_ERRQUEUE, MSG_CONFIRM and MSG_PROBE work.',
    netbsd: 'EINVAL.',
    source: 'sys/compat/linux/common/linux_socket.c:linux_to_bsd_msg_flags',
    ...LINUX_SOCKET,
    severity: 'medium',
    advice: 'Send without the flag when EINVAL comes; write buffers together instead of MSG_MORE.',
  },
  {
    id: 'socket.credentials',
    summary: 'SCM_CREDENTIALS is not translated.',
    linux: 'The receiver gets the credentials.',
    netbsd: 'The whole control part of the message is dropped, open files too.',
    source: 'sys/compat/linux/common/linux_socket.c:linux_sys_sendmsg',
    ...LINUX_SOCKET,
    severity: 'high',
    advice: 'Send descriptors in a message of their own: together with credentials they are lost, and nothing says so.',
  },
  {
    id: 'socket.recvmmsg-timeout',
    summary: 'recvmmsg with a timeout.',
    linux: 'It takes messages until the time is up.',
    netbsd: 'It returns after the first, whatever the time.',
    source: 'sys/compat/linux/common/linux_socket.c:linux_sys_recvmmsg',
    ...LINUX_SOCKET,
    severity: 'medium',
    advice: 'Call in a loop, with poll for the time.',
  },
  {
    id: 'socket.reuseaddr',
    summary: 'SO_REUSEADDR means SO_REUSEPORT.',
    linux: 'Two listeners at one address are EADDRINUSE.',
    netbsd: 'Both listen, if both asked for it.',
    source: 'sys/compat/linux/common/linux_socket.c:linux_to_bsd_so_sockopt',
    ...LINUX_SOCKET,
    severity: 'high',
    advice: 'Do not take EADDRINUSE for the lock that keeps a second server out; hold a lock file.',
  },
]
