//! The calls on one socket. What they answer is a count or 0, or -errno.

use std::os::fd::RawFd;

use libc::{c_int, c_short};

use crate::address::Address;
use crate::error::{checked, last};
use crate::waiter::{ERROR, HANG_UP, INPUT, INPUT_ENDS, OUTPUT, PRIORITY};

/// A new socket, closed at exec and non-blocking.
pub fn open(v6: bool, datagrams: bool) -> i32 {
    let family = if v6 { libc::AF_INET6 } else { libc::AF_INET };
    let kind = if datagrams { libc::SOCK_DGRAM } else { libc::SOCK_STREAM };
    #[cfg(target_os = "linux")]
    let kind = kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    tamed(checked(|| i64::from(unsafe { libc::socket(family, kind, 0) })))
}

pub fn accept(socket: RawFd) -> i32 {
    let (none, no_length) = (std::ptr::null_mut(), std::ptr::null_mut());
    #[cfg(target_os = "linux")]
    let accept = || i64::from(unsafe { libc::accept4(socket, none, no_length, libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) });
    #[cfg(not(target_os = "linux"))]
    let accept = || i64::from(unsafe { libc::accept(socket, none, no_length) });
    tamed(checked(accept))
}

/// What Linux does when it makes a socket.
#[cfg(target_os = "linux")]
fn tamed(socket: i32) -> i32 {
    socket
}

#[cfg(not(target_os = "linux"))]
fn tamed(socket: i32) -> i32 {
    if socket >= 0 {
        let on: c_int = 1;
        unsafe {
            libc::fcntl(socket, libc::F_SETFD, libc::FD_CLOEXEC);
            libc::fcntl(socket, libc::F_SETFL, libc::O_NONBLOCK);
            #[cfg(target_vendor = "apple")]
            libc::setsockopt(socket, libc::SOL_SOCKET, libc::SO_NOSIGPIPE, (&raw const on).cast(), size_of::<c_int>() as u32);
        }
    }
    socket
}

pub fn bind(socket: RawFd, address: &Address) -> i32 {
    checked(|| i64::from(unsafe { libc::bind(socket, address.pointer(), address.length) }))
}

/// An interrupted connect goes on by itself, so it is not made again.
pub fn connect(socket: RawFd, address: &Address) -> i32 {
    if unsafe { libc::connect(socket, address.pointer(), address.length) } == 0 { 0 } else { last() }
}

pub fn listen(socket: RawFd, backlog: i32) -> i32 {
    checked(|| i64::from(unsafe { libc::listen(socket, backlog) }))
}

/// `how`: 1 no more receiving, 2 no more sending, 3 neither.
pub fn shutdown(socket: RawFd, how: i32) -> i32 {
    let how = match how {
        1 => libc::SHUT_RD,
        2 => libc::SHUT_WR,
        _ => libc::SHUT_RDWR,
    };
    checked(|| i64::from(unsafe { libc::shutdown(socket, how) }))
}

/// Its own address, or its peer's: how many bytes it takes.
pub fn name(socket: RawFd, of_peer: bool, into: &mut [u8]) -> i32 {
    let mut address = Address::empty();
    let get = if of_peer { libc::getpeername } else { libc::getsockname };
    let answer = checked(|| i64::from(unsafe { get(socket, address.pointer_mut(), &mut address.length) }));
    if answer < 0 { answer } else { address.encode(into) as i32 }
}

/// What it is ready for now.
pub fn state(socket: RawFd) -> i32 {
    #[cfg(target_os = "linux")]
    const ENDS: c_short = libc::POLLRDHUP;
    #[cfg(not(target_os = "linux"))]
    const ENDS: c_short = 0;
    const PAIRS: [(c_short, i32); 6] = [
        (libc::POLLIN, INPUT),
        (libc::POLLOUT, OUTPUT),
        (libc::POLLPRI, PRIORITY),
        (libc::POLLERR, ERROR),
        (libc::POLLHUP, HANG_UP),
        (ENDS, INPUT_ENDS),
    ];
    let mut asked = libc::pollfd { fd: socket, events: libc::POLLIN | libc::POLLOUT | libc::POLLPRI | ENDS, revents: 0 };
    let answer = checked(|| i64::from(unsafe { libc::poll(&mut asked, 1, 0) }));
    if answer < 0 { answer } else { PAIRS.iter().filter(|(bit, _)| asked.revents & bit != 0).fold(0, |all, (_, bit)| all | bit) }
}

/// Bytes that can be received (of datagrams: in the next one), or that were sent and not acknowledged.
pub fn pending(socket: RawFd, output: bool) -> i32 {
    let mut count: c_int = 0;
    let request = if output { libc::TIOCOUTQ } else { libc::FIONREAD };
    let answer = checked(|| i64::from(unsafe { libc::ioctl(socket, request as _, &raw mut count) }));
    if answer < 0 { answer } else { count }
}
