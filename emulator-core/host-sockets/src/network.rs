//! The class that JavaScript sees.

use std::cell::RefCell;
use std::collections::HashSet;
use std::os::fd::RawFd;

use libc::iovec;
use napi::bindgen_prelude::{Error, Function, Int32ArraySlice, Result, Uint8ArraySlice};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::address::Address;
use crate::waiter::Waiter;
use crate::{error, message, option, socket};

/// Pieces of one transfer.
const MAX_PIECES: usize = 1024;

#[napi]
pub struct Network {
    waiter: Waiter,
    open: RefCell<HashSet<RawFd>>,
}

#[napi]
impl Network {
    /// `on_news` is called when `take` has something after it had nothing.
    #[napi(constructor)]
    pub fn new(on_news: Function<(), ()>) -> Result<Network> {
        let tell = on_news.build_threadsafe_function::<()>().weak::<true>().build()?;
        let waiter = Waiter::start(move || {
            tell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        });
        let waiter = waiter.map_err(|failure| Error::from_reason(failure.to_string()))?;
        Ok(Network { waiter, open: RefCell::default() })
    }

    #[napi]
    pub fn take(&self, mut into: Int32ArraySlice) -> u32 {
        self.waiter.take(unsafe { into.as_mut() }) as u32
    }

    #[napi]
    pub fn open(&self, v6: bool, datagrams: bool) -> i32 {
        self.adopt(socket::open(v6, datagrams))
    }

    #[napi]
    pub fn accept(&self, socket: i32) -> i32 {
        self.adopt(socket::accept(socket))
    }

    fn adopt(&self, socket: i32) -> i32 {
        if socket < 0 {
            return socket;
        }
        if self.waiter.watch(socket).is_err() {
            unsafe { libc::close(socket) };
            return -libc::ENOMEM;
        }
        self.open.borrow_mut().insert(socket);
        socket
    }

    #[napi]
    pub fn close(&self, socket: i32) {
        if self.open.borrow_mut().remove(&socket) {
            self.waiter.forget(socket);
            unsafe { libc::close(socket) };
        }
    }

    #[napi]
    pub fn bind(&self, socket: i32, address: Uint8ArraySlice) -> i32 {
        Address::decode(&address).map_or(-libc::EINVAL, |address| socket::bind(socket, &address))
    }

    #[napi]
    pub fn connect(&self, socket: i32, address: Uint8ArraySlice) -> i32 {
        Address::decode(&address).map_or(-libc::EINVAL, |address| socket::connect(socket, &address))
    }

    #[napi]
    pub fn listen(&self, socket: i32, backlog: i32) -> i32 {
        socket::listen(socket, backlog)
    }

    #[napi]
    pub fn shutdown(&self, socket: i32, how: i32) -> i32 {
        socket::shutdown(socket, how)
    }

    #[napi]
    pub fn name(&self, socket: i32, of_peer: bool, mut into: Uint8ArraySlice) -> i32 {
        socket::name(socket, of_peer, unsafe { into.as_mut() })
    }

    #[napi]
    pub fn state(&self, socket: i32) -> i32 {
        socket::state(socket)
    }

    #[napi]
    pub fn pending(&self, socket: i32, output: bool) -> i32 {
        socket::pending(socket, output)
    }

    #[napi]
    pub fn get_option(&self, socket: i32, name: String, mut into: Uint8ArraySlice) -> i32 {
        option::get(socket, &name, unsafe { into.as_mut() })
    }

    #[napi]
    pub fn set_option(&self, socket: i32, name: String, value: Uint8ArraySlice) -> i32 {
        option::set(socket, &name, &value)
    }

    #[napi]
    pub fn receive(&self, socket: i32, into: Vec<Uint8ArraySlice>, flags: i32, mut info: Uint8ArraySlice) -> i32 {
        let mut pieces = pieces(into);
        message::receive(socket, &mut pieces, flags, unsafe { info.as_mut() })
    }

    #[napi]
    pub fn send(&self, socket: i32, from: Vec<Uint8ArraySlice>, flags: i32, to: Uint8ArraySlice, control: Uint8ArraySlice) -> i32 {
        let mut pieces = pieces(from);
        if to.is_empty() {
            return message::send(socket, &mut pieces, flags, None, &control);
        }
        match Address::decode(&to) {
            Some(address) => message::send(socket, &mut pieces, flags, Some(&address), &control),
            None => -libc::EINVAL,
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for socket in self.open.take() {
            unsafe { libc::close(socket) };
        }
    }
}

/// Where the bytes are, for the length of one call.
fn pieces(arrays: Vec<Uint8ArraySlice>) -> Vec<iovec> {
    arrays
        .into_iter()
        .take(MAX_PIECES)
        .map(|array| iovec { iov_base: array.as_ptr().cast_mut().cast(), iov_len: array.len() })
        .collect()
}

/// POSIX's name of an error of this system.
#[napi]
pub fn error_name(errno: i32) -> &'static str {
    error::name(errno)
}
