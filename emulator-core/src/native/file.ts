/**
 * An open file: what a descriptor refers to. NetBSD: struct file and struct fileops, sys/sys/file.h.
 * Each kind of file is a subclass; the operations' defaults are the kernel's stubs (fbadop, fnullop…, sys/kern/kern_descrip.c).
 */
import { EINVAL, ENODEV, ENOTTY, ENXIO, EOPNOTSUPP, ESPIPE } from './errno.ts'
import type { Filterops, Knote } from './kqueue/knote.ts'
import type { Lwp } from './lwp.ts'
import type { SelInfo } from './selinfo.ts'
import type { Kthread, MaybeBlocking } from './sleep.ts'
import type { Stat } from './stat.ts'
import type { Uio } from './uio.ts'
import type { HugePagePool } from './uvm/huge-pages.ts'
import type { UvmObject } from './uvm/object.ts'
import type { Attributed } from './vfs/vnode.ts'

export type FileType = 'vnode' | 'socket' | 'pipe' | 'kqueue' | 'eventfd' | 'timerfd' | 'memfd' | 'epoll' | 'misc'

/** f_flag bits; the numbers are NetBSD's (sys/sys/fcntl.h). */
export const FREAD = 0x1
export const FWRITE = 0x2
export const FNONBLOCK = 0x4
export const FAPPEND = 0x8
export const FASYNC = 0x40
export const FFSYNC = 0x80
export const FDIRECT = 0x80000
/** Not NetBSD's: reading leaves no trace in the time of access (Linux's O_NOATIME). */
export const FNOATIME = 0x800_0000
/** Not NetBSD's: opened by the kernel where Linux would open nothing, so that observers (vfs/observer.ts) are not told of it. */
export const FUNTOLD = 0x400_0000

let nextFileId = 1

export interface FileCloseListener {
  fileClosed(): void
}

export abstract class File {
  abstract readonly type: FileType
  /** Distinguishes open files in events; never reused. */
  readonly id = nextFileId++
  flags: number
  /** Flags of open(2) that mean nothing for an open file and that NetBSD forgets; Linux's numbers, to be told by F_GETFL. */
  remembered = 0
  /** f_offset, in bytes; used by files that can seek. */
  offset = 0
  /** Opening it made the file (Linux's F_CREATED_QUERY). */
  created = false
  /** Descriptor-table slots and messages in flight that refer to this file. At 0 `close` is called. */
  references = 0
  /** F_SETOWN: who gets SIGURG and SIGIO; a process, or a process group if negative; 0: nobody. */
  owner = 0
  /** Linux's F_SETOWN_EX: the owner is one thread. */
  ownerIsThread = false
  /** Linux's F_SETSIG: what is sent in place of SIGIO; 0: SIGIO itself. */
  asyncSignal = 0
  /** Ends what FASYNC began. */
  stopAsync: (() => void) | undefined
  /** Told before the last reference goes: Linux's epoll drops its items here. Made when first needed. */
  closeListeners: Set<FileCloseListener> | undefined

  constructor(flags: number) {
    this.flags = flags
  }

  get nonblocking(): boolean {
    return (this.flags & FNONBLOCK) !== 0
  }

  /** A word for `/proc/PID/fd` and strace -y: a path, or `pipe:[n]`, `anon_inode:[eventfd]`…. */
  abstract describe(): string

  /** What /proc/PID/fdinfo says of it besides position and flags: whole lines. */
  info(): string {
    return ''
  }

  /** fo_read: fills `uio`; the count moved. `uio.offset` is undefined to use and advance the file's own offset. */
  read(_l: Lwp, _uio: Uio): MaybeBlocking<number> {
    throw EOPNOTSUPP
  }

  /** fo_write. */
  write(_l: Lwp, _uio: Uio): MaybeBlocking<number> {
    throw EOPNOTSUPP
  }

  /** fo_seek; SEEK_SET 0, CUR 1, END 2. */
  seek(_l: Lwp, _delta: number, _whence: number): number {
    throw ESPIPE
  }

  /** fo_ioctl; `command` has already been translated from Linux's number into a typed request (compat-linux/ioctl.ts). */
  ioctl(_l: Lwp, _request: IoctlRequest): MaybeBlocking<number> {
    throw ENOTTY
  }

  /** fo_fcntl of F_SETFL, and fo_ioctl of what it changes: lets it be, or throws. `changed`: the flags that become others. */
  setFlags(_l: Lwp, _changed: number): void {}

  /** Whether poll(2) can wait for it (Linux's file_can_poll); without, it is always as it is. */
  get pollable(): boolean {
    return true
  }

  /** fo_poll: which of `events` (and ERR, HUP) are true now. */
  poll(_events: number): number {
    return 0
  }

  /** What to wait for until `poll` can answer more; empty for files that are always as they are. */
  pollSources(): readonly SelInfo[] {
    return []
  }

  /** fo_kqfilter: the filter's operations for this knote. @throws EINVAL where the filter has no meaning, EOPNOTSUPP for the stub. */
  kqfilter(_kn: Knote): Filterops {
    throw EINVAL
  }

  /** What keeps its owner, mode and times, where those can be changed. */
  get attributes(): Attributed | undefined {
    return undefined
  }

  /** fo_stat. */
  stat(_l: Lwp): Stat {
    throw EOPNOTSUPP
  }

  truncate(_l: Lwp, _length: number): void {
    throw EINVAL
  }

  /** Where its pages come from, if they are huge. */
  get hugePages(): HugePagePool | undefined {
    return undefined
  }

  /** A mapping of it is anonymous memory: the zero device (uvm_mmap's special case). */
  get mapsZeroes(): boolean {
    return false
  }

  /** A shared mapping of it can never become writable, whatever it was opened for. */
  get mapsReadOnly(): boolean {
    return false
  }

  /** fo_mmap: the object behind a mapping of `length` bytes at `offset` with protection `prot`. @throws ENODEV, EACCES, EPERM, EINVAL. */
  mmap(_l: Lwp, _offset: number, _length: number, _prot: number, _shared: boolean): UvmObject {
    throw ENODEV
  }

  /** Where in the object a mapping at an offset begins. */
  mapOffset(offset: number): number {
    return offset
  }

  /** A descriptor of this file is being closed (each time, before `close`). */
  descriptorClosed(_l: Lwp): void {}

  /** What locks on it hang on: all open files of one thing share it. */
  get lockable(): object {
    return this
  }

  /**
   * Opening its entry of /proc/PID/fd: one more open file of the same thing, with a position and flags of its own.
   * @throws ENXIO where there can be none, as of a socket.
   */
  reopen(_l: Lwp, _flags: number, _truncates: boolean): MaybeBlocking<File> {
    throw ENXIO
  }

  /** fo_close: the last reference is gone. */
  abstract close(): void

  /** What close(2) has to wait for when it has closed it; it answers without an error however that ends. */
  afterClose?(l: Lwp): Kthread<void> | undefined
}

/** What the kernel's files know of ioctl(2); unknown ones never reach a file. */
export type IoctlRequest =
  | { readonly kind: 'FIONREAD'; answer: number }
  | { readonly kind: 'FIONBIO'; readonly on: boolean }
  | { readonly kind: 'FIOASYNC'; readonly on: boolean }
  | {
      readonly kind: 'TIOCGWINSZ'
      answer: { rows: number; columns: number; xpixel: number; ypixel: number } | undefined
    }
  | { readonly kind: 'TIOCSWINSZ'; readonly rows: number; readonly columns: number }
  | { readonly kind: 'TIOCGETA'; answer: Termios | undefined }
  | { readonly kind: 'TIOCSETA'; readonly when: 'now' | 'drain' | 'flush'; readonly termios: Termios }
  | { readonly kind: 'TIOCGPGRP'; answer: number }
  | { readonly kind: 'TIOCSPGRP'; readonly group: number }
  | { readonly kind: 'TIOCGSID'; answer: number }
  | { readonly kind: 'TIOCSCTTY' }
  | { readonly kind: 'TIOCNOTTY' }
  /** Waits until everything written is out. */
  | { readonly kind: 'TIOCDRAIN' }
  /** Throws away what was not read, was not written yet, or both. */
  | { readonly kind: 'TIOCFLUSH'; readonly input: boolean; readonly output: boolean }
  /** Bits of randomness that are at hand. */
  | { readonly kind: 'RNDGETENTCNT'; answer: number }
  | { readonly kind: 'TIOCGPTN'; answer: number }
  | { readonly kind: 'TIOCSPTLCK'; readonly locked: boolean }
  | { readonly kind: 'TIOCGPTLCK'; answer: number }
  /** The other side of a pseudo-terminal, opened with these flags (FREAD, FWRITE, FNONBLOCK, O_NOCTTY). */
  | { readonly kind: 'TIOCGPTPEER'; readonly flags: number; answer: File | undefined }
  /** Packet mode: each read of the program's side begins with a byte that says what happened to the terminal. */
  | { readonly kind: 'TIOCPKT'; readonly on: boolean }
  | { readonly kind: 'TIOCGPKT'; answer: number }
  /** Bytes written and not yet taken by a line. */
  | { readonly kind: 'TIOCOUTQ'; answer: number }
  | { readonly kind: 'TIOCGETD'; answer: number }
  | { readonly kind: 'TIOCEXCL' }
  | { readonly kind: 'TIOCNXCL' }
  | { readonly kind: 'TIOCGEXCL'; answer: number }
  /** Output is held, or goes on. */
  | { readonly kind: 'TIOCSTOP' }
  | { readonly kind: 'TIOCSTART' }
  /** The other side is sent the character that asks it to stop, or to go on. */
  | { readonly kind: 'TIOCASK'; readonly stop: boolean }

/** struct termios with the bits as Linux numbers them: the terminal is the host's or our own, never NetBSD's. */
export interface Termios {
  readonly iflag: number
  readonly oflag: number
  readonly cflag: number
  readonly lflag: number
  readonly cc: Uint8Array
}
