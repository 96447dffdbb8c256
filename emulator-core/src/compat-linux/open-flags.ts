/** open(2)'s flags, Linux's to NetBSD's and back (linux_file.c: linux_to_bsd_ioflags, bsd_to_linux_ioflags). */
import { FAPPEND, FASYNC, FDIRECT, FFSYNC, FNOATIME, FNONBLOCK, FREAD, FWRITE } from '../native/file.ts'
import { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_TRUNC } from '../native/vfs/open-flags.ts'

export const LINUX_O_DIRECTORY = 0x10000
export const LINUX_O_CLOEXEC = 0x80000
export const LINUX_O_PATH = 0x200000
export const LINUX_O_TMPFILE = 0x400000
export const LINUX_O_LARGEFILE = 0x8000
const LINUX_O_NOFOLLOW = 0x20000
/** With O_DSYNC it is O_SYNC. */
const LINUX_O_SYNC_BIT = 0x100000
/** What Linux tells of an open file although it means nothing for it any more. */
export const REMEMBERED = LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW | LINUX_O_SYNC_BIT | LINUX_O_TMPFILE

const pairs: readonly (readonly [linux: number, native: number])[] = [
  [0x40, O_CREAT],
  [0x80, O_EXCL],
  [0x100, O_NOCTTY],
  [0x200, O_TRUNC],
  [0x400, FAPPEND],
  [0x800, FNONBLOCK],
  [0x1000, FFSYNC],
  [0x2000, FASYNC],
  [0x4000, FDIRECT],
  [LINUX_O_DIRECTORY, O_DIRECTORY],
  [LINUX_O_NOFOLLOW, O_NOFOLLOW],
]

/** Dropped by NetBSD's translation. */
export const LINUX_O_NOATIME = 0x40000

/** O_RDONLY 0 → FREAD 1, O_WRONLY 1 → FWRITE 2, O_RDWR 2 → both; 3 (Linux: neither, for ioctl alone) → none. */
export function linux_to_bsd_ioflags(linux: number): number {
  let native = ((linux & 3) + 1) & (FREAD | FWRITE)
  for (const [l, n] of pairs) if ((linux & l) !== 0) native |= n
  return native
}

export function bsd_to_linux_ioflags(native: number): number {
  let linux = ((native & (FREAD | FWRITE)) - 1) & 3
  for (const [l, n] of pairs) if ((native & n) !== 0) linux |= l
  if ((native & FNOATIME) !== 0) linux |= LINUX_O_NOATIME
  return linux
}
