//! Sending and receiving, from and into pieces of memory.

use std::mem::zeroed;
use std::os::fd::RawFd;

use libc::{c_int, iovec, msghdr};

use crate::address::Address;
use crate::control::{self, Room};
use crate::error::checked;

/// Bits of `flags` in both directions.
const PEEK: i32 = 1;
const URGENT: i32 = 2;
/// The answer is a datagram's whole length, however much of it found room.
const WHOLE_LENGTH: i32 = 4;
const MORE: i32 = 8;

/// Where in `info` what is.
const ADDRESS_LENGTH: usize = 4;
const ADDRESS: usize = 8;
const CONTROL_LENGTH: usize = 36;
const CONTROL: usize = 40;

/// Bits in the first word of `info`.
const TRUNCATED: i32 = 1;
const CONTROL_TRUNCATED: i32 = 2;

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd"))]
const ALWAYS: c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd")))]
const ALWAYS: c_int = libc::MSG_DONTWAIT;

#[cfg(target_os = "linux")]
const LINUX_ONLY: (c_int, c_int) = (libc::MSG_TRUNC, libc::MSG_MORE);
#[cfg(not(target_os = "linux"))]
const LINUX_ONLY: (c_int, c_int) = (0, 0);

fn system_flags(flags: i32) -> c_int {
    let (whole_length, more) = LINUX_ONLY;
    let of = |bit: i32, system: c_int| if flags & bit != 0 { system } else { 0 };
    ALWAYS | of(PEEK, libc::MSG_PEEK) | of(URGENT, libc::MSG_OOB) | of(WHOLE_LENGTH, whole_length) | of(MORE, more)
}

fn message(pieces: &mut [iovec]) -> msghdr {
    let mut message: msghdr = unsafe { zeroed() };
    message.msg_iov = pieces.as_mut_ptr();
    message.msg_iovlen = pieces.len() as _;
    message
}

/// The count, or -errno. `info`, if it is not empty, is told: flags, the sender's address, and control entries.
pub fn receive(socket: RawFd, pieces: &mut [iovec], flags: i32, info: &mut [u8]) -> i32 {
    let mut message = message(pieces);
    let mut from = Address::empty();
    let mut room = Room([0; 512]);
    if info.len() > CONTROL {
        message.msg_name = from.pointer_mut().cast();
        message.msg_namelen = from.length;
        message.msg_control = room.0.as_mut_ptr().cast();
        message.msg_controllen = room.0.len() as _;
    }
    let answer = checked(|| unsafe { libc::recvmsg(socket, &mut message, system_flags(flags)) } as i64);
    if answer >= 0 && info.len() > CONTROL {
        let of = |system: c_int, bit: i32| if message.msg_flags & system != 0 { bit } else { 0 };
        let told = of(libc::MSG_TRUNC, TRUNCATED) | of(libc::MSG_CTRUNC, CONTROL_TRUNCATED);
        let length = if message.msg_namelen > 0 { from.encode(&mut info[ADDRESS..CONTROL_LENGTH]) } else { 0 };
        let control = control::decode(&message, &mut info[CONTROL..]);
        info[0..ADDRESS_LENGTH].copy_from_slice(&told.to_le_bytes());
        info[ADDRESS_LENGTH..ADDRESS].copy_from_slice(&(length as u32).to_le_bytes());
        info[CONTROL_LENGTH..CONTROL].copy_from_slice(&(control as u32).to_le_bytes());
    }
    answer
}

/// The count, or -errno. No address: to the peer.
pub fn send(socket: RawFd, pieces: &mut [iovec], flags: i32, to: Option<&Address>, entries: &[u8]) -> i32 {
    let mut message = message(pieces);
    let mut room = Room([0; 512]);
    if let Some(to) = to {
        message.msg_name = to.pointer().cast_mut().cast();
        message.msg_namelen = to.length;
    }
    if !entries.is_empty() {
        let Some(length) = control::encode(entries, &mut room) else { return -libc::EINVAL };
        message.msg_control = room.0.as_mut_ptr().cast();
        message.msg_controllen = length as _;
    }
    checked(|| unsafe { libc::sendmsg(socket, &message, system_flags(flags)) } as i64)
}
