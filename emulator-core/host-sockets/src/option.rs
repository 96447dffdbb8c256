//! Socket options that may be read and set from outside, by name: those whose values are plain numbers or addresses. Options whose
//! values the system takes for pointers or descriptors (filters, zero-copy) are not here, because the values are a hostile program's.

use std::os::fd::RawFd;

use libc::{c_int, socklen_t};

use crate::error::checked;

pub struct SocketOption {
    name: &'static str,
    level: c_int,
    number: c_int,
    /// Bytes of its value, laid out as the system has it.
    size: usize,
}

const fn option(name: &'static str, level: c_int, number: c_int, size: usize) -> SocketOption {
    SocketOption { name, level, number, size }
}

use libc::{IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET};

#[cfg(target_os = "linux")]
use libc::{IPV6_ADD_MEMBERSHIP as JOIN6, IPV6_DROP_MEMBERSHIP as LEAVE6, TCP_KEEPIDLE};
#[cfg(not(target_os = "linux"))]
use libc::{IPV6_JOIN_GROUP as JOIN6, IPV6_LEAVE_GROUP as LEAVE6, TCP_KEEPALIVE as TCP_KEEPIDLE};

const INT: usize = size_of::<c_int>();
/// Group, interface's address, interface's number.
const GROUP: usize = size_of::<libc::ip_mreqn>();
const GROUP6: usize = size_of::<libc::ipv6_mreq>();

const OPTIONS: &[SocketOption] = &[
    option("error", SOL_SOCKET, libc::SO_ERROR, INT),
    option("reuseAddress", SOL_SOCKET, libc::SO_REUSEADDR, INT),
    option("reusePort", SOL_SOCKET, libc::SO_REUSEPORT, INT),
    option("broadcast", SOL_SOCKET, libc::SO_BROADCAST, INT),
    option("dontRoute", SOL_SOCKET, libc::SO_DONTROUTE, INT),
    option("keepAlive", SOL_SOCKET, libc::SO_KEEPALIVE, INT),
    option("urgentInline", SOL_SOCKET, libc::SO_OOBINLINE, INT),
    option("receiveBuffer", SOL_SOCKET, libc::SO_RCVBUF, INT),
    option("sendBuffer", SOL_SOCKET, libc::SO_SNDBUF, INT),
    option("receiveLowWater", SOL_SOCKET, libc::SO_RCVLOWAT, INT),
    option("linger", SOL_SOCKET, libc::SO_LINGER, size_of::<libc::linger>()),
    option("tcp.noDelay", IPPROTO_TCP, libc::TCP_NODELAY, INT),
    option("tcp.maxSegment", IPPROTO_TCP, libc::TCP_MAXSEG, INT),
    option("tcp.keepIdle", IPPROTO_TCP, TCP_KEEPIDLE, INT),
    option("tcp.keepInterval", IPPROTO_TCP, libc::TCP_KEEPINTVL, INT),
    option("tcp.keepCount", IPPROTO_TCP, libc::TCP_KEEPCNT, INT),
    #[cfg(target_os = "linux")]
    option("tcp.cork", IPPROTO_TCP, libc::TCP_CORK, INT),
    #[cfg(target_os = "linux")]
    option("tcp.synCount", IPPROTO_TCP, libc::TCP_SYNCNT, INT),
    #[cfg(target_os = "linux")]
    option("tcp.linger2", IPPROTO_TCP, libc::TCP_LINGER2, INT),
    #[cfg(target_os = "linux")]
    option("tcp.deferAccept", IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, INT),
    #[cfg(target_os = "linux")]
    option("tcp.windowClamp", IPPROTO_TCP, libc::TCP_WINDOW_CLAMP, INT),
    #[cfg(target_os = "linux")]
    option("tcp.quickAck", IPPROTO_TCP, libc::TCP_QUICKACK, INT),
    #[cfg(target_os = "linux")]
    option("tcp.userTimeout", IPPROTO_TCP, libc::TCP_USER_TIMEOUT, INT),
    #[cfg(target_os = "linux")]
    option("tcp.fastOpen", IPPROTO_TCP, libc::TCP_FASTOPEN, INT),
    option("ip.typeOfService", IPPROTO_IP, libc::IP_TOS, INT),
    option("ip.timeToLive", IPPROTO_IP, libc::IP_TTL, INT),
    #[cfg(target_os = "linux")]
    option("ip.freeBind", IPPROTO_IP, libc::IP_FREEBIND, INT),
    #[cfg(target_os = "linux")]
    option("ip.mtuDiscover", IPPROTO_IP, libc::IP_MTU_DISCOVER, INT),
    #[cfg(target_os = "linux")]
    option("ip.mtu", IPPROTO_IP, libc::IP_MTU, INT),
    option("ip.packetInfo", IPPROTO_IP, libc::IP_PKTINFO, INT),
    option("ip.receiveTypeOfService", IPPROTO_IP, libc::IP_RECVTOS, INT),
    option("ip.receiveTimeToLive", IPPROTO_IP, libc::IP_RECVTTL, INT),
    option("ip.multicastTimeToLive", IPPROTO_IP, libc::IP_MULTICAST_TTL, INT),
    option("ip.multicastLoop", IPPROTO_IP, libc::IP_MULTICAST_LOOP, INT),
    option("ip.multicastInterface", IPPROTO_IP, libc::IP_MULTICAST_IF, GROUP),
    option("ip.join", IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, GROUP),
    option("ip.leave", IPPROTO_IP, libc::IP_DROP_MEMBERSHIP, GROUP),
    option("ipv6.only", IPPROTO_IPV6, libc::IPV6_V6ONLY, INT),
    option("ipv6.trafficClass", IPPROTO_IPV6, libc::IPV6_TCLASS, INT),
    option("ipv6.hops", IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS, INT),
    #[cfg(target_os = "linux")]
    option("ipv6.mtuDiscover", IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, INT),
    option("ipv6.packetInfo", IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, INT),
    option("ipv6.receiveTrafficClass", IPPROTO_IPV6, libc::IPV6_RECVTCLASS, INT),
    option("ipv6.receiveHops", IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT, INT),
    option("ipv6.multicastHops", IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS, INT),
    option("ipv6.multicastLoop", IPPROTO_IPV6, libc::IPV6_MULTICAST_LOOP, INT),
    option("ipv6.multicastInterface", IPPROTO_IPV6, libc::IPV6_MULTICAST_IF, INT),
    option("ipv6.join", IPPROTO_IPV6, JOIN6, GROUP6),
    option("ipv6.leave", IPPROTO_IPV6, LEAVE6, GROUP6),
];

fn named(name: &str) -> Option<&'static SocketOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// Bytes written, or -errno.
pub fn get(socket: RawFd, name: &str, into: &mut [u8]) -> i32 {
    let Some(option) = named(name) else { return -libc::ENOPROTOOPT };
    if into.len() < option.size {
        return -libc::EINVAL;
    }
    let mut length = option.size as socklen_t;
    let place = into.as_mut_ptr().cast();
    let answer = checked(|| i64::from(unsafe { libc::getsockopt(socket, option.level, option.number, place, &mut length) }));
    if answer < 0 { answer } else { length as i32 }
}

pub fn set(socket: RawFd, name: &str, value: &[u8]) -> i32 {
    let Some(option) = named(name) else { return -libc::ENOPROTOOPT };
    if value.len() != option.size {
        return -libc::EINVAL;
    }
    let (place, length) = (value.as_ptr().cast(), value.len() as socklen_t);
    checked(|| i64::from(unsafe { libc::setsockopt(socket, option.level, option.number, place, length) }))
}
