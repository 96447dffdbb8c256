//! Errors as numbers below zero, because most are no news: "would block" above all.

use std::io;

/// -errno of the call that just failed.
pub fn last() -> i32 {
    -io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

/// A call's answer, or -errno. Interrupted calls are made again.
pub fn checked(mut call: impl FnMut() -> i64) -> i32 {
    loop {
        let answer = call();
        if answer >= 0 {
            return i32::try_from(answer).unwrap_or(i32::MAX);
        }
        let error = last();
        if error != -libc::EINTR {
            return error;
        }
    }
}

macro_rules! names {
    ($($name:ident)*) => {
        /// POSIX's name.
        pub fn name(errno: i32) -> &'static str {
            match errno {
                $(libc::$name => stringify!($name),)*
                _ => "EIO",
            }
        }
    };
}

names! {
    EPERM ENOENT EINTR EIO ENXIO E2BIG EBADF EAGAIN ENOMEM EACCES EFAULT EBUSY EEXIST ENODEV ENOTDIR EINVAL ENFILE EMFILE ENOTTY ENOSPC
    EPIPE EDOM ERANGE ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT
    EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN
    ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS EPROTO
}
