/** The program's side of a pseudo-terminal: what /dev/ptmx opens (ptcread, ptcwrite; sys/kern/tty_pty.c). */
import { EAGAIN, EBADF, EINVAL } from '../errno.ts'
import { File, type FileType, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import { selinfoFilter, seltrueFilter, setEof } from '../kqueue/filterops.ts'
import { EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM, type SelInfo } from '../selinfo.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking } from '../sleep.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import { pathOf } from '../vfs/place.ts'
import type { Vnode } from '../vfs/vnode.ts'
import type { PseudoTerminal } from './pseudo-terminal.ts'

/** At most this much typing is taken at once. */
const PIECE = 4096

export interface PtyMaster {
  readonly terminal: PseudoTerminal
  readonly number: number
  /** /dev/ptmx. */
  readonly vnode: Vnode
  /** Opens the terminal by another way than its name: flags as open's (FREAD, FWRITE, O_NOCTTY). @throws EIO, EBUSY */
  readonly openPeer: (l: Lwp, flags: number) => File
  /** Takes the terminal's name away. */
  readonly remove: () => void
}

export class PtyMasterFile extends File {
  readonly type: FileType = 'vnode'
  readonly #master: PtyMaster

  constructor(master: PtyMaster, flags: number) {
    super(flags)
    this.#master = master
  }

  describe(): string {
    return pathOf(this.#master.vnode)
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if ((this.flags & FREAD) === 0) throw EBADF
    if (uio.resid === 0) return 0
    const bytes = this.#master.terminal.takeOutput(uio.resid)
    if (bytes !== undefined) return uio.write(bytes)
    if (this.nonblocking) throw EAGAIN
    return this.#wait(l, uio)
  }

  *#wait(l: Lwp, uio: Uio): Kthread<number> {
    const { terminal } = this.#master
    for (;;) {
      yield* cvWaitSig(l, terminal.masterReadable.pollers, 'ptcin')
      const bytes = terminal.takeOutput(uio.resid)
      if (bytes !== undefined) return uio.write(bytes)
    }
  }

  override write(_l: Lwp, uio: Uio): number {
    if ((this.flags & FWRITE) === 0) throw EBADF
    const { terminal } = this.#master
    let done = 0
    while (uio.resid > 0) {
      const bytes = new Uint8Array(Math.min(uio.resid, PIECE))
      const moved = uio.read(bytes)
      terminal.type(bytes.subarray(0, moved))
      done += moved
      if (moved < bytes.length) break
    }
    return done
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    const { terminal, number } = this.#master
    switch (request.kind) {
      case 'TIOCGPTN':
        request.answer = number
        return 0
      case 'TIOCSPTLCK':
        terminal.isLocked = request.locked
        return 0
      case 'TIOCGPTLCK':
        request.answer = Number(terminal.isLocked)
        return 0
      case 'TIOCGPTPEER':
        request.answer = this.#master.openPeer(l, request.flags)
        return 0
      case 'TIOCPKT':
        terminal.setPacketMode(request.on)
        return 0
      case 'TIOCGPKT':
        request.answer = Number(terminal.isPacketMode)
        return 0
      case 'TIOCDRAIN':
      case 'TIOCGETD':
        return 0
      case 'FIONREAD':
        request.answer = terminal.outputAvailable
        return 0
      case 'TIOCGWINSZ':
        request.answer = { ...terminal.windowSize(), xpixel: 0, ypixel: 0 }
        return 0
      case 'TIOCSWINSZ':
        terminal.setWindowSize(request.rows, request.columns)
        return 0
      case 'TIOCGETA':
        request.answer = terminal.termios
        return 0
      case 'TIOCSETA':
        terminal.setTermios(request.termios, request.when === 'flush')
        return 0
      case 'TIOCGPGRP':
        request.answer = terminal.foreground
        return 0
      case 'TIOCFLUSH':
        if (request.input) terminal.flush()
        return 0
      default:
        return super.ioctl(l, request)
    }
  }

  override poll(events: number): number {
    const { terminal } = this.#master
    let now = POLLOUT | POLLWRNORM
    if (terminal.outputAvailable > 0) now |= POLLIN | POLLRDNORM
    if (terminal.hasStatus) now |= POLLPRI | POLLIN | POLLRDNORM
    if (terminal.isAbandoned) now |= POLLHUP
    return now & (events | POLLHUP)
  }

  override pollSources(): readonly SelInfo[] {
    return [this.#master.terminal.masterReadable]
  }

  override kqfilter(kn: Knote): Filterops {
    const { terminal } = this.#master
    if (kn.kevent.filter === EVFILT_WRITE) return seltrueFilter
    if (kn.kevent.filter !== EVFILT_READ) throw EINVAL
    return selinfoFilter('ptcread', terminal.masterReadable, k => {
      k.kevent.data = terminal.outputAvailable
      if (terminal.isAbandoned) setEof(k, true)
      return terminal.isAbandoned || terminal.hasStatus || terminal.outputAvailable > 0
    })
  }

  override stat(): Stat {
    return this.#master.vnode.getattr()
  }

  close(): void {
    this.#master.terminal.hangUp()
    this.#master.remove()
  }
}
