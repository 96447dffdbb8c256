/**
 * A standard stream that is a file of the host (`program < input > output`). Bytes are read and written where the host's descriptor stands, and
 * move it on, so that programs that share it with us go on there. A guest that seeks leaves that place: from then on the positions are its own.
 */
import type { HostFiles } from '../../host/host.ts'
import { EACCES, EBADF, EINVAL } from '../errno.ts'
import { FAPPEND, File, type FileType, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import { seltrueFilter } from '../kqueue/filterops.ts'
import { EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../selinfo.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import { hosted } from '../vfs/host-error.ts'

const TRANSFER = 1 << 20

export class HostStreamFile extends File {
  readonly type: FileType = 'vnode'
  readonly #files: HostFiles
  readonly #fd: number
  readonly #name: string
  /** The guest has chosen a position of its own. */
  #moved = false

  /** `offset`: where the host's descriptor stands. */
  constructor(files: HostFiles, fd: number, flags: number, name: string, offset: number) {
    super(flags)
    this.#files = files
    this.#fd = fd
    this.#name = name
    this.offset = offset
  }

  describe(): string {
    return this.#name
  }

  override read(_l: Lwp, uio: Uio): number {
    if ((this.flags & FREAD) === 0) throw EBADF
    return this.#transfer(uio, (pieces, at) => this.#files.readv(this.#fd, pieces, at))
  }

  override write(_l: Lwp, uio: Uio): number {
    if ((this.flags & FWRITE) === 0) throw EBADF
    return this.#transfer(uio, (pieces, at) => this.#files.writev(this.#fd, pieces, at))
  }

  #transfer(uio: Uio, move: (pieces: Uint8Array[], at: number | undefined) => number): number {
    let done = 0
    while (uio.resid > 0) {
      const pieces = uio.segments(TRANSFER)
      const wanted = pieces.reduce((n, p) => n + p.length, 0)
      const at = uio.offset !== undefined ? uio.offset + done : this.#position()
      const got = hosted(() => move(pieces, at))
      uio.advance(got)
      done += got
      if (uio.offset === undefined) this.offset += got
      if (got < wanted) break
    }
    return done
  }

  /** Where the next bytes go, if not where the host's descriptor stands. */
  #position(): number | undefined {
    if (!this.#moved) return undefined
    if ((this.flags & FAPPEND) !== 0) this.offset = hosted(() => this.#files.fstat(this.#fd)).size
    return this.offset
  }

  override seek(_l: Lwp, delta: number, whence: number): number {
    const base =
      whence === 0
        ? 0
        : whence === 1
          ? this.offset
          : whence === 2
            ? hosted(() => this.#files.fstat(this.#fd)).size
            : Number.NaN
    const to = base + delta
    if (!(to >= 0)) throw EINVAL
    if (to !== this.offset) this.#moved = true
    this.offset = to
    return to
  }

  override ioctl(l: Lwp, request: IoctlRequest): number {
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request) as number
    request.answer = Math.max(0, hosted(() => this.#files.fstat(this.#fd)).size - this.offset)
    return 0
  }

  override truncate(_l: Lwp, length: number): void {
    if ((this.flags & FWRITE) === 0) throw EINVAL
    hosted(() => this.#files.ftruncate(this.#fd, length))
  }

  override poll(events: number): number {
    return events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)
  }

  override kqfilter(kn: Knote): Filterops {
    if (kn.kevent.filter !== EVFILT_READ && kn.kevent.filter !== EVFILT_WRITE) throw EINVAL
    return seltrueFilter
  }

  override stat(): Stat {
    return hosted(() => this.#files.fstat(this.#fd))
  }

  /** One with a place of its own, from the beginning. @throws EACCES for more than the command's own stream may. */
  override reopen(l: Lwp, flags: number, truncates: boolean): HostStreamFile {
    if ((flags & (FREAD | FWRITE) & ~this.flags) !== 0) throw EACCES
    if (truncates) this.truncate(l, 0)
    const file = new HostStreamFile(this.#files, this.#fd, flags, this.#name, 0)
    file.#moved = true
    return file
  }

  close(): void {}
}
