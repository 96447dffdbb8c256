/** Error numbers as Linux programs see them: sys/compat/linux/common/linux_errno.c:native_to_linux_errno. */
import type { Errno } from '../native/errno.ts'

/** Native numbers that Linux has under another number, or not at all (ENOSYS, 38, as NetBSD's table says). */
const DIFFERENT: Readonly<Record<number, number>> = {
  11: 35, // EDEADLK
  35: 11, // EAGAIN
  36: 115, // EINPROGRESS
  37: 114, // EALREADY
  38: 88, // ENOTSOCK
  39: 89, // EDESTADDRREQ
  40: 90, // EMSGSIZE
  41: 91, // EPROTOTYPE
  42: 92, // ENOPROTOOPT
  43: 93, // EPROTONOSUPPORT
  44: 94, // ESOCKTNOSUPPORT
  45: 95, // EOPNOTSUPP
  46: 96, // EPFNOSUPPORT
  47: 97, // EAFNOSUPPORT
  48: 98, // EADDRINUSE
  49: 99, // EADDRNOTAVAIL
  50: 100, // ENETDOWN
  51: 101, // ENETUNREACH
  52: 102, // ENETRESET
  53: 103, // ECONNABORTED
  54: 104, // ECONNRESET
  55: 105, // ENOBUFS
  56: 106, // EISCONN
  57: 107, // ENOTCONN
  58: 108, // ESHUTDOWN
  59: 109, // ETOOMANYREFS
  60: 110, // ETIMEDOUT
  61: 111, // ECONNREFUSED
  62: 40, // ELOOP
  63: 36, // ENAMETOOLONG
  64: 112, // EHOSTDOWN
  65: 113, // EHOSTUNREACH
  66: 39, // ENOTEMPTY
  67: 38, // EPROCLIM
  68: 87, // EUSERS
  69: 122, // EDQUOT
  70: 116, // ESTALE
  71: 66, // EREMOTE
  77: 37, // ENOLCK
  78: 38, // ENOSYS
  79: 38, // EFTYPE
  82: 43, // EIDRM
  83: 42, // ENOMSG
  84: 75, // EOVERFLOW
  85: 84, // EILSEQ
  86: 95, // ENOTSUP
  87: 125, // ECANCELED
  88: 74, // EBADMSG
  89: 61, // ENODATA
  90: 63, // ENOSR
  91: 60, // ENOSTR
  92: 62, // ETIME
  93: 38, // ENOATTR
  94: 72, // EMULTIHOP
  95: 67, // ENOLINK
  96: 71, // EPROTO
  97: 130, // EOWNERDEAD
  98: 131, // ENOTRECOVERABLE
}

/** Those behind NetBSD's 98 are Linux's own. */
const LAST_NATIVE = 129
const LINUX_ENOSYS = 38
const table = Int32Array.from({ length: LAST_NATIVE + 1 }, (_, code) => {
  const unknown = code >= 72 && code <= 81 ? LINUX_ENOSYS : code
  return DIFFERENT[code] ?? unknown
})

/** Linux's number for a native error. */
export function linuxErrno(error: Errno): number {
  return table[error.code] ?? LINUX_ENOSYS
}
