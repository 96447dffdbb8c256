/**
 * Pipes: sys/kern/sys_pipe.c. Capacity and atomicity are those a Linux program counts on (pipe(7)): 64 KiB, and writes of up to PIPE_BUF bytes
 * are never split. A FIFO is the same with ends that come and go.
 */
import { CAP_SYS_RESOURCE, hasCapability } from '../capability.ts'
import { EAGAIN, EBADF, EBUSY, EINVAL, EPERM, EPIPE } from '../errno.ts'
import { FDIRECT, File, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { selinfoFilter, setEof } from '../kqueue/filterops.ts'
import { EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, SelInfo } from '../selinfo.ts'
import { brokenPipe } from '../signal/post.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../sleep.ts'
import { S_IFIFO, type Stat } from '../stat.ts'
import { KernelUio, type Uio } from '../uio.ts'
import type { Attributed } from '../vfs/vnode.ts'
import { AnonymousInode } from './anonymous-inode.ts'
import { PipeSlots } from './pipe-slots.ts'
import { RingBuffer } from './ring-buffer.ts'

export const PIPE_BUF = 4096
export const PIPE_CAPACITY = 65536
/** What F_SETPIPE_SZ may ask for at most, and /proc/sys/fs/pipe-max-size allow. */
export const PIPE_MAX_CAPACITY = 1048576

let nextInode = 1

/** The two ends have this in common. */
export class Pipe {
  readonly kernel: Kernel
  readonly inode = nextInode++
  readonly buffer = new RingBuffer(PIPE_CAPACITY)
  readers = 0
  writers = 0
  /** How often it was opened for writing: a FIFO's reader sees no hang-up before the first writer. */
  writerOpens = 0
  readonly readable = new SelInfo()
  readonly writable = new SelInfo()
  readonly readWait = new WaitChannel('pipe_read')
  readonly writeWait = new WaitChannel('pipe_write')
  /** Open files of it, by which the trace names it: the reading one first. */
  readonly ends = new Set<PipeEnd>()
  readonly attributes: AnonymousInode
  readonly slots = new PipeSlots(PIPE_CAPACITY / PIPE_BUF)

  constructor(kernel: Kernel) {
    this.kernel = kernel
    const where = { dev: 14, ino: this.inode }
    this.attributes = new AnonymousInode(kernel, 'VFIFO', where, S_IFIFO | 0o600, kernel.clock.realtime())
  }

  /** Enough room that a write of PIPE_BUF bytes would not block. */
  get isWritable(): boolean {
    return !this.slots.isFull
  }

  /** Bytes arrived, or the last writer went. */
  notifyReaders(events: number): void {
    this.readWait.wakeAll()
    this.readable.notify(events)
    this.#trace()
  }

  /** Room appeared, or the last reader went. */
  notifyWriters(events: number): void {
    this.writeWait.wakeAll()
    this.writable.notify(events)
    this.#trace()
  }

  #trace(): void {
    const { trace, current } = this.kernel
    if (trace === undefined) return
    const [first, second] = this.ends
    if (first === undefined) return
    const note = this.writers === 0 ? 'no writer' : this.readers === 0 ? 'no reader' : ''
    trace.emit('object-state', current, {
      file: first.id,
      readable: this.buffer.length,
      writable: this.slots.room,
      peer: second?.id ?? 0,
      due: 0,
      note,
    })
  }
}

/** An open end: FREAD, FWRITE or, for a FIFO, both. */
export class PipeEnd extends File {
  readonly type = 'pipe'
  readonly pipe: Pipe
  readonly #name: string | undefined
  /** `writerOpens` when it was opened without a writer. */
  readonly #quietUntil: number

  constructor(pipe: Pipe, flags: number, name?: string) {
    super(flags)
    this.pipe = pipe
    this.#name = name
    this.#quietUntil = pipe.writers === 0 ? pipe.writerOpens : -1
    pipe.ends.add(this)
    if ((flags & FREAD) !== 0) pipe.readers++
    if ((flags & FWRITE) !== 0) {
      pipe.writers++
      pipe.writerOpens++
    }
  }

  get #reads(): boolean {
    return (this.flags & FREAD) !== 0
  }

  get #writes(): boolean {
    return (this.flags & FWRITE) !== 0
  }

  override describe(): string {
    return this.#name ?? `pipe:[${this.pipe.inode}]`
  }

  override get lockable(): object {
    return this.pipe
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (!this.#reads) throw EBADF
    if (uio.resid === 0) return 0
    const { buffer, writers } = this.pipe
    if (buffer.length > 0) return this.take(uio)
    if (writers === 0) return 0
    if (this.nonblocking) throw EAGAIN
    return this.#readBlocking(l, uio)
  }

  *#readBlocking(l: Lwp, uio: Uio): Kthread<number> {
    return (yield* this.awaitData(l, true)) === 0 ? 0 : this.take(uio)
  }

  /** Waits until there is something; the bytes there are, 0 if there is no writer any more. @throws EAGAIN if it may not wait, EINTR. */
  *awaitData(l: Lwp, waits: boolean): Kthread<number> {
    while (this.pipe.buffer.length === 0) {
      if (this.pipe.writers === 0) return 0
      if (!waits) throw EAGAIN
      yield* cvWaitSig(l, this.pipe.readWait)
    }
    return this.pipe.buffer.length
  }

  /** Waits until there is room; the bytes that fit. @throws EAGAIN if it may not wait, EINTR; EPIPE without a reader. */
  *awaitRoom(l: Lwp, waits: boolean): Kthread<number> {
    for (;;) {
      if (this.pipe.readers === 0) this.#broken(l)
      const { room } = this.pipe.slots
      if (room > 0) return room
      if (!waits) throw EAGAIN
      yield* cvWaitSig(l, this.pipe.writeWait)
    }
  }

  /** A copy of the first bytes, at most `max`, which stay. */
  peek(max: number): Uint8Array {
    const { buffer } = this.pipe
    const bytes = new Uint8Array(Math.min(max, buffer.length))
    buffer.peek(new KernelUio(bytes, 'in'), 0, bytes.length)
    return bytes
  }

  /** Gives a reader what is there; the count. */
  take(uio: Uio): number {
    const wasWritable = this.pipe.isWritable
    const { buffer, slots } = this.pipe
    const moved = buffer.drain(uio, slots.readable(uio.resid))
    buffer.skip(slots.take(moved))
    if (this.pipe.writeWait.sleepers.size > 0) this.pipe.writeWait.wakeAll()
    if (!wasWritable && this.pipe.isWritable) this.pipe.notifyWriters(POLLOUT | POLLWRNORM)
    else this.pipe.writable.notifyAsynchronous(POLLOUT | POLLWRNORM)
    return moved
  }

  override write(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (!this.#writes) throw EBADF
    const { slots, readers } = this.pipe
    if (readers === 0) return this.#broken(l)
    if (uio.resid === 0) return 0
    // A small write goes in whole or not at all.
    const room = slots.roomFor(uio.resid)
    const least = uio.resid <= PIPE_BUF ? uio.resid : 1
    if (room >= uio.resid || (this.nonblocking && room >= least)) return this.put(uio)
    if (this.nonblocking) {
      // Who watches the pipe is told of each write, of one that fails as well: pipe_write of both systems.
      this.pipe.readable.notify(POLLIN | POLLRDNORM)
      throw EAGAIN
    }
    return this.#writeBlocking(l, uio, least)
  }

  *#writeBlocking(l: Lwp, uio: Uio, least: number): Kthread<number> {
    let done = 0
    while (uio.resid > 0) {
      if (this.pipe.readers === 0) {
        if (done > 0) return done
        return this.#broken(l)
      }
      if (this.pipe.slots.roomFor(uio.resid) >= Math.min(least, uio.resid)) {
        const moved = this.put(uio)
        done += moved
        if (moved === 0) return done
        continue
      }
      if (done > 0 && this.nonblocking) return done
      try {
        yield* cvWaitSig(l, this.pipe.writeWait)
      } catch (e) {
        if (done > 0) return done
        throw e
      }
    }
    return done
  }

  /** Takes from a writer as much as there is room for; the count. */
  put(uio: Uio): number {
    const { buffer, slots } = this.pipe
    const wanted = uio.resid
    const moved = buffer.fill(uio, slots.roomFor(wanted))
    slots.put(moved, wanted, (this.flags & FDIRECT) !== 0)
    if (moved > 0) this.pipe.notifyReaders(POLLIN | POLLRDNORM)
    return moved
  }

  #broken(l: Lwp): never {
    brokenPipe(l)
    throw EPIPE
  }

  override poll(events: number): number {
    const { pipe } = this
    let now = 0
    if (this.#reads) {
      if (pipe.buffer.length > 0) now |= POLLIN | POLLRDNORM
      if (pipe.writers === 0 && pipe.writerOpens !== this.#quietUntil) now |= POLLHUP
    }
    if (this.#writes) {
      if (pipe.isWritable) now |= POLLOUT | POLLWRNORM
      if (pipe.readers === 0) now |= POLLERR
    }
    return now & (events | POLLHUP | POLLERR)
  }

  override pollSources(): readonly SelInfo[] {
    const sources: SelInfo[] = []
    if (this.#reads) sources.push(this.pipe.readable)
    if (this.#writes) sources.push(this.pipe.writable)
    return sources
  }

  override kqfilter(kn: Knote): Filterops {
    const { pipe } = this
    switch (kn.kevent.filter) {
      case EVFILT_READ:
        return selinfoFilter('piperead', pipe.readable, k => {
          k.kevent.data = pipe.buffer.length
          if (pipe.writers === 0) setEof(k, true)
          return this.#reads && (k.kevent.data > 0 || pipe.writers === 0)
        })
      case EVFILT_WRITE:
        // A filter on the wrong end never fires.
        if (this.#writes && pipe.readers === 0) throw EBADF
        return selinfoFilter('pipewrite', pipe.writable, k => {
          k.kevent.data = pipe.slots.room
          if (this.#writes && pipe.readers === 0) setEof(k, true)
          return this.#writes && (pipe.isWritable || pipe.readers === 0)
        })
      default:
        throw EINVAL
    }
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request)
    request.answer = this.pipe.buffer.length
    return 0
  }

  override get attributes(): Attributed {
    return this.pipe.attributes
  }

  override stat(_l: Lwp): Stat {
    return this.attributes.getattr()
  }

  get capacity(): number {
    return this.pipe.buffer.capacity
  }

  /**
   * F_SETPIPE_SZ of Linux: rounds up to a power of two of pages; the capacity that was set.
   * @throws EINVAL, EPERM above the system's limit, EBUSY if more is in it.
   */
  setCapacity(bytes: number): number {
    if (bytes < 0 || bytes > 2 ** 31) throw EINVAL
    if (bytes > this.#mostBytes()) throw EPERM
    let capacity = PIPE_BUF
    while (capacity < bytes) capacity *= 2
    const { buffer, slots } = this.pipe
    if (capacity < slots.used * PIPE_BUF) throw EBUSY
    buffer.capacity = capacity
    slots.most = capacity / PIPE_BUF
    this.pipe.notifyWriters(POLLOUT | POLLWRNORM)
    return capacity
  }

  /** What there is already may be asked for again. */
  #mostBytes(): number {
    const { current, tunables } = this.pipe.kernel
    if (current !== undefined && hasCapability(current.credentials, CAP_SYS_RESOURCE)) return PIPE_MAX_CAPACITY
    return Math.max(tunables.pipeMaxSize, this.capacity)
  }

  /** Of a pipe without a name nobody waits for the other end. */
  override reopen(_l: Lwp, flags: number): MaybeBlocking<File> {
    return new PipeEnd(this.pipe, flags)
  }

  override close(): void {
    const { pipe } = this
    pipe.ends.delete(this)
    if (this.#reads && --pipe.readers === 0) pipe.notifyWriters(POLLERR)
    if (this.#writes && --pipe.writers === 0) pipe.notifyReaders(POLLHUP)
  }
}

/** pipe2(2) without descriptors: the reading and the writing end. `flags`: FNONBLOCK or 0. */
export function createPipe(kernel: Kernel, flags: number): { reader: PipeEnd; writer: PipeEnd } {
  const pipe = new Pipe(kernel)
  return { reader: new PipeEnd(pipe, FREAD | flags), writer: new PipeEnd(pipe, FWRITE | flags) }
}
