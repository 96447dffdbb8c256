//! The network interfaces of this computer: getifaddrs(3).

use std::ffi::CStr;

use libc::{AF_INET, AF_INET6, ifaddrs, sockaddr, sockaddr_in, sockaddr_in6};
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

#[napi(object)]
pub struct Interface {
    pub index: u32,
    pub name: String,
    pub flags: u32,
    pub mtu: u32,
    pub hardware: Uint8Array,
    pub addresses: Vec<InterfaceAddress>,
}

#[napi(object)]
pub struct InterfaceAddress {
    pub address: Uint8Array,
    pub netmask: Uint8Array,
    pub broadcast: Uint8Array,
}

#[napi]
pub fn interfaces() -> Vec<Interface> {
    let mut first = std::ptr::null_mut();
    if unsafe { libc::getifaddrs(&mut first) } != 0 {
        return Vec::new();
    }
    let mut list = Vec::new();
    let mut next: *const ifaddrs = first;
    while let Some(entry) = unsafe { next.as_ref() } {
        add(&mut list, entry);
        next = entry.ifa_next;
    }
    unsafe { libc::freeifaddrs(first) };
    list
}

fn add(list: &mut Vec<Interface>, entry: &ifaddrs) {
    let name = unsafe { CStr::from_ptr(entry.ifa_name) };
    let text = name.to_string_lossy();
    let at = list.iter().position(|known| known.name == text).unwrap_or_else(|| {
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        let (hardware, addresses) = (Uint8Array::new(Vec::new()), Vec::new());
        list.push(Interface { index, name: text.into(), flags: entry.ifa_flags, mtu: mtu(name), hardware, addresses });
        list.len() - 1
    });
    let Some(address) = bytes(entry.ifa_addr) else {
        if let Some(found) = hardware(entry.ifa_addr) {
            list[at].hardware = Uint8Array::new(found);
        }
        return;
    };
    let has_broadcast = entry.ifa_flags & libc::IFF_BROADCAST as u32 != 0;
    let broadcast = if has_broadcast { bytes(broadcast_of(entry)) } else { None };
    let netmask = bytes(entry.ifa_netmask).unwrap_or_default();
    let [address, netmask, broadcast] = [address, netmask, broadcast.unwrap_or_default()].map(Uint8Array::new);
    list[at].addresses.push(InterfaceAddress { address, netmask, broadcast });
}

#[cfg(target_os = "linux")]
fn broadcast_of(entry: &ifaddrs) -> *const sockaddr {
    entry.ifa_ifu
}

#[cfg(not(target_os = "linux"))]
fn broadcast_of(entry: &ifaddrs) -> *const sockaddr {
    entry.ifa_dstaddr
}

fn bytes(address: *const sockaddr) -> Option<Vec<u8>> {
    let family = i32::from(unsafe { address.as_ref() }?.sa_family);
    match family {
        AF_INET => Some(unsafe { &*address.cast::<sockaddr_in>() }.sin_addr.s_addr.to_ne_bytes().to_vec()),
        AF_INET6 => Some(unsafe { &*address.cast::<sockaddr_in6>() }.sin6_addr.s6_addr.to_vec()),
        _ => None,
    }
}

#[cfg(target_os = "linux")]
fn hardware(address: *const sockaddr) -> Option<Vec<u8>> {
    let family = i32::from(unsafe { address.as_ref() }?.sa_family);
    let link = address.cast::<libc::sockaddr_ll>();
    if family == libc::AF_PACKET { Some(unsafe { &*link }.sll_addr[..6].to_vec()) } else { None }
}

#[cfg(not(target_os = "linux"))]
fn hardware(_: *const sockaddr) -> Option<Vec<u8>> {
    None
}

#[cfg(target_os = "linux")]
fn mtu(name: &CStr) -> u32 {
    let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name[..libc::IFNAMSIZ - 1].iter_mut().zip(name.to_bytes()) {
        *place = *byte as _;
    }
    let answer = unsafe { libc::ioctl(socket, libc::SIOCGIFMTU, &raw mut request) };
    unsafe { libc::close(socket) };
    if answer == 0 { unsafe { request.ifr_ifru.ifru_mtu }.try_into().unwrap_or(0) } else { 0 }
}

#[cfg(not(target_os = "linux"))]
fn mtu(_: &CStr) -> u32 {
    0
}
