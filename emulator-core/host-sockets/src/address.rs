//! Addresses as JavaScript has them: what is in a sockaddr behind the family, in network byte order, as Linux lays it out.
//! Port, IPv4 address, zeros: 14 bytes. Port, flow, IPv6 address, scope (little-endian): 26 bytes. None: no bytes, AF_UNSPEC.

use std::mem::{size_of, zeroed};

use libc::{AF_INET, AF_INET6, AF_UNSPEC, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_storage, socklen_t};

pub const V4: usize = 14;
pub const V6: usize = 26;

pub struct Address {
    storage: sockaddr_storage,
    pub length: socklen_t,
}

impl Address {
    /// Room for one that the system writes.
    pub fn empty() -> Address {
        Address { storage: unsafe { zeroed() }, length: size_of::<sockaddr_storage>() as socklen_t }
    }

    /// None if there is no address of that length.
    pub fn decode(bytes: &[u8]) -> Option<Address> {
        let mut address = Address::empty();
        match bytes.len() {
            0 => {
                address.length = size_of::<sockaddr>() as socklen_t;
                address.storage.ss_family = AF_UNSPEC as libc::sa_family_t;
            }
            V4 => {
                let v4 = unsafe { &mut *(&raw mut address.storage).cast::<sockaddr_in>() };
                v4.sin_family = AF_INET as libc::sa_family_t;
                v4.sin_port = u16::from_ne_bytes([bytes[0], bytes[1]]);
                v4.sin_addr.s_addr = u32::from_ne_bytes(bytes[2..6].try_into().ok()?);
                address.length = size_of::<sockaddr_in>() as socklen_t;
            }
            V6 => {
                let v6 = unsafe { &mut *(&raw mut address.storage).cast::<sockaddr_in6>() };
                v6.sin6_family = AF_INET6 as libc::sa_family_t;
                v6.sin6_port = u16::from_ne_bytes([bytes[0], bytes[1]]);
                v6.sin6_flowinfo = u32::from_ne_bytes(bytes[2..6].try_into().ok()?);
                v6.sin6_addr.s6_addr = bytes[6..22].try_into().ok()?;
                v6.sin6_scope_id = u32::from_le_bytes(bytes[22..26].try_into().ok()?);
                address.length = size_of::<sockaddr_in6>() as socklen_t;
            }
            _ => return None,
        }
        Some(address)
    }

    /// How many bytes it takes; 0 for an address of another family, or if there is no room.
    pub fn encode(&self, into: &mut [u8]) -> usize {
        match i32::from(self.storage.ss_family) {
            AF_INET if into.len() >= V4 => {
                let v4 = unsafe { &*(&raw const self.storage).cast::<sockaddr_in>() };
                into[0..2].copy_from_slice(&v4.sin_port.to_ne_bytes());
                into[2..6].copy_from_slice(&v4.sin_addr.s_addr.to_ne_bytes());
                into[6..V4].fill(0);
                V4
            }
            AF_INET6 if into.len() >= V6 => {
                let v6 = unsafe { &*(&raw const self.storage).cast::<sockaddr_in6>() };
                into[0..2].copy_from_slice(&v6.sin6_port.to_ne_bytes());
                into[2..6].copy_from_slice(&v6.sin6_flowinfo.to_ne_bytes());
                into[6..22].copy_from_slice(&v6.sin6_addr.s6_addr);
                into[22..26].copy_from_slice(&v6.sin6_scope_id.to_le_bytes());
                V6
            }
            _ => 0,
        }
    }

    pub fn pointer(&self) -> *const sockaddr {
        (&raw const self.storage).cast()
    }

    pub fn pointer_mut(&mut self) -> *mut sockaddr {
        (&raw mut self.storage).cast()
    }
}
