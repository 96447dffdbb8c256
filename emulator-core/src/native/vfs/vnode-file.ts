/** An open vnode. NetBSD: vnops, sys/kern/vfs_vnops.c. */
import { meets } from '../divergence.ts'
import {
  EACCES,
  EBADF,
  EFBIG,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  type Errno,
} from '../errno.ts'
import { FAPPEND, FFSYNC, File, type FileType, FNOATIME, FREAD, FUNTOLD, FWRITE, type IoctlRequest } from '../file.ts'
import type { Filterops, Knote } from '../kqueue/knote.ts'
import {
  NOTE_ATTRIB,
  NOTE_CLOSE,
  NOTE_CLOSE_WRITE,
  NOTE_EXTEND,
  NOTE_OPEN,
  NOTE_READ,
  NOTE_WRITE,
} from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { POLLERR, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM, type SelInfo } from '../selinfo.ts'
import { SIGXFSZ } from '../signal/numbers.ts'
import { postOwnSignal } from '../signal/post.ts'
import { isKthread, type Kthread, type MaybeBlocking } from '../sleep.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import type { UvmObject } from '../uvm/object.ts'
import { unmapBehind } from '../uvm/set-size.ts'
import { MAX_FILE_SIZE } from './file-pages.ts'
import { effective, isMember } from './permission.ts'
import { type Place, pathOf } from './place.ts'
import type { Vfs } from './vfs.ts'
import type { Changes, DirectoryEntry, Vnode } from './vnode.ts'
import { genfsKqfilter } from './vnode-filter.ts'

const PROT_WRITE = 2
const PROT_EXEC = 4
const RLIMIT_FSIZE = 1
const MOUNTS_POLL = 'proc.mounts-poll'

export class VnodeFile extends File {
  readonly type: FileType = 'vnode'
  readonly vfs: Vfs
  readonly vnode: Vnode
  /** The name by which it was opened. */
  readonly place: Place | undefined
  /** Opened for its place alone (Linux's O_PATH): tells nobody, and can be neither read nor written. */
  readonly isPath: boolean
  readonly #changes: Changes | undefined
  #changesSeen: number

  constructor(vfs: Vfs, vnode: Vnode, place: Place | undefined, flags: number, isPath = false) {
    super(flags)
    this.vfs = vfs
    this.vnode = vnode
    this.place = place
    this.isPath = isPath
    this.#changes = vnode.changes()
    this.#changesSeen = this.#changes?.count ?? 0
    this.#count(1)
  }

  #count(by: 1 | -1): void {
    const { vnode, flags } = this
    vnode.opens += by
    if (this.place !== undefined && !this.#isUntold) this.place.uses += by
    if ((flags & FWRITE) !== 0) vnode.writers += by
    else if ((flags & FREAD) !== 0) vnode.readers += by
  }

  get #isUntold(): boolean {
    return (this.flags & FUNTOLD) !== 0
  }

  /** It could not be opened after all. */
  abandon(): void {
    this.#count(-1)
    this.vnode.inactive()
  }

  /** What an open posts; apart from the constructor, because truncation and creation are told before it. */
  opened(): void {
    if (this.isPath) return
    this.vfs.notes.post(this.vnode, NOTE_OPEN, 'open')
    if (!this.#isUntold) this.vfs.notes.tellOf('open', this.vnode, this.place)
  }

  describe(): string {
    return pathOf(this.vnode, undefined, this.place ?? this.vnode.place)
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if ((this.flags & FREAD) === 0) throw EBADF
    if (this.vnode.type === 'VDIR') throw EISDIR
    const done = this.vnode.read(l, uio, uio.offset ?? this.offset)
    return isKthread(done) ? this.#readLater(done, uio) : this.#wasRead(done, uio)
  }

  *#readLater(reading: Kthread<number>, uio: Uio): Kthread<number> {
    return this.#wasRead(yield* reading, uio)
  }

  #wasRead(done: number, uio: Uio): number {
    if (uio.offset === undefined) this.offset += done
    if ((this.flags & FNOATIME) === 0) this.vnode.accessed()
    if (this.vnode.isWatched) this.vfs.notes.post(this.vnode, NOTE_READ, 'read')
    if (done > 0) this.vfs.notes.tellOf('access', this.vnode, this.place)
    return done
  }

  /** @throws EFBIG beyond RLIMIT_FSIZE. */
  override write(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if ((this.flags & FWRITE) === 0) throw EBADF
    if (this.vnode.type !== 'VREG')
      return this.#written(this.vnode.write(l, uio, uio.offset ?? this.offset) as number, uio, undefined)
    const append = (this.flags & FAPPEND) !== 0
    const offset = append ? this.vnode.size() : (uio.offset ?? this.offset)
    if (uio.resid === 0) return 0
    uio.shorten(checkFileSizeLimit(l, offset, uio.resid))
    if (offset + uio.resid > MAX_FILE_SIZE) throw EFBIG
    const before = this.vnode.isWatched ? this.vnode.size() : undefined
    if (this.vnode.isSetId) dropSetId(l, this.vfs, this.vnode, this.place, 'write')
    const done = this.vnode.write(l, uio, offset) as number
    if (append && uio.offset === undefined) this.offset = offset
    if ((this.flags & FFSYNC) !== 0) this.vnode.fsync()
    return this.#written(done, uio, before === undefined ? undefined : offset + done > before)
  }

  #written(done: number, uio: Uio, grew: boolean | undefined): number {
    if (uio.offset === undefined) this.offset += done
    if (done > 0) {
      if (this.vnode.isWatched)
        this.vfs.notes.post(this.vnode, grew === true ? NOTE_WRITE | NOTE_EXTEND : NOTE_WRITE, 'write')
      this.vfs.notes.tellOf('modify', this.vnode, this.place)
    }
    return done
  }

  /** SEEK_DATA is 3, SEEK_HOLE 4. @throws EINVAL, ENXIO. */
  override seek(_l: Lwp, delta: number, whence: number): number {
    if (this.isPath) throw EBADF
    const to = this.#target(delta, whence)
    if (!(to >= 0) || to > Number.MAX_SAFE_INTEGER) throw EINVAL
    this.offset = to
    return to
  }

  #target(delta: number, whence: number): number {
    if (whence === 0) return delta
    if (whence === 1) return this.offset + delta
    this.vfs.epoch++
    if (whence === 2) return this.vnode.getattr().size + delta
    if (whence !== 3 && whence !== 4) throw EINVAL
    const found = delta < 0 ? undefined : this.vnode.seekData(delta, whence === 4)
    if (found === undefined) throw ENXIO
    return found
  }

  override ioctl(_l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (request.kind === 'FIONREAD' && this.vnode.type === 'VREG') {
      request.answer = this.vnode.size() - this.offset
      return 0
    }
    return super.ioctl(_l, request)
  }

  override poll(events: number): number {
    const ready = events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)
    return this.#changes === undefined ? ready : this.#pollChanges(events, this.#changes)
  }

  override pollSources(): readonly SelInfo[] {
    return this.#changes === undefined ? [] : [this.#changes.selinfo]
  }

  /** Linux's mounts_poll: what changed since the last look, which this look is. */
  #pollChanges(events: number, changes: Changes): number {
    const ready = events & (POLLIN | POLLRDNORM)
    const asUsual = ready | (events & (POLLOUT | POLLWRNORM))
    const told = ready | (changes.count === this.#changesSeen ? 0 : POLLERR | POLLPRI)
    const current = this.vfs.kernel?.current
    if (told !== asUsual && current !== undefined && meets(current, MOUNTS_POLL, 'a table of mounts')) return asUsual
    this.#changesSeen = changes.count
    return told
  }

  override kqfilter(kn: Knote): Filterops {
    return genfsKqfilter(kn)
  }

  override stat(_l: Lwp): Stat {
    this.vfs.epoch++
    return this.vnode.getattr()
  }

  override truncate(l: Lwp, length: number): void {
    if ((this.flags & FWRITE) === 0 || this.vnode.type !== 'VREG') throw EINVAL
    truncateVnode(this.vfs, this.vnode, this.place, length, l)
  }

  override mmap(_l: Lwp, _offset: number, _length: number, prot: number, shared: boolean): UvmObject {
    if (this.isPath) throw EBADF
    if (this.vnode.type !== 'VREG') throw ENODEV
    if ((this.flags & FREAD) === 0) throw EACCES
    if ((prot & PROT_EXEC) !== 0 && this.vnode.mount.flags.noExecution) throw EPERM
    const writes = shared && (prot & PROT_WRITE) !== 0
    if (writes && (this.flags & FWRITE) === 0) throw EACCES
    const object = this.vnode.object(writes || (shared && (this.flags & FWRITE) !== 0))
    if ((this.flags & FNOATIME) === 0) this.vnode.accessed()
    return object
  }

  /** VOP_READDIR from this file's offset, with `.` and `..`. The caller moves the offset to the last cookie it took. */
  *entries(l: Lwp): Generator<DirectoryEntry> {
    if (this.vnode.type !== 'VDIR') throw ENOTDIR
    if ((this.flags & FREAD) === 0) throw EBADF
    const self = this.vnode
    const up =
      self === self.mount.root ? (self.mount.covered?.place?.directory ?? self) : (self.place?.directory ?? self)
    if (this.offset < 1) yield { name: '.', ino: self.getattr().ino, mode: 0o040000, cookie: 1 }
    if (this.offset < 2) yield { name: '..', ino: up.getattr().ino, mode: 0o040000, cookie: 2 }
    yield* self.entries(Math.max(2, this.offset), l)
  }

  fsync(): void {
    if (this.isPath) throw EBADF
    if (this.vnode.type !== 'VREG' && this.vnode.type !== 'VDIR') throw EINVAL
    this.vnode.fsync()
  }

  override get lockable(): object {
    return this.vnode
  }

  override close(): void {
    const vnode = this.vnode
    if (!this.isPath) {
      const wrote = (this.flags & FWRITE) !== 0
      this.vfs.notes.post(vnode, wrote ? NOTE_CLOSE_WRITE : NOTE_CLOSE, 'close')
      if (!this.#isUntold) this.vfs.notes.tellOf(wrote ? 'close-write' : 'close-nowrite', vnode, this.place)
    }
    this.#count(-1)
    if (this.place !== undefined && !this.#isUntold) this.vfs.notes.tellIfGone(this.place)
    if (vnode.opens === 0) vnode.inactive()
  }
}

/**
 * A program that somebody without privileges changes no longer runs as its owner (ffs_write; Linux's file_remove_privs, also where it is cut off).
 * The group's bit stays where it means a kind of lock, for members.
 */
export function dropSetId(l: Lwp, vfs: Vfs, vnode: Vnode, place: Place | undefined, by: 'write' | 'truncate'): void {
  const subject = effective(l.credentials)
  if (subject.uid === 0) return
  if (by === 'truncate' && meets(l, SET_ID, 'kept though cut off')) return
  const { mode, gid } = vnode.getattr()
  const isLock = (mode & 0o2010) === 0o2000 && isMember(subject, gid)
  const keepsGroup = isLock && !meets(l, SET_ID, "the group's bit goes")
  vnode.setattr({ mode: mode & 0o7777 & ~(keepsGroup ? 0o4000 : 0o6000) })
  if (!l.proc.kernel.diverges(SET_ID)) vfs.notes.tellOf('attrib', vnode, place)
}

const SET_ID = 'setid.dropped-by-write-only'
const FILE_SIZE = 'limits.file-size'

/**
 * RLIMIT_FSIZE, with its signal: how many bytes of `length` may be written at `offset`. NetBSD refuses a write that would cross the limit; Linux
 * writes up to it. @throws EFBIG.
 */
export function checkFileSizeLimit(l: Lwp, offset: number, length: number): number {
  const limit = fileSizeLimit(l)
  if (offset + length <= limit) return length
  if (offset < limit && !meets(l, FILE_SIZE, `a write up to ${offset + length} bytes`)) return limit - offset
  throw beyondLimit(l)
}

/** The same for truncate and fallocate to `length`, which on NetBSD are not bound. @throws EFBIG. */
export function checkGrowth(l: Lwp, length: number): void {
  if (length > fileSizeLimit(l) && !meets(l, FILE_SIZE, `growth to ${length} bytes`)) throw beyondLimit(l)
}

function fileSizeLimit(l: Lwp): number {
  return l.proc.limits[RLIMIT_FSIZE]?.soft ?? Number.POSITIVE_INFINITY
}

function beyondLimit(l: Lwp): Errno {
  postOwnSignal(l, SIGXFSZ)
  return EFBIG
}

/** VOP_TRUNCATE with its notes: NetBSD says ATTRIB. @throws EINVAL, EFBIG. */
export function truncateVnode(vfs: Vfs, vnode: Vnode, place: Place | undefined, length: number, l: Lwp): void {
  truncateUntold(vfs, vnode, place, length, l)
  vfs.notes.tellOf('modify', vnode, place, true)
}

/** The same, of which observers are to be told afterwards. */
export function truncateUntold(vfs: Vfs, vnode: Vnode, place: Place | undefined, length: number, l: Lwp): void {
  if (!(length >= 0)) throw EINVAL
  if (length > vnode.size()) checkGrowth(l, length)
  if (length > MAX_FILE_SIZE) throw EFBIG
  if (vnode.isSetId) dropSetId(l, vfs, vnode, place, 'truncate')
  const before = vnode.isWatched ? vnode.size() : 0
  vnode.truncate(length)
  const { kernel } = vfs
  if (kernel !== undefined) {
    const { dev: device, ino: inode } = vnode.getattr()
    unmapBehind(kernel, { device, inode }, length)
  }
  if (vnode.opens === 0) vnode.inactive()
  vfs.notes.post(vnode, length > before ? NOTE_ATTRIB | NOTE_EXTEND : NOTE_ATTRIB, 'truncate')
}

/** The open vnode behind a file. @throws by the caller's choice. */
export function asVnodeFile(file: File, otherwise: object = EOPNOTSUPP): VnodeFile {
  if (file instanceof VnodeFile) return file
  throw otherwise
}
