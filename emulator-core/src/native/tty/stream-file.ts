/** A standard stream that is no terminal: a pipe (or anything read in order) of the host's. To the guest it is a pipe. */
import { HostError, type HostStream } from '../../host/host.ts'
import { EACCES, EAGAIN, EBADF, EINVAL, EIO, EPIPE } from '../errno.ts'
import { File, type FileType, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import { selinfoFilter, seltrueFilter, setEof } from '../kqueue/filterops.ts'
import { EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, SelInfo } from '../selinfo.ts'
import { brokenPipe } from '../signal/post.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking } from '../sleep.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'

const PIECE = 65536
let nextInode = 0x1000

export class StreamFile extends File {
  readonly type: FileType = 'pipe'
  readonly #stream: HostStream
  readonly #readable = new SelInfo()
  readonly #ino = nextInode++

  constructor(stream: HostStream, flags: number) {
    super(flags)
    this.#stream = stream
    if ((flags & FREAD) !== 0) stream.onReadable(() => this.#readable.notify(POLLIN | POLLRDNORM))
  }

  describe(): string {
    return `pipe:[${this.#ino}]`
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if ((this.flags & FREAD) === 0) throw EBADF
    if (uio.resid === 0) return 0
    const bytes = this.#stream.take(uio.resid)
    if (bytes !== undefined) return bytes.length === 0 ? 0 : uio.write(bytes)
    if (this.nonblocking) throw EAGAIN
    return this.#wait(l, uio)
  }

  *#wait(l: Lwp, uio: Uio): Kthread<number> {
    for (;;) {
      yield* cvWaitSig(l, this.#readable.pollers, 'piperd')
      const bytes = this.#stream.take(uio.resid)
      if (bytes !== undefined) return bytes.length === 0 ? 0 : uio.write(bytes)
    }
  }

  override write(l: Lwp, uio: Uio): number {
    if ((this.flags & FWRITE) === 0) throw EBADF
    let done = 0
    while (uio.resid > 0) {
      const bytes = new Uint8Array(Math.min(uio.resid, PIECE))
      const moved = uio.read(bytes)
      try {
        this.#stream.write(moved === bytes.length ? bytes : bytes.subarray(0, moved))
      } catch (error) {
        if (!(error instanceof HostError)) throw error
        if (error.code !== 'EPIPE') throw EIO
        brokenPipe(l)
        throw EPIPE
      }
      done += moved
      if (moved < bytes.length) break
    }
    return done
  }

  override poll(events: number): number {
    let now = (this.flags & FWRITE) !== 0 ? POLLOUT | POLLWRNORM : 0
    if ((this.flags & FREAD) !== 0) {
      const available = this.#stream.available()
      if (available > 0) now |= POLLIN | POLLRDNORM
      if (available < 0) now |= POLLHUP
    }
    return now & (events | POLLHUP)
  }

  override pollSources(): readonly SelInfo[] {
    return [this.#readable]
  }

  override kqfilter(kn: Knote): Filterops {
    if (kn.kevent.filter === EVFILT_WRITE) return seltrueFilter
    if (kn.kevent.filter !== EVFILT_READ || (this.flags & FREAD) === 0) throw EINVAL
    return selinfoFilter('piperead', this.#readable, k => {
      const available = this.#stream.available()
      k.kevent.data = Math.max(0, available)
      if (available < 0) setEof(k, true)
      return available !== 0
    })
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request)
    request.answer = Math.max(0, this.#stream.available())
    return 0
  }

  override stat(l: Lwp): Stat {
    const t = l.proc.kernel.clock.realtime()
    const { uid, gid } = l.credentials
    const times = { atime: t, mtime: t, ctime: t, birthtime: 0n }
    return {
      dev: 14,
      ino: this.#ino,
      mode: 0o010600,
      nlink: 1,
      uid,
      gid,
      rdev: 0,
      size: 0,
      blksize: 4096,
      blocks: 0,
      ...times,
    }
  }

  /** The host's stream is one, and goes one way. @throws EACCES for the other. */
  override reopen(_l: Lwp, flags: number): StreamFile {
    if ((flags & (FREAD | FWRITE) & ~this.flags) !== 0) throw EACCES
    return this
  }

  close(): void {}
}
