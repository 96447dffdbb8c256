/** A descriptor of the terminal. NetBSD: ttread, ttwrite, ttioctl, sys/kern/tty.c. */
import { meets } from '../divergence.ts'
import { EAGAIN, EBADF, EINVAL, EIO, ENOTTY, EPERM, ERESTART, EWOULDBLOCK } from '../errno.ts'
import { File, type FileType, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import { selinfoFilter, seltrueFilter } from '../kqueue/filterops.ts'
import { EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { isOrphaned } from '../process-group.ts'
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, type SelInfo } from '../selinfo.ts'
import { SIGTTIN, SIGTTOU } from '../signal/numbers.ts'
import { postSignal } from '../signal/post.ts'
import { SI_KERNEL } from '../signal/siginfo.ts'
import { cvTimedwaitSig, type Kthread, type MaybeBlocking } from '../sleep.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import { pathOf } from '../vfs/place.ts'
import type { Vnode } from '../vfs/vnode.ts'
import { ICANON, TOSTOP, VMIN, VTIME } from './termios.ts'
import { controllingTty, type Tty } from './tty.ts'

const TENTH = 100_000_000
const PIECE = 65536

export class TerminalFile extends File {
  readonly type: FileType = 'vnode'
  readonly terminal: Tty
  /** /dev/pts/0 or /dev/tty: programs look for a terminal's name by what stat(2) says of it. */
  readonly #vnode: Vnode

  constructor(terminal: Tty, flags: number, vnode: Vnode) {
    super(flags)
    this.terminal = terminal
    this.#vnode = vnode
    terminal.opened()
  }

  describe(): string {
    return pathOf(this.#vnode)
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if ((this.flags & FREAD) === 0) throw EBADF
    if (uio.resid === 0) return 0
    this.#mustBeForeground(l, SIGTTIN)
    const bytes = this.terminal.take(uio.resid)
    if (bytes !== undefined) return uio.write(bytes)
    const { lflag, cc } = this.terminal.termios
    const polls = (lflag & ICANON) === 0 && cc[VMIN] === 0
    if (polls && cc[VTIME] === 0) return 0
    if (this.nonblocking) throw EAGAIN
    return this.#wait(l, uio, polls ? l.proc.kernel.clock.monotonic() + cc[VTIME] * TENTH : Number.POSITIVE_INFINITY)
  }

  /** Who is in the foreground is a matter of the terminal's own session (isctty). @throws ENOTTY. */
  #mustBeControlling(l: Lwp): void {
    if (this.terminal.session !== l.proc.session) throw ENOTTY
  }

  /** Who is in the background is stopped, or if it will not be stopped, refused (ttycheckctl; Linux: __tty_check_change). @throws ERESTART, EIO. */
  #mustBeForeground(l: Lwp, signo: number): void {
    if (!this.terminal.isBackground(l.proc)) return
    if (l.signals.mask.has(signo) || l.proc.signals.isIgnored(signo)) {
      if (signo === SIGTTIN) throw EIO
      return
    }
    // Nobody would let it go on.
    if (isOrphaned(l.proc)) throw EIO
    for (const p of [...l.proc.kernel.processes.values()])
      if (p.pgrp === l.proc.pgrp) postSignal(p, signo, { code: SI_KERNEL })
    throw ERESTART
  }

  *#wait(l: Lwp, uio: Uio, deadline: number): Kthread<number> {
    for (;;) {
      try {
        yield* cvTimedwaitSig(l, this.terminal.readable.pollers, deadline, 'ttyin')
      } catch (error) {
        if (error === EWOULDBLOCK) return 0
        throw error
      }
      const bytes = this.terminal.take(uio.resid)
      if (bytes !== undefined) return uio.write(bytes)
    }
  }

  override write(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if ((this.flags & FWRITE) === 0) throw EBADF
    if ((this.terminal.termios.lflag & TOSTOP) !== 0) this.#mustBeForeground(l, SIGTTOU)
    const done = this.#writeNow(uio)
    if (uio.resid === 0 || this.terminal.room > 0) return done
    if (this.nonblocking) {
      if (done === 0) throw EAGAIN
      return done
    }
    return this.#writeRest(l, uio, done)
  }

  /** As much as there is room for; the count. */
  #writeNow(uio: Uio): number {
    let done = 0
    while (uio.resid > 0 && this.terminal.room > 0) {
      const bytes = new Uint8Array(Math.min(uio.resid, this.terminal.room, PIECE))
      const moved = uio.read(bytes)
      this.terminal.write(bytes.subarray(0, moved))
      done += moved
      if (moved < bytes.length) break
    }
    return done
  }

  *#writeRest(l: Lwp, uio: Uio, already: number): Kthread<number> {
    let done = already
    while (uio.resid > 0) {
      try {
        yield* cvTimedwaitSig(l, this.terminal.writable.pollers, Number.POSITIVE_INFINITY, 'ttyout')
      } catch (error) {
        if (done === 0) throw error
        break
      }
      const moved = this.#writeNow(uio)
      done += moved
      if (moved === 0 && this.terminal.room > 0) break
    }
    return done
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    const { terminal } = this
    const { proc } = l
    switch (request.kind) {
      case 'FIONREAD':
        request.answer = Math.max(0, terminal.available())
        return 0
      case 'TIOCGWINSZ':
        request.answer = { ...terminal.windowSize(), xpixel: 0, ypixel: 0 }
        return 0
      case 'TIOCSWINSZ':
        if (terminal.isBackground(proc) && meets(l, 'tty.window-size', `process ${proc.pid}`))
          this.#mustBeForeground(l, SIGTTOU)
        terminal.setWindowSize(request.rows, request.columns)
        return 0
      case 'TIOCGETA':
        request.answer = terminal.termios
        return 0
      case 'TIOCSETA':
        this.#mustBeForeground(l, SIGTTOU)
        terminal.setTermios(request.termios, request.when === 'flush')
        return 0
      case 'TIOCGPGRP':
        this.#mustBeControlling(l)
        request.answer = terminal.foreground
        return 0
      case 'TIOCSPGRP': {
        this.#mustBeControlling(l)
        if (request.group <= 0) throw EINVAL
        const member = [...proc.kernel.processes.values()].some(
          p => p.pgrp === request.group && p.session === proc.session,
        )
        if (!member) throw EPERM
        this.#mustBeForeground(l, SIGTTOU)
        terminal.setForeground(request.group)
        return 0
      }
      case 'TIOCGSID':
        request.answer = terminal.session === 0 ? proc.session : terminal.session
        return 0
      case 'TIOCSCTTY':
        // Only a session's leader gives it a terminal.
        if (proc.session !== proc.pid) throw EPERM
        takeAsControlling(l, terminal)
        return 0
      case 'TIOCNOTTY':
        if (terminal.session === proc.session && proc.session === proc.pid) terminal.disassociate(false)
        return 0
      case 'TIOCDRAIN':
        return 0
      case 'TIOCFLUSH':
        this.#mustBeForeground(l, SIGTTOU)
        if (request.input) terminal.flush()
        if (request.output) terminal.flushOutput()
        return 0
      case 'TIOCSTOP':
      case 'TIOCSTART':
        this.#mustBeForeground(l, SIGTTOU)
        terminal.hold(request.kind === 'TIOCSTOP')
        return 0
      case 'TIOCASK':
        this.#mustBeForeground(l, SIGTTOU)
        terminal.ask(request.stop)
        return 0
      case 'TIOCEXCL':
      case 'TIOCNXCL':
        terminal.isExclusive = request.kind === 'TIOCEXCL'
        return 0
      case 'TIOCGEXCL':
        request.answer = Number(terminal.isExclusive)
        return 0
      case 'TIOCOUTQ':
      case 'TIOCGETD':
        return 0
      case 'TIOCGPTPEER':
        throw EIO
      default:
        throw ENOTTY
    }
  }

  override poll(events: number): number {
    // Ctrl-D is something to read, not the end of the terminal.
    const readable = this.terminal.available() === 0 ? 0 : POLLIN | POLLRDNORM
    return ((this.terminal.room > 0 ? POLLOUT | POLLWRNORM : 0) | readable) & events
  }

  override pollSources(): readonly SelInfo[] {
    return [this.terminal.readable, this.terminal.writable]
  }

  override kqfilter(kn: Knote): Filterops {
    if (kn.kevent.filter === EVFILT_WRITE) return seltrueFilter
    if (kn.kevent.filter !== EVFILT_READ) throw EINVAL
    return selinfoFilter('ttyread', this.terminal.readable, k => {
      const available = this.terminal.available()
      k.kevent.data = Math.max(0, available)
      return available !== 0
    })
  }

  override stat(): Stat {
    return this.#vnode.getattr()
  }

  override reopen(_l: Lwp, flags: number): TerminalFile {
    return new TerminalFile(this.terminal, flags, this.#vnode)
  }

  close(): void {
    this.terminal.closed()
  }
}

/** A session gets a controlling terminal, instead of any it had. */
export function takeAsControlling(l: Lwp, terminal: Tty): void {
  const had = controllingTty(l)
  if (had === terminal) return
  if (had !== undefined) had.session = 0
  terminal.session = l.proc.session
  terminal.setForeground(l.proc.pgrp)
}
