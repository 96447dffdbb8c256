/**
 * A file in a file system, however many names and open files it has. NetBSD: struct vnode, vnodeops(9).
 * The operations here do the bare work: permissions are checked and notes posted by their callers (vfs-syscalls.ts, vnode-file.ts), as NetBSD's
 * vnode_if.c does around each VOP. Names are latin1 strings, one character a byte.
 */
import { EINVAL, ENODEV, ENOTDIR, EOPNOTSUPP, EPERM } from '../errno.ts'
import type { File } from '../file.ts'
import type { Lwp } from '../lwp.ts'
import { POLLERR, POLLPRI, SelInfo } from '../selinfo.ts'
import type { MaybeBlocking } from '../sleep.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import type { UvmObject } from '../uvm/object.ts'
import type { Mount } from './mount.ts'
import type { Place } from './place.ts'

export type VnodeType = 'VREG' | 'VDIR' | 'VLNK' | 'VCHR' | 'VBLK' | 'VFIFO' | 'VSOCK'

/** struct vattr's settable part; what is undefined stays. Times are ns since 1970. */
export interface VnodeChange {
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly atime?: bigint
  readonly mtime?: bigint
}

/** What has an owner, a mode and times: a vnode, or what stands for one. */
export interface Attributed {
  readonly type: VnodeType
  readonly mount: { readonly readOnly: boolean }
  getattr(): Stat
  setattr(change: VnodeChange): void
}

/** What a new file begins with. */
export interface NewVnode {
  readonly type: VnodeType
  /** Permission bits only. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly rdev?: number
  /** A symbolic link's target. */
  readonly target?: string
}

export interface DirectoryEntry {
  readonly name: string
  readonly ino: number
  readonly mode: number
  /** Where to go on behind this entry: stays right whatever is made or removed meanwhile. */
  readonly cookie: number
}

/** Something that changes, with who waits for it. */
export class Changes {
  count = 0
  readonly selinfo = new SelInfo()

  tell(): void {
    this.count++
    this.selinfo.notify(POLLERR | POLLPRI)
  }
}

let nextVnodeId = 1

export abstract class Vnode {
  /** Distinguishes vnodes in events; never reused. */
  readonly id = nextVnodeId++
  readonly type: VnodeType
  readonly mount: Mount
  /** The file system mounted on this directory. */
  mountedHere: Mount | undefined
  /** The name by which it was last reached or made; a directory has just one. */
  place: Place | undefined
  /** It has no name yet, but may be given one (an O_TMPFILE file without O_EXCL). */
  mayBeNamed = false
  /** Open files that refer to it. */
  opens = 0
  /** Those of them that write, and those that only read. */
  writers = 0
  readers = 0
  #selinfo: SelInfo | undefined

  constructor(mount: Mount, type: VnodeType) {
    this.mount = mount
    this.type = type
  }

  /** Who watches: EVFILT_VNODE and EVFILT_READ knotes hang here. Made when first asked for. */
  get selinfo(): SelInfo {
    this.#selinfo ??= new SelInfo()
    return this.#selinfo
  }

  /** Whether a note would reach anybody. */
  get isWatched(): boolean {
    return this.#selinfo !== undefined && !this.#selinfo.klist.isEmpty
  }

  /** VOP_GETATTR. */
  abstract getattr(): Stat

  /** Attributes good enough to decide whether a directory may be searched: maybe those of the last time. */
  searchAttributes(): Stat {
    return this.getattr()
  }

  /** Whether a program in it would run as somebody else: such bits go when others write. Maybe what was known last time. */
  get isSetId(): boolean {
    return (this.searchAttributes().mode & 0o6000) !== 0
  }

  /** Bytes of a regular file. */
  size(): number {
    return this.getattr().size
  }

  /** VOP_SETATTR but for the size. */
  setattr(_change: VnodeChange): void {
    throw EPERM
  }

  /** Whether it can have extended attributes. */
  get hasAttributes(): boolean {
    return false
  }

  /** VOP_GETEXTATTR: an extended attribute's value. */
  attribute(_name: string): Uint8Array | undefined {
    return undefined
  }

  /** VOP_LISTEXTATTR. */
  attributeNames(): readonly string[] {
    return []
  }

  /** VOP_SETEXTATTR, or VOP_DELETEEXTATTR without a value. @throws ENOSPC. */
  setAttribute(_name: string, _value: Uint8Array | undefined): void {
    throw EOPNOTSUPP
  }

  /** It was read, by somebody who does not hide it. */
  accessed(): void {}

  /** VOP_LOOKUP, without `.` and `..`; undefined: no such name. */
  lookup(_name: string, _l: Lwp | undefined): Place | undefined {
    throw ENOTDIR
  }

  /** VOP_CREATE, VOP_MKDIR, VOP_MKNOD, VOP_SYMLINK: the name is free. */
  create(_name: string, _what: NewVnode): Place {
    throw EPERM
  }

  /** VOP_LINK: a further name for `vnode`, of the same mount. */
  link(_name: string, _vnode: Vnode): Place {
    throw EPERM
  }

  /** VOP_REMOVE or VOP_RMDIR. @throws ENOTEMPTY. */
  remove(_place: Place): void {
    throw EPERM
  }

  /** VOP_RENAME of one of this directory's names into `directory` of the same mount; what has the new name is replaced. @throws ENOTEMPTY. */
  rename(_place: Place, _directory: Vnode, _name: string, _replaced: Place | undefined): void {
    throw EPERM
  }

  /** Exchanges two names (Linux's RENAME_EXCHANGE). */
  exchange(_place: Place, _other: Place): void {
    throw EINVAL
  }

  /** VOP_READDIR without `.` and `..`: the entries behind `cookie`, of which 0 is the start, and 1 and 2 are kept for those two. */
  entries(_cookie: number, _l: Lwp | undefined): Iterable<DirectoryEntry> {
    throw ENOTDIR
  }

  readlink(_l: Lwp | undefined): string {
    throw EINVAL
  }

  /** Where a link leads that is more than its text (/proc/PID/fd, exe, cwd); undefined for ordinary links. */
  jump(_l: Lwp): { readonly vnode: Vnode; readonly place: Place | undefined } | undefined {
    return undefined
  }

  /** VOP_OPEN: a file of its own kind (devices, pipes by /proc/PID/fd); undefined: the ordinary VnodeFile. */
  open(_l: Lwp, _flags: number, _truncates: boolean): MaybeBlocking<File> | undefined {
    return undefined
  }

  /** VOP_READ at `offset`; the count. */
  read(_l: Lwp | undefined, _uio: Uio, _offset: number): MaybeBlocking<number> {
    throw EINVAL
  }

  /** VOP_WRITE at `offset`; the count. */
  write(_l: Lwp | undefined, _uio: Uio, _offset: number): MaybeBlocking<number> {
    throw EINVAL
  }

  truncate(_length: number): void {
    throw EINVAL
  }

  /** VOP_FALLOCATE: makes room, without changing contents. */
  allocate(_offset: number, _length: number): void {
    throw EINVAL
  }

  /** VOP_FDISCARD: the range reads as zero. */
  zero(_offset: number, _length: number): void {
    throw EINVAL
  }

  /** Moves what lies at and behind `offset` by whole pages, zeroes before it or the range before it gone (Linux's insert and collapse). */
  shift(_offset: number, _by: number): void {
    throw EOPNOTSUPP
  }

  /** VOP_FSYNC. */
  fsync(): void {}

  /** The first byte of data (or of a hole) at or behind `offset`; undefined if there is none. */
  seekData(offset: number, hole: boolean): number | undefined {
    const size = this.size()
    if (offset >= size) return undefined
    return hole ? size : offset
  }

  /** What poll(2) tells of an open file of it as POLLERR and POLLPRI, once for each open file: that something changed since. */
  changes(): Changes | undefined {
    return undefined
  }

  /** VOP_MMAP. `writable`: stores through the mapping reach the file. @throws ENODEV. */
  object(_writable: boolean): UvmObject {
    throw ENODEV
  }

  /**
   * Stands for what is in an open regular file: another object once that is, or may be, something else. undefined: whoever wants to know looks
   * again.
   */
  get contents(): object | undefined {
    return undefined
  }

  /** A regular file is being opened: a moment to look whether it changed outside. @throws EACCES. */
  opening(_flags: number): void {}

  /** VOP_INACTIVE: the last open file or the last name is gone. */
  inactive(): void {}
}

/** Directories first in what people mean by a type: the S_IFMT bits. */
export const typeMode: Readonly<Record<VnodeType, number>> = {
  VREG: 0o100000,
  VDIR: 0o040000,
  VLNK: 0o120000,
  VCHR: 0o020000,
  VBLK: 0o060000,
  VFIFO: 0o010000,
  VSOCK: 0o140000,
}

const typesByMode = new Map(Object.entries(typeMode).map(([type, mode]) => [mode, type as VnodeType]))

export function modeType(mode: number): VnodeType {
  return typesByMode.get(mode & 0o170000) ?? 'VREG'
}
