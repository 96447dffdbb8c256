//! What comes and goes with a datagram besides its bytes: where it arrived, its type of service, its hops. In JavaScript's hands it is
//! a row of entries: kind and length (both 32 bits, little-endian), and the value, each beginning at a multiple of 4.

use std::mem::size_of;

use libc::{c_int, cmsghdr, msghdr};

const HEADER: usize = 8;

/// (kind, level, what is received, what is sent, longest value)
const KINDS: [(u32, c_int, c_int, c_int, usize); 6] = [
    (1, libc::IPPROTO_IP, libc::IP_PKTINFO, libc::IP_PKTINFO, size_of::<libc::in_pktinfo>()),
    (2, libc::IPPROTO_IP, RECEIVED_TOS, libc::IP_TOS, size_of::<c_int>()),
    (3, libc::IPPROTO_IP, RECEIVED_TTL, libc::IP_TTL, size_of::<c_int>()),
    (4, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, libc::IPV6_PKTINFO, size_of::<libc::in6_pktinfo>()),
    (5, libc::IPPROTO_IPV6, libc::IPV6_TCLASS, libc::IPV6_TCLASS, size_of::<c_int>()),
    (6, libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT, libc::IPV6_HOPLIMIT, size_of::<c_int>()),
];

#[cfg(not(target_os = "linux"))]
use libc::{IP_RECVTOS as RECEIVED_TOS, IP_RECVTTL as RECEIVED_TTL};
#[cfg(target_os = "linux")]
use libc::{IP_TOS as RECEIVED_TOS, IP_TTL as RECEIVED_TTL};

/// Aligned room for control messages.
#[repr(C, align(8))]
pub struct Room(pub [u8; 512]);

/// Writes a message's entries; how many bytes. What finds no room is left out.
pub fn decode(message: &msghdr, into: &mut [u8]) -> usize {
    let mut at = 0;
    let mut next = unsafe { libc::CMSG_FIRSTHDR(message) };
    while let Some(header) = unsafe { next.as_ref() } {
        let known = KINDS.iter().find(|(_, level, received, ..)| *level == header.cmsg_level && *received == header.cmsg_type);
        if let Some(&(kind, .., longest)) = known {
            let data = unsafe { libc::CMSG_DATA(header) };
            // Its type differs from system to system.
            #[allow(clippy::unnecessary_cast)]
            let length = (header.cmsg_len as usize).saturating_sub(data as usize - next as usize).min(longest);
            let end = at + HEADER + length;
            if end > into.len() {
                return at;
            }
            into[at..at + 4].copy_from_slice(&kind.to_le_bytes());
            into[at + 4..at + HEADER].copy_from_slice(&(length as u32).to_le_bytes());
            into[at + HEADER..end].copy_from_slice(unsafe { std::slice::from_raw_parts(data, length) });
            at = end.next_multiple_of(4);
        }
        next = unsafe { libc::CMSG_NXTHDR(message, header) };
    }
    at.min(into.len())
}

/// Turns entries into control messages; None if they are not what this module writes.
pub fn encode(mut entries: &[u8], room: &mut Room) -> Option<usize> {
    let mut at = 0;
    while !entries.is_empty() {
        let (kind, rest) = entries.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (kind, length) = (u32::from_le_bytes(*kind), u32::from_le_bytes(*length) as usize);
        let &(_, level, _, sent, longest) = KINDS.iter().find(|(known, ..)| *known == kind)?;
        let value = rest.get(..length).filter(|_| length <= longest)?;
        let space = unsafe { libc::CMSG_SPACE(length as u32) } as usize;
        if at + space > room.0.len() {
            return None;
        }
        let header = room.0[at..].as_mut_ptr().cast::<cmsghdr>();
        unsafe {
            (*header).cmsg_len = libc::CMSG_LEN(length as u32) as _;
            (*header).cmsg_level = level;
            (*header).cmsg_type = sent;
            std::ptr::copy_nonoverlapping(value.as_ptr(), libc::CMSG_DATA(header), length);
        }
        at += space;
        entries = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(at)
}
