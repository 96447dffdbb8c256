/**
 * The descriptor table: struct filedesc, sys/kern/kern_descrip.c.
 * Knotes hang on the *slot*, not on the open file: closing a descriptor removes the knotes made through that number.
 */
import { EBADF, EMFILE, ENFILE, ENOMEM } from './errno.ts'
import type { File } from './file.ts'
import type { Knote } from './kqueue/knote.ts'
import type { Lwp } from './lwp.ts'
import { releaseLocks } from './vfs/file-locks.ts'

export interface Slot {
  readonly file: File
  closeOnExec: boolean
  /** ff_knlist: knotes attached through this number. */
  readonly knotes: Set<Knote>
}

/** Descriptors of all processes together (kern.maxfiles): each costs the host memory, whatever a process's own limit is. */
export interface AllDescriptors {
  open: number
  readonly most: number
}

/** Linux's tables grow by so many; one of them every process has. */
const SLOTS_AT_ONCE = 64

export const MAX_DESCRIPTORS = 1 << 18

/** What becomes of a descriptor in a copy of the table; `lost`: the program may think that it is still there. */
export type CopyFate = 'kept' | 'lost' | 'left out'

export class Filedesc {
  readonly #all: AllDescriptors
  #slots: (Slot | undefined)[] = []
  #lowestFree = 0
  /** RLIMIT_NOFILE's soft limit. */
  limit: number
  /** Processes that share this table (CLONE_FILES). */
  references = 1
  /**
   * Numbers that were lost when the table was copied and not used since, and whether exec would have closed them. A new file may stand at such a
   * number: that alone makes no difference to a program.
   */
  readonly lost = new Map<number, boolean>()
  /** Told when a program looks for what was lost: it finds nothing, or another file. */
  onLost: ((fd: number, how: 'taken' | 'missed') => void) | undefined

  constructor(limit: number, all: AllDescriptors = { open: 0, most: MAX_DESCRIPTORS }) {
    this.limit = limit
    this.#all = all
  }

  /** The highest number in use, -1 if there is none. */
  get highest(): number {
    return this.#slots.length - 1
  }

  slot(fd: number): Slot | undefined {
    return fd >= 0 ? this.#slots[fd] : undefined
  }

  /** What a program has named by a number; unlike `slot` it is noticed if it should be there and is not. */
  find(fd: number): File | undefined {
    const s = fd >= 0 ? this.#slots[fd] : undefined
    if (s === undefined) this.missed(fd)
    return s?.file
  }

  /** A program has looked for something at this number that is not there: if that is because it was lost, it is told. */
  missed(fd: number): void {
    if (this.lost.size > 0 && this.lost.has(fd)) this.onLost?.(fd, this.slot(fd) === undefined ? 'missed' : 'taken')
  }

  /** fd_getfile. @throws EBADF. */
  file(fd: number): File {
    const file = this.find(fd)
    if (file === undefined) throw EBADF
    return file
  }

  *entries(): Generator<[number, Slot]> {
    for (let fd = 0; fd < this.#slots.length; fd++) {
      const s = this.#slots[fd]
      if (s !== undefined) yield [fd, s]
    }
  }

  /** fd_alloc: puts a file at the lowest free number that is at least `from`. @throws EMFILE, ENFILE. */
  allocate(file: File, closeOnExec: boolean, from = 0): number {
    let fd = Math.max(from, from <= this.#lowestFree ? this.#lowestFree : from)
    while (this.#slots[fd] !== undefined) fd++
    if (fd >= this.limit) throw EMFILE
    if (this.#all.open >= this.#all.most) throw ENFILE
    this.#put(fd, file, closeOnExec)
    if (from <= this.#lowestFree) this.#lowestFree = fd + 1
    return fd
  }

  /** Puts a file at a number, closing what is there (dup2). @throws EBADF if the number is beyond the limit; ENFILE. */
  assign(l: Lwp, fd: number, file: File, closeOnExec: boolean): void {
    if (fd < 0 || fd >= this.limit) throw EBADF
    file.references++
    if (this.#slots[fd] !== undefined) this.close(l, fd)
    file.references--
    this.lost.delete(fd)
    if (this.#all.open >= this.#all.most) throw ENFILE
    this.#put(fd, file, closeOnExec)
  }

  #put(fd: number, file: File, closeOnExec: boolean): void {
    file.references++
    this.#all.open++
    while (this.#slots.length < fd) this.#slots.push(undefined)
    this.#slots[fd] = { file, closeOnExec, knotes: new Set() }
  }

  /** fd_close. @throws EBADF. */
  close(l: Lwp, fd: number): void {
    const s = this.slot(fd)
    if (s === undefined) {
      this.find(fd)
      this.lost.delete(fd)
      throw EBADF
    }
    this.#slots[fd] = undefined
    this.#all.open--
    while (this.#slots.length > 0 && this.#slots[this.#slots.length - 1] === undefined) this.#slots.pop()
    if (fd < this.#lowestFree) this.#lowestFree = fd
    for (const kn of [...s.knotes]) kn.kqueue.detach(kn)
    // A thread's own table owns what was locked through it, else the process does.
    releaseLocks(s.file.lockable, this === l.proc.fd ? l.proc : this)
    s.file.descriptorClosed(l)
    release(s.file)
    l.proc.kernel.trace?.descriptorClosed(l, fd, s.file)
  }

  /**
   * fd_copy, for fork: descriptors of kqueues are not in the copy (kern_descrip.c); `fate` says which.
   * @param largest how long a new table may be (Linux: fs.nr_open). @throws EMFILE, ENOMEM if there would be too many.
   */
  copy(fate: (file: File) => CopyFate = () => 'kept', largest = Number.POSITIVE_INFINITY): Filedesc {
    const length = Math.ceil(this.#slots.length / SLOTS_AT_ONCE) * SLOTS_AT_ONCE
    if (length > SLOTS_AT_ONCE && length > largest) throw EMFILE
    if (this.#all.open + this.#slots.length > this.#all.most) throw ENOMEM
    const copy = new Filedesc(this.limit, this.#all)
    for (const [fd, closesOnExec] of this.lost) copy.lost.set(fd, closesOnExec)
    for (const [fd, s] of this.entries()) {
      const becomes = fate(s.file)
      if (becomes === 'kept') copy.#put(fd, s.file, s.closeOnExec)
      else if (becomes === 'lost') copy.lost.set(fd, s.closeOnExec)
    }
    copy.onLost = this.onLost
    while (copy.#slots[copy.#lowestFree] !== undefined) copy.#lowestFree++
    return copy
  }

  closeOnExec(l: Lwp): void {
    for (const [fd, closesOnExec] of this.lost) if (closesOnExec) this.lost.delete(fd)
    // A file's close may close further descriptors (inotify's watches).
    for (const [fd, s] of [...this.entries()]) if (s.closeOnExec && this.slot(fd) === s) this.close(l, fd)
  }

  /** fd_free: the last process with this table is gone. */
  closeAll(l: Lwp): void {
    for (const [fd, s] of [...this.entries()]) if (this.slot(fd) === s) this.close(l, fd)
  }
}

/** One reference to an open file less; closes it with the last. */
export function release(file: File): void {
  file.references--
  if (file.references > 0) return
  if (file.closeListeners !== undefined) for (const listener of [...file.closeListeners]) listener.fileClosed()
  releaseLocks(file.lockable, file)
  file.stopAsync?.()
  file.close()
}
