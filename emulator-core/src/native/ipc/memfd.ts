/** memfd_create(2): sys/kern/sys_memfd.c. A file that is nothing but memory, with seals against later changes. */
import { PAGE_SIZE, pageUp } from '../../machine/page.ts'
import { EBUSY, EFBIG, EINVAL, ENXIO, EOPNOTSUPP, EPERM } from '../errno.ts'
import { FAPPEND, File, FREAD, FWRITE } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../selinfo.ts'
import { S_IFREG, type Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import { FrameObject } from '../uvm/frame-object.ts'
import { FrameStore } from '../uvm/frame-store.ts'
import type { UvmObject } from '../uvm/object.ts'
import { unmapBehind } from '../uvm/set-size.ts'

export const F_SEAL_SEAL = 1
export const F_SEAL_SHRINK = 2
export const F_SEAL_GROW = 4
export const F_SEAL_WRITE = 8
export const F_SEAL_FUTURE_WRITE = 0x10
/** What no write may pass: read-only in one way or the other. */
const NO_WRITE = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE
const ALL_SEALS = 0x1f
const PROT_WRITE = 2

/** The largest size: whole pages, exact as a number. */
const MAX_SIZE = 2 ** 53 - PAGE_SIZE

let nextInode = 1

/** What Linux does otherwise, decided by the caller from the list of divergences. */
export interface MemfdHabits {
  /** Mapping beyond the last whole page of the size is EINVAL. */
  readonly mapsWholePagesOnly: boolean
  /** Sealing against writes fails while any mapping exists, not only a shared writable one. */
  readonly anyMappingBlocksSeal: boolean
  /** fstat shows no file type and no inode; poll never answers ready. */
  readonly bareStat: boolean
}

export class Memfd extends File {
  readonly type = 'memfd'
  readonly device = 1
  readonly inode = nextInode++
  readonly name: string
  size = 0
  #seals: number
  readonly #store: FrameStore
  readonly #object: FrameObject
  readonly #habits: MemfdHabits
  #closed = false
  #mtime: bigint
  readonly #birthtime: bigint
  readonly #mode: number

  constructor(kernel: Kernel, name: string, seals: number, mode: number, habits: MemfdHabits) {
    super(FREAD | FWRITE)
    this.name = `/memfd:${name} (deleted)`
    this.#seals = seals
    this.#mode = mode
    this.#habits = habits
    this.#store = new FrameStore(kernel.machine)
    this.#object = new FrameObject(this.#store, this, () => this.#disposeIfUnused())
    this.#birthtime = kernel.clock.realtime()
    this.#mtime = this.#birthtime
  }

  override describe(): string {
    return this.name
  }

  get seals(): number {
    return this.#seals
  }

  /** F_ADD_SEALS. @throws EPERM, EINVAL, EBUSY. */
  addSeals(seals: number): void {
    if ((this.#seals & F_SEAL_SEAL) !== 0) throw EPERM
    if ((seals & ~ALL_SEALS) !== 0) throw EINVAL
    const blocking = this.#habits.anyMappingBlocksSeal ? this.#object.mappings : this.#object.writableMappings
    if ((seals & F_SEAL_WRITE) !== 0 && (this.#seals & F_SEAL_WRITE) === 0 && blocking > 0) throw EBUSY
    this.#seals |= seals
  }

  override read(_l: Lwp, uio: Uio): number {
    const at = uio.offset ?? this.offset
    const moved = this.#store.readUio(uio, at, Math.max(0, this.size - at))
    if (uio.offset === undefined) this.offset += moved
    return moved
  }

  override write(l: Lwp, uio: Uio): number {
    if ((this.#seals & NO_WRITE) !== 0) throw EPERM
    const appends = (this.flags & FAPPEND) !== 0 && uio.offset === undefined
    const at = appends ? this.size : (uio.offset ?? this.offset)
    let length = uio.resid
    if (at + length > MAX_SIZE) throw EFBIG
    if ((this.#seals & F_SEAL_GROW) !== 0 && at + length > this.size) {
      if (at >= this.size) throw EPERM
      length = this.size - at
    }
    const moved = this.#store.writeUio(uio, at, length)
    this.size = Math.max(this.size, at + moved)
    this.#mtime = l.proc.kernel.clock.realtime()
    if (uio.offset === undefined) this.offset = at + moved
    return moved
  }

  /** SEEK_SET 0, CUR 1, END 2, DATA 3, HOLE 4. */
  override seek(_l: Lwp, delta: number, whence: number): number {
    const at = this.#seekTarget(delta, whence)
    if (at < 0) throw EINVAL
    this.offset = at
    return at
  }

  #seekTarget(delta: number, whence: number): number {
    switch (whence) {
      case 0:
        return delta
      case 1:
        return this.offset + delta
      case 2:
        return this.size + delta
      case 3:
      case 4: {
        const at = delta < 0 ? undefined : this.#store.seekData(delta, this.size, whence === 3)
        if (at === undefined) throw ENXIO
        return at
      }
      default:
        throw EINVAL
    }
  }

  override truncate(l: Lwp, length: number): void {
    if (length < 0 || length > MAX_SIZE) throw EINVAL
    if (length < this.size && (this.#seals & F_SEAL_SHRINK) !== 0) throw EPERM
    if (length > this.size && (this.#seals & F_SEAL_GROW) !== 0) throw EPERM
    if (length < this.size) {
      this.#store.truncate(length)
      unmapBehind(l.proc.kernel, this, length)
    }
    this.size = length
    this.#mtime = l.proc.kernel.clock.realtime()
  }

  override get mapsReadOnly(): boolean {
    return (this.#seals & NO_WRITE) !== 0
  }

  override mmap(_l: Lwp, offset: number, length: number, prot: number, shared: boolean): UvmObject {
    if (this.#habits.mapsWholePagesOnly && offset + pageUp(length) > this.size) throw EINVAL
    if (shared && (prot & PROT_WRITE) !== 0 && (this.#seals & NO_WRITE) !== 0) throw EPERM
    return this.#object
  }

  override poll(events: number): number {
    return this.#habits.bareStat ? 0 : events & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)
  }

  override kqfilter(): never {
    throw EOPNOTSUPP
  }

  override stat(l: Lwp): Stat {
    const { euid, egid } = l.proc.credentials
    const times = { atime: this.#mtime, mtime: this.#mtime, ctime: this.#mtime, birthtime: this.#birthtime }
    const common = { ...times, rdev: 0, uid: euid, gid: egid, size: this.size }
    if (this.#habits.bareStat) return { ...common, dev: 0, ino: 0, nlink: 0, mode: 0o600, blksize: 0, blocks: 0 }
    const blocks = this.#store.residentPages * (PAGE_SIZE / 512)
    return {
      ...common,
      dev: this.device,
      ino: this.inode,
      nlink: 0,
      mode: S_IFREG | this.#mode,
      blksize: PAGE_SIZE,
      blocks,
    }
  }

  override close(): void {
    this.#closed = true
    this.#disposeIfUnused()
  }

  /** The memory lives as long as a descriptor or a mapping. */
  #disposeIfUnused(): void {
    if (this.#closed && this.#object.mappings === 0) this.#store.dispose()
  }
}
