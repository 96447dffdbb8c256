/** memfd_create(2): sys/kern/sys_memfd.c. A file that is nothing but memory, with seals against later changes. */
import { PAGE_SIZE, pageDown, pageUp } from '../../machine/page.ts'
import { meets } from '../divergence.ts'
import { EACCES, EBADF, EBUSY, EFBIG, EINVAL, ENOMEM, ENXIO, EOPNOTSUPP, EPERM } from '../errno.ts'
import { FAPPEND, File, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../selinfo.ts'
import type { MaybeBlocking } from '../sleep.ts'
import { S_IFREG, type Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import { FrameObject } from '../uvm/frame-object.ts'
import { FrameStore } from '../uvm/frame-store.ts'
import { HugeObject, type HugePagePool, HugeStore } from '../uvm/huge-pages.ts'
import type { UvmObject } from '../uvm/object.ts'
import { punchMapped, unmapBehind } from '../uvm/set-size.ts'
import { AnonymousInode } from './anonymous-inode.ts'

export const F_SEAL_SEAL = 1
export const F_SEAL_SHRINK = 2
export const F_SEAL_GROW = 4
export const F_SEAL_WRITE = 8
export const F_SEAL_FUTURE_WRITE = 0x10
/** Linux's alone: the permission to execute stays as it is. */
export const F_SEAL_EXEC = 0x20
/** What no write may pass: read-only in one way or the other. */
const NO_WRITE = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE
const SEALS = 0x1f
const ANY_EXECUTE = 0o111
const PROT_WRITE = 2

/** The largest size: whole pages, exact as a number. */
const MAX_SIZE = 2 ** 53 - PAGE_SIZE

let nextInode = 1

/** What all open files of one memory file share. */
class MemfdNode {
  readonly device = 1
  readonly inode = nextInode++
  readonly name: string
  readonly kernel: Kernel
  readonly store: FrameStore
  /** Where its pages come from, if they are huge. */
  readonly huge: HugeStore | undefined
  readonly object: FrameObject
  readonly attributes: AnonymousInode
  /** memfd_mmap sets the greatest protection to the one that is asked for. */
  readonly hasFixedProtection: boolean
  size = 0
  seals: number
  /** Open files of it. */
  opens = 0

  constructor(kernel: Kernel, name: string, seals: number, mode: number, pool: HugePagePool | undefined) {
    this.name = `/memfd:${name} (deleted)`
    this.seals = seals
    this.kernel = kernel
    this.hasFixedProtection = kernel.diverges('memfd.fixed-protection')
    this.huge = pool === undefined ? undefined : new HugeStore(pool)
    this.store = this.huge ?? new FrameStore(kernel.machine)
    this.object = new FrameObject(this.store, this, () => this.disposeIfUnused())
    const where = { dev: this.device, ino: this.inode }
    this.attributes = new AnonymousInode(kernel, 'VREG', where, S_IFREG | mode, kernel.clock.realtime())
  }

  get pageSize(): number | undefined {
    return this.huge?.pool.size
  }

  /** Its size, or what it holds, is another. */
  modified(l: Lwp): void {
    this.attributes.setattr({ mtime: l.proc.kernel.clock.realtime() })
  }

  /** The memory lives as long as an open file or a mapping. */
  disposeIfUnused(): void {
    if (this.opens === 0 && this.object.mappings === 0) this.store.dispose()
  }
}

export class Memfd extends File {
  readonly type = 'memfd'
  readonly #node: MemfdNode

  constructor(node: MemfdNode, flags: number) {
    super(flags)
    this.#node = node
    node.opens++
  }

  override describe(): string {
    return this.#node.name
  }

  get seals(): number {
    return this.#node.seals
  }

  /** F_ADD_SEALS. Linux looks for seals that are none first. @throws EPERM, also without the right to write, EINVAL, EBUSY. */
  addSeals(l: Lwp, seals: number): void {
    const node = this.#node
    if ((this.flags & FWRITE) === 0) throw EPERM
    const isClosed = (node.seals & F_SEAL_SEAL) !== 0
    const known = SEALS | (node.kernel.diverges('memfd.exec-seal') ? 0 : F_SEAL_EXEC)
    if ((seals & ~known) !== 0) {
      if ((seals & F_SEAL_EXEC) !== 0) meets(l, 'memfd.exec-seal', 'F_SEAL_EXEC')
      throw isClosed && meets(l, 'memfd.seal-order', `seals 0x${seals.toString(16)}`) ? EPERM : EINVAL
    }
    if (isClosed) throw EPERM
    if ((seals & F_SEAL_WRITE) !== 0 && (node.seals & F_SEAL_WRITE) === 0 && this.#isMapped(l)) throw EBUSY
    const executable = (node.attributes.getattr().mode & ANY_EXECUTE) !== 0
    node.seals |= seals | ((seals & F_SEAL_EXEC) !== 0 && executable ? SEALS & ~F_SEAL_SEAL : 0)
  }

  /** Whether a mapping stands against the seal that forbids writing. */
  #isMapped(l: Lwp): boolean {
    const { object, name } = this.#node
    if (object.writableMappings > 0) return true
    return object.mappings > 0 && meets(l, 'memfd.seal-any-mapping', name)
  }

  override read(_l: Lwp, uio: Uio): number {
    if ((this.flags & FREAD) === 0) throw EBADF
    const { store, size } = this.#node
    const at = uio.offset ?? this.offset
    if (at < 0) throw EINVAL
    const moved = store.readUio(uio, at, Math.max(0, size - at))
    if (uio.offset === undefined) this.offset += moved
    return moved
  }

  override write(l: Lwp, uio: Uio): number {
    if ((this.flags & FWRITE) === 0) throw EBADF
    const node = this.#node
    // hugetlbfs has no write.
    if (node.huge !== undefined) throw EINVAL
    if (uio.resid === 0 && !this.#refusesNothing(l)) return 0
    if ((node.seals & NO_WRITE) !== 0) throw EPERM
    const appends = (this.flags & FAPPEND) !== 0 && uio.offset === undefined
    const at = appends ? node.size : (uio.offset ?? this.offset)
    let length = uio.resid
    if (at < 0) throw EINVAL
    if (at + length > MAX_SIZE) throw EFBIG
    if ((node.seals & F_SEAL_GROW) !== 0 && at + length > node.size) {
      if (at >= node.size) throw EPERM
      length = node.size - at
    }
    const moved = node.store.writeUio(uio, at, length)
    node.size = Math.max(node.size, at + moved)
    node.modified(l)
    if (uio.offset === undefined) this.offset = at + moved
    return moved
  }

  /** Whether a write of no bytes is looked at as any other. */
  #refusesNothing(l: Lwp): boolean {
    return (this.#node.seals & NO_WRITE) !== 0 && meets(l, 'memfd.empty-write', this.describe())
  }

  /** SEEK_SET 0, CUR 1, END 2, DATA 3, HOLE 4. An offset below 0 is taken, and looks like an error to the program. @throws EINVAL, ENXIO. */
  override seek(l: Lwp, delta: number, whence: number): number {
    const at = this.#seekTarget(delta, whence)
    if (at < 0 && !meets(l, 'memfd.negative-offset', `offset ${at}`)) throw EINVAL
    this.offset = at
    return at
  }

  #seekTarget(delta: number, whence: number): number {
    const { size, store } = this.#node
    switch (whence) {
      case 0:
        return delta
      case 1:
        return this.offset + delta
      case 2:
        return size + delta
      case 3:
      case 4: {
        const at = delta < 0 ? undefined : store.seekData(delta, size, whence === 3)
        if (at === undefined) throw ENXIO
        return at
      }
      default:
        throw EINVAL
    }
  }

  override truncate(l: Lwp, length: number): void {
    if ((this.flags & FWRITE) === 0) throw EINVAL
    const node = this.#node
    if (length < 0 || length > MAX_SIZE || length % (node.pageSize ?? 1) !== 0) throw EINVAL
    if (length < node.size && (node.seals & F_SEAL_SHRINK) !== 0) throw EPERM
    if (length > node.size && (node.seals & F_SEAL_GROW) !== 0) throw EPERM
    if (length < node.size) {
      node.store.truncate(length)
      unmapBehind(l.proc.kernel, node, length)
    }
    node.size = length
    node.modified(l)
  }

  /**
   * Room for a range, which may make the file larger; or, `punches`, none for it any more (Linux: shmem_fallocate).
   * @throws EPERM by the seals, EFBIG, ENOSPC.
   */
  allocate(l: Lwp, offset: number, length: number, keepsSize: boolean, punches: boolean): void {
    const node = this.#node
    const end = offset + length
    if (end > MAX_SIZE) throw EFBIG
    if (punches) {
      if ((node.seals & NO_WRITE) !== 0) throw EPERM
      const last = Math.min(end, Math.max(offset, node.size))
      const [from, to] = [pageUp(offset), pageDown(last)]
      if (from < to) punchMapped(l.proc.kernel, node.object, from, to - from)
      // What is left are parts of pages, which mappings share.
      node.store.zero(offset, last - offset)
    } else {
      if (!keepsSize && end > node.size && (node.seals & F_SEAL_GROW) !== 0) throw EPERM
      node.store.reserve(offset, length)
      if (!keepsSize) node.size = Math.max(node.size, end)
    }
    node.modified(l)
  }

  override get mapsReadOnly(): boolean {
    return (this.#node.seals & NO_WRITE) !== 0
  }

  /** FIONREAD is all that Linux knows. @throws EINVAL, ENOTTY. */
  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (meets(l, 'memfd.control', `ioctl ${request.kind}`)) throw EINVAL
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request)
    request.answer = this.#node.size - this.offset
    return 0
  }

  /** F_SETFL. @throws EINVAL. */
  override setFlags(l: Lwp): void {
    if (meets(l, 'memfd.control', 'F_SETFL')) throw EINVAL
  }

  override mmap(l: Lwp, offset: number, length: number, prot: number, shared: boolean): UvmObject {
    const { size, seals, object } = this.#node
    if ((this.flags & FREAD) === 0) throw EACCES
    const end = offset + pageUp(length)
    if (end > size && meets(l, 'memfd.whole-pages', `${end} of ${size} bytes`)) throw EINVAL
    if (shared && (prot & PROT_WRITE) !== 0) {
      if ((this.flags & FWRITE) === 0) throw EACCES
      if ((seals & NO_WRITE) !== 0) throw EPERM
    }
    return this.#node.huge === undefined ? object : this.#mapHuge(this.#node.huge, offset, length, prot, shared)
  }

  /** What mappings of it show. */
  get pages(): UvmObject {
    return this.#node.object
  }

  override get hugePages(): HugePagePool | undefined {
    return this.#node.huge?.pool
  }

  /** hugetlbfs_file_mmap: what may be written makes the file as large, and its pages are promised. @throws ENOMEM if there are too few. */
  #mapHuge(store: HugeStore, offset: number, length: number, prot: number, shared: boolean): UvmObject {
    const node = this.#node
    const own = shared ? undefined : new HugeObject(store.pool, node, store)
    if (!(own?.store ?? store).promise(offset, length)) throw ENOMEM
    if ((prot & PROT_WRITE) !== 0) node.size = Math.max(node.size, offset + length)
    return own ?? node.object
  }

  override poll(events: number): number {
    const { current } = this.#node.kernel
    if (current !== undefined && meets(current, 'memfd.bare-stat', 'poll')) return 0
    return events & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)
  }

  override kqfilter(): never {
    throw EOPNOTSUPP
  }

  override get attributes(): AnonymousInode {
    return this.#node.attributes
  }

  override stat(l: Lwp): Stat {
    const { attributes, size, store } = this.#node
    const common = { ...attributes.getattr(), size, nlink: 0 }
    if (!meets(l, 'memfd.bare-stat', 'fstat'))
      return { ...common, blksize: this.#node.pageSize ?? PAGE_SIZE, blocks: store.residentPages * (PAGE_SIZE / 512) }
    const { euid, egid } = l.credentials
    return { ...common, uid: euid, gid: egid, dev: 0, ino: 0, mode: 0o600, blksize: 0, blocks: 0 }
  }

  override reopen(l: Lwp, flags: number, truncates: boolean): Memfd {
    const file = new Memfd(this.#node, flags)
    try {
      if (truncates) file.truncate(l, 0)
      return file
    } catch (error) {
      file.close()
      throw error
    }
  }

  override close(): void {
    this.#node.opens--
    this.#node.disposeIfUnused()
  }
}

/** memfd_create(2) without the descriptor. */
export function createMemfd(kernel: Kernel, name: string, seals: number, mode: number, pool?: HugePagePool): Memfd {
  return new Memfd(new MemfdNode(kernel, name, seals, mode, pool), FREAD | FWRITE)
}
