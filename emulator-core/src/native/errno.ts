/**
 * NetBSD's error numbers (sys/sys/errno.h). Native code throws these objects; they carry no stack, so a failing call stays cheap.
 * What number a Linux program sees is decided in one place: compat-linux/errno.ts.
 */
export class Errno {
  readonly code: number
  readonly name: string
  constructor(code: number, name: string) {
    this.code = code
    this.name = name
  }
}

const names = new Map<number, Errno>()

function errno(code: number, name: string): Errno {
  const e = new Errno(code, name)
  names.set(code, e)
  return e
}

export function errnoByCode(code: number): Errno | undefined {
  return names.get(code)
}

export const EPERM = errno(1, 'EPERM')
export const ENOENT = errno(2, 'ENOENT')
export const ESRCH = errno(3, 'ESRCH')
export const EINTR = errno(4, 'EINTR')
export const EIO = errno(5, 'EIO')
export const ENXIO = errno(6, 'ENXIO')
export const E2BIG = errno(7, 'E2BIG')
export const ENOEXEC = errno(8, 'ENOEXEC')
export const EBADF = errno(9, 'EBADF')
export const ECHILD = errno(10, 'ECHILD')
export const EDEADLK = errno(11, 'EDEADLK')
export const ENOMEM = errno(12, 'ENOMEM')
export const EACCES = errno(13, 'EACCES')
export const EFAULT = errno(14, 'EFAULT')
export const ENOTBLK = errno(15, 'ENOTBLK')
export const EBUSY = errno(16, 'EBUSY')
export const EEXIST = errno(17, 'EEXIST')
export const EXDEV = errno(18, 'EXDEV')
export const ENODEV = errno(19, 'ENODEV')
export const ENOTDIR = errno(20, 'ENOTDIR')
export const EISDIR = errno(21, 'EISDIR')
export const EINVAL = errno(22, 'EINVAL')
export const ENFILE = errno(23, 'ENFILE')
export const EMFILE = errno(24, 'EMFILE')
export const ENOTTY = errno(25, 'ENOTTY')
export const ETXTBSY = errno(26, 'ETXTBSY')
export const EFBIG = errno(27, 'EFBIG')
export const ENOSPC = errno(28, 'ENOSPC')
export const ESPIPE = errno(29, 'ESPIPE')
export const EROFS = errno(30, 'EROFS')
export const EMLINK = errno(31, 'EMLINK')
export const EPIPE = errno(32, 'EPIPE')
export const EDOM = errno(33, 'EDOM')
export const ERANGE = errno(34, 'ERANGE')
export const EAGAIN = errno(35, 'EAGAIN')
/** The same number as EAGAIN; what a timed wait answers when its time is up. */
export const EWOULDBLOCK = EAGAIN
export const EINPROGRESS = errno(36, 'EINPROGRESS')
export const EALREADY = errno(37, 'EALREADY')
export const ENOTSOCK = errno(38, 'ENOTSOCK')
export const EDESTADDRREQ = errno(39, 'EDESTADDRREQ')
export const EMSGSIZE = errno(40, 'EMSGSIZE')
export const EPROTOTYPE = errno(41, 'EPROTOTYPE')
export const ENOPROTOOPT = errno(42, 'ENOPROTOOPT')
export const EPROTONOSUPPORT = errno(43, 'EPROTONOSUPPORT')
export const ESOCKTNOSUPPORT = errno(44, 'ESOCKTNOSUPPORT')
export const EOPNOTSUPP = errno(45, 'EOPNOTSUPP')
export const EPFNOSUPPORT = errno(46, 'EPFNOSUPPORT')
export const EAFNOSUPPORT = errno(47, 'EAFNOSUPPORT')
export const EADDRINUSE = errno(48, 'EADDRINUSE')
export const EADDRNOTAVAIL = errno(49, 'EADDRNOTAVAIL')
export const ENETDOWN = errno(50, 'ENETDOWN')
export const ENETUNREACH = errno(51, 'ENETUNREACH')
export const ENETRESET = errno(52, 'ENETRESET')
export const ECONNABORTED = errno(53, 'ECONNABORTED')
export const ECONNRESET = errno(54, 'ECONNRESET')
export const ENOBUFS = errno(55, 'ENOBUFS')
export const EISCONN = errno(56, 'EISCONN')
export const ENOTCONN = errno(57, 'ENOTCONN')
export const ESHUTDOWN = errno(58, 'ESHUTDOWN')
export const ETOOMANYREFS = errno(59, 'ETOOMANYREFS')
export const ETIMEDOUT = errno(60, 'ETIMEDOUT')
export const ECONNREFUSED = errno(61, 'ECONNREFUSED')
export const ELOOP = errno(62, 'ELOOP')
export const ENAMETOOLONG = errno(63, 'ENAMETOOLONG')
export const EHOSTDOWN = errno(64, 'EHOSTDOWN')
export const EHOSTUNREACH = errno(65, 'EHOSTUNREACH')
export const ENOTEMPTY = errno(66, 'ENOTEMPTY')
export const EPROCLIM = errno(67, 'EPROCLIM')
export const EUSERS = errno(68, 'EUSERS')
export const EDQUOT = errno(69, 'EDQUOT')
export const ESTALE = errno(70, 'ESTALE')
export const EREMOTE = errno(71, 'EREMOTE')
export const ENOLCK = errno(77, 'ENOLCK')
export const ENOSYS = errno(78, 'ENOSYS')
export const EFTYPE = errno(79, 'EFTYPE')
export const EIDRM = errno(82, 'EIDRM')
export const ENOMSG = errno(83, 'ENOMSG')
export const EOVERFLOW = errno(84, 'EOVERFLOW')
export const EILSEQ = errno(85, 'EILSEQ')
export const ENOTSUP = errno(86, 'ENOTSUP')
export const ECANCELED = errno(87, 'ECANCELED')
export const EBADMSG = errno(88, 'EBADMSG')
export const ENODATA = errno(89, 'ENODATA')
export const ENOSR = errno(90, 'ENOSR')
export const ENOSTR = errno(91, 'ENOSTR')
export const ETIME = errno(92, 'ETIME')
export const ENOATTR = errno(93, 'ENOATTR')
export const EMULTIHOP = errno(94, 'EMULTIHOP')
export const ENOLINK = errno(95, 'ENOLINK')
export const EPROTO = errno(96, 'EPROTO')
export const EOWNERDEAD = errno(97, 'EOWNERDEAD')
export const ENOTRECOVERABLE = errno(98, 'ENOTRECOVERABLE')

/** Linux's alone, by its numbers: what keys are refused with (keyrings(7)). */
export const ENOKEY = errno(126, 'ENOKEY')
export const EKEYEXPIRED = errno(127, 'EKEYEXPIRED')
export const EKEYREVOKED = errno(128, 'EKEYREVOKED')

/** Not an error a program sees: the call was interrupted by a signal and may be started again (sys/sys/errno.h ERESTART). */
export const ERESTART = new Errno(-3, 'ERESTART')
