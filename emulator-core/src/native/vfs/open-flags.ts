/** What open(2) is asked besides FREAD, FWRITE and the flags that stay with the file; NetBSD's numbers (sys/sys/fcntl.h). */
export const O_NOFOLLOW = 0x100
export const O_CREAT = 0x200
export const O_TRUNC = 0x400
export const O_EXCL = 0x800
export const O_NOCTTY = 0x8000
export const O_DIRECTORY = 0x200000
/** Not NetBSD's: what Linux's O_PATH and O_TMPFILE ask. Given only where that is not to diverge. */
export const O_PATH_ONLY = 0x1000_0000
export const O_UNNAMED = 0x2000_0000
