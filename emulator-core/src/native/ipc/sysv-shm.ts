/** System V shared memory: sys/kern/sysv_shm.c. A segment is an anonymous object with a name of its own. */
import { PAGE_SIZE, pageUp } from '../../machine/page.ts'
import { EINVAL, ENOMEM, ENOSPC } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import { FrameObject } from '../uvm/frame-object.ts'
import { FrameStore } from '../uvm/frame-store.ts'
import { type HugePagePool, HugeStore } from '../uvm/huge-pages.ts'
import { type IpcObject, type IpcPerm, IpcTable } from './sysv-ipc.ts'
import type { SysvLimits } from './sysv-limits.ts'

/** In a segment's mode: it goes with its last attachment; it is locked. */
export const SHM_DEST = 0o1000
export const SHM_LOCKED = 0o2000
/** What mappings of segments say they are of. */
const SHM_DEVICE = 1

export class ShmSegment extends FrameObject implements IpcObject {
  readonly perm: IpcPerm
  readonly id: number
  /** Bytes asked for. */
  readonly segsz: number
  readonly cpid: number
  lpid = 0
  /** Seconds since 1970. */
  atime = 0
  dtime = 0
  ctime: number
  /** Each part of a mapping counts as attached. */
  override readonly separate = true
  readonly #kernel: Kernel
  readonly #store: FrameStore
  readonly #gone: (segment: ShmSegment) => void

  constructor(
    kernel: Kernel,
    id: number,
    perm: IpcPerm,
    segsz: number,
    pool: HugePagePool | undefined,
    gone: (segment: ShmSegment) => void,
  ) {
    const store = pool === undefined ? new FrameStore(kernel.machine) : new HugeStore(pool)
    const length = pool === undefined ? pageUp(segsz) : Math.ceil(segsz / pool.size) * pool.size
    if (store instanceof HugeStore && !store.promise(0, length)) throw ENOMEM
    const name = `/SYSV${(perm.key >>> 0).toString(16).padStart(8, '0')} (deleted)`
    super(store, { name, device: SHM_DEVICE, inode: id, size: length, pageSize: pool?.size })
    this.#kernel = kernel
    this.#store = store
    this.#gone = gone
    this.id = id
    this.perm = perm
    this.segsz = segsz
    this.cpid = kernel.current?.proc.pid ?? 0
    this.ctime = seconds(kernel)
  }

  get residentPages(): number {
    return this.#store.residentPages
  }

  override attach(writable: boolean): void {
    super.attach(writable)
    this.atime = seconds(this.#kernel)
    this.lpid = this.#kernel.current?.proc.pid ?? 0
  }

  override detach(writable: boolean): void {
    super.detach(writable)
    this.dtime = seconds(this.#kernel)
    this.lpid = this.#kernel.current?.proc.pid ?? 0
    if (this.mappings === 0 && (this.perm.mode & SHM_DEST) !== 0) this.#end()
  }

  changed(): void {
    this.ctime = seconds(this.#kernel)
  }

  /** IPC_RMID: it goes when nobody has it attached. */
  destroy(): void {
    this.perm.mode |= SHM_DEST
    if (this.mappings === 0) this.#end()
  }

  #end(): void {
    this.#gone(this)
    this.#store.dispose()
  }
}

/** Seconds since 1970. */
export function seconds(kernel: Kernel): number {
  return Number(kernel.clock.realtime() / 1_000_000_000n)
}

export class SharedMemory {
  readonly segments = new IpcTable<ShmSegment>()

  /** Pages of all segments. */
  pages = 0

  /** shmget(2). @throws EINVAL, EEXIST, ENOENT, EACCES, ENOSPC; what `fits` throws if there is no room for a new one; its answer: where huge pages come from. */
  get(
    l: Lwp,
    key: number,
    size: number,
    flags: number,
    limits: SysvLimits,
    fits: () => HugePagePool | undefined,
  ): ShmSegment {
    const suits = (s: ShmSegment): void => {
      if (size > s.segsz) throw EINVAL
    }
    return this.segments.get(l, key, flags, [limits, 'shmmni'], suits, (id, perm) => {
      if (size < 1 || BigInt(size) > limits.shmmax) throw EINVAL
      if (BigInt(this.pages + Math.ceil(size / PAGE_SIZE)) > limits.shmall) throw ENOSPC
      const pool = fits()
      const segment = new ShmSegment(l.proc.kernel, id, perm, size, pool, s => this.#gone(s))
      this.pages += segment.size / PAGE_SIZE
      return segment
    })
  }

  #gone(segment: ShmSegment): void {
    this.segments.remove(segment)
    this.pages -= segment.size / PAGE_SIZE
  }

  /** IPC_RMID. */
  remove(segment: ShmSegment): void {
    this.segments.forgetKey(segment)
    segment.destroy()
  }
}
