//! host-sockets: TCP and UDP sockets of this computer, non-blocking, for Node. index.d.ts says what they do.
//!
//! Node's own `net` and `dgram` bind and listen in one, accept whatever comes, hide what a datagram brought along and answer only by
//! callbacks; a kernel that hands a program's calls on needs the calls themselves.
#![cfg(unix)]

mod address;
mod control;
mod error;
pub mod interfaces;
mod message;
pub mod network;
mod option;
mod socket;
mod waiter;
