/** What a terminal's descriptors need of it, whether the host's is behind it or a program. NetBSD: struct tty, sys/sys/tty.h. */
import type { Termios } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import type { Proc } from '../proc.ts'
import type { SelInfo } from '../selinfo.ts'

export interface WindowSize {
  readonly rows: number
  readonly columns: number
}

export interface Tty {
  readonly termios: Termios
  setTermios(t: Termios, flush: boolean): void
  /** Throws away what was typed and not read. */
  flush(): void
  windowSize(): WindowSize
  setWindowSize(rows: number, columns: number): void
  /** The process group that the keyboard's signals go to. */
  readonly foreground: number
  setForeground(group: number): void
  /** The leader of the session whose controlling terminal it is gives it up, or has ended (Linux: disassociate_ctty). */
  disassociate(isExit: boolean): void
  /** Whether job control keeps a process from the terminal. */
  isBackground(p: Proc): boolean
  /** The session whose controlling terminal it is, 0: none. */
  session: number
  readonly readable: SelInfo
  /** Takes input, a line at most while lines are read; undefined: none yet; empty: the end. */
  take(max: number): Uint8Array | undefined
  /** Bytes that a read would give now; -1 at the end. */
  available(): number
  /** There is room for output when this says so. */
  readonly writable: SelInfo
  /** Bytes of output that are taken now. */
  readonly room: number
  /** @throws EIO where nobody is behind it any more. */
  write(bytes: Uint8Array): void
  /** A program holds its own output (tcflow), or lets it go on. */
  hold(on: boolean): void
  /** Throws away what was written and not yet taken. */
  flushOutput(): void
  /** Sends the other side the character that stops it, or starts it again. */
  ask(stop: boolean): void
  /** Nobody but root opens it anew (TIOCEXCL). */
  isExclusive: boolean
  /** A descriptor was opened or closed. */
  opened(): void
  closed(): void
}

const terminals = new WeakMap<Kernel, Set<Tty>>()

/** All terminals of a machine. */
export function ttysOf(kernel: Kernel): Set<Tty> {
  const known = terminals.get(kernel) ?? new Set<Tty>()
  terminals.set(kernel, known)
  return known
}

/** The controlling terminal of a process's session. */
export function controllingTty(l: Lwp): Tty | undefined {
  for (const tty of ttysOf(l.proc.kernel)) if (tty.session === l.proc.session) return tty
  return undefined
}
