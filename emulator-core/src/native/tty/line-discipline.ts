/** Turns keys into input while the host's terminal is raw: lines, echo, signal characters. NetBSD: ttyinput, sys/kern/tty.c; Linux: n_tty.c. */
import type { Termios } from '../file.ts'
import {
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  ECHONL,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNCR,
  INLCR,
  ISIG,
  ISTRIP,
  IUTF8,
  IXANY,
  IXON,
  NOFLSH,
  VEOF,
  VEOL,
  VEOL2,
  VERASE,
  VINTR,
  VKILL,
  VLNEXT,
  VQUIT,
  VREPRINT,
  VSTART,
  VSTOP,
  VSUSP,
  VWERASE,
} from './termios.ts'

const TAB = 9
const NL = 10
const CR = 13
const SPACE = 32
const DELETE = 127
const CARET = 94
const BACKSPACE = 8
const TAB_WIDTH = 8
const DISABLED = 0
const LINE_MAX = 4095
/** Input that nobody reads is kept up to this; what comes then is lost, as from any terminal. */
const READY_MAX = 1 << 16

export interface LineEffects {
  echo(bytes: readonly number[]): void
  signal(name: 'SIGINT' | 'SIGQUIT' | 'SIGTSTP'): void
  /** ^S and ^Q, and with IXANY any other key, hold output and let it go on. */
  hold(on: boolean): void
  /** Input that was not read has been thrown away for a signal, and so is output. */
  flushed(): void
}

const signalCharacters = [
  [VINTR, 'SIGINT'],
  [VQUIT, 'SIGQUIT'],
  [VSUSP, 'SIGTSTP'],
] as const

export class LineDiscipline {
  /** Complete lines, or all there is when not canonical. An empty one is an end of file. */
  readonly ready: Uint8Array[] = []
  #line: number[] = []
  /** The next key is taken as it is (VLNEXT). */
  #literal = false

  /** Bytes that reads would give. */
  get waiting(): number {
    return this.ready.reduce((n, b) => n + b.length, 0)
  }

  input(bytes: Uint8Array, t: Termios, effects: LineEffects): void {
    if (this.waiting > READY_MAX) return
    for (const b of bytes) this.#key(b, t, effects)
    if ((t.lflag & ICANON) === 0) this.#complete()
  }

  /** Everything that was not read is gone (tcflush). */
  flush(): void {
    this.ready.length = 0
    this.#line = []
  }

  /** New settings: without lines, an unfinished one is input as it stands. */
  changed(t: Termios): void {
    if ((t.lflag & ICANON) === 0) this.#complete()
  }

  #complete(): void {
    if (this.#line.length === 0) return
    this.ready.push(Uint8Array.from(this.#line))
    this.#line = []
  }

  #key(byte: number, t: Termios, effects: LineEffects): void {
    let b = (t.iflag & ISTRIP) !== 0 ? byte & 0x7f : byte
    const canonical = (t.lflag & ICANON) !== 0
    if (this.#literal) {
      this.#literal = false
      this.#append(b, t, effects)
      return
    }
    if (b === CR) {
      if ((t.iflag & IGNCR) !== 0) return
      if ((t.iflag & ICRNL) !== 0) b = NL
    } else if (b === NL && (t.iflag & INLCR) !== 0) b = CR
    const is = (i: number): boolean => t.cc[i] !== DISABLED && t.cc[i] === b
    if ((t.iflag & IXON) !== 0) {
      if (is(VSTART) || is(VSTOP)) {
        effects.hold(!is(VSTART))
        return
      }
      if ((t.iflag & IXANY) !== 0) effects.hold(false)
    }
    if ((t.lflag & ISIG) !== 0 && this.#signal(is, b, t, effects)) return
    if (canonical && this.#edit(is, t, effects)) return
    if (canonical && (b === NL || is(VEOL) || (is(VEOL2) && (t.lflag & IEXTEN) !== 0))) {
      if ((t.lflag & ECHO) !== 0 || (b === NL && (t.lflag & ECHONL) !== 0)) effects.echo([b])
      this.#line.push(b)
      this.#complete()
      return
    }
    this.#append(b, t, effects)
  }

  #append(b: number, t: Termios, effects: LineEffects): void {
    if (this.#line.length >= LINE_MAX) return
    this.#line.push(b)
    if ((t.lflag & ECHO) !== 0) effects.echo(shown(b, t))
  }

  #signal(is: (i: number) => boolean, b: number, t: Termios, effects: LineEffects): boolean {
    for (const [i, name] of signalCharacters) {
      if (!is(i)) continue
      if ((t.lflag & NOFLSH) === 0) {
        this.flush()
        effects.flushed()
      }
      if ((t.iflag & IXON) !== 0) effects.hold(false)
      if ((t.lflag & ECHO) !== 0) effects.echo(shown(b, t))
      effects.signal(name)
      return true
    }
    return false
  }

  /** Keys that change the line or end it without being part of it. */
  #edit(is: (i: number) => boolean, t: Termios, effects: LineEffects): boolean {
    const extended = (t.lflag & IEXTEN) !== 0
    if (is(VEOF)) {
      this.ready.push(Uint8Array.from(this.#line))
      this.#line = []
    } else if (is(VERASE)) this.#erase(this.#characterStart(t), t, effects)
    else if (is(VKILL)) this.#kill(t, effects)
    else if (is(VWERASE) && extended) this.#erase(this.#wordStart(t), t, effects)
    else if (is(VLNEXT) && extended) {
      this.#literal = true
      if ((t.lflag & (ECHO | ECHOCTL)) === (ECHO | ECHOCTL)) effects.echo([CARET, BACKSPACE])
    } else if (is(VREPRINT) && extended) {
      if ((t.lflag & ECHO) !== 0)
        effects.echo([...shown(t.cc[VREPRINT], t), NL, ...this.#line.flatMap(b => shown(b, t))])
    } else return false
    return true
  }

  #kill(t: Termios, effects: LineEffects): void {
    if ((t.lflag & (ECHOK | ECHOKE | ECHOE)) === (ECHOK | ECHOKE | ECHOE)) {
      this.#erase(0, t, effects)
      return
    }
    this.#line = []
    if ((t.lflag & ECHO) !== 0) effects.echo([...shown(t.cc[VKILL], t), ...((t.lflag & ECHOK) !== 0 ? [NL] : [])])
  }

  /** Where the last character begins: several bytes in UTF-8. */
  #characterStart(t: Termios, end = this.#line.length): number {
    let start = end - 1
    if ((t.iflag & IUTF8) !== 0) while (start > 0 && (this.#line[start] & 0xc0) === 0x80) start--
    return Math.max(0, start)
  }

  #wordStart(t: Termios): number {
    let at = this.#line.length
    while (at > 0 && isBlank(this.#line[at - 1])) at = this.#characterStart(t, at)
    while (at > 0 && !isBlank(this.#line[at - 1])) at = this.#characterStart(t, at)
    return at
  }

  #erase(from: number, t: Termios, effects: LineEffects): void {
    if (this.#line.length === 0) return
    const columns = columnsOf(this.#line, t) - columnsOf(this.#line.slice(0, from), t)
    this.#line.length = from
    if ((t.lflag & ECHO) === 0) return
    if ((t.lflag & ECHOE) === 0) effects.echo(shown(t.cc[VERASE], t))
    else for (let i = 0; i < columns; i++) effects.echo([BACKSPACE, SPACE, BACKSPACE])
  }
}

function isBlank(b: number): boolean {
  return b === SPACE || b === TAB
}

function isControl(b: number): boolean {
  return b < SPACE || b === DELETE
}

/** How a key is echoed: ^C for a control character. */
function shown(b: number, t: Termios): number[] {
  return isControl(b) && b !== TAB && b !== NL && (t.lflag & ECHOCTL) !== 0 ? [CARET, b ^ 64] : [b]
}

/** Columns on the screen, as far as the line alone tells. */
function columnsOf(line: readonly number[], t: Termios): number {
  let columns = 0
  for (const b of line) {
    if (b === TAB) columns += TAB_WIDTH - (columns % TAB_WIDTH)
    else if (isControl(b)) columns += (t.lflag & ECHOCTL) !== 0 ? 2 : 0
    else if ((t.iflag & IUTF8) === 0 || (b & 0xc0) !== 0x80) columns++
  }
  return columns
}
