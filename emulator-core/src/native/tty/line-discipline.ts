/** Turns keys into input while the host's terminal is raw: lines, echo, signal characters. NetBSD: ttyinput, sys/kern/tty.c. */
import type { Termios } from '../file.ts'
import {
  ECHO,
  ECHOE,
  ECHONL,
  ICANON,
  ICRNL,
  IGNCR,
  INLCR,
  ISIG,
  VEOF,
  VEOL,
  VERASE,
  VINTR,
  VKILL,
  VQUIT,
  VSUSP,
} from './termios.ts'

const NL = 10
const CR = 13
const DISABLED = 0
const LINE_MAX = 4095

export interface LineEffects {
  echo(bytes: readonly number[]): void
  signal(name: 'SIGINT' | 'SIGQUIT' | 'SIGTSTP'): void
}

export class LineDiscipline {
  /** Complete lines, or all there is when not canonical. An empty one is an end of file. */
  readonly ready: Uint8Array[] = []
  #line: number[] = []

  input(bytes: Uint8Array, t: Termios, effects: LineEffects): void {
    if ((t.lflag & (ICANON | ISIG | ECHO)) === 0 && (t.iflag & (ICRNL | INLCR | IGNCR)) === 0) {
      if (bytes.length > 0) this.ready.push(bytes)
      return
    }
    for (const b of bytes) this.#key(b, t, effects)
    if ((t.lflag & ICANON) === 0) this.#flush()
  }

  #flush(): void {
    if (this.#line.length === 0) return
    this.ready.push(Uint8Array.from(this.#line))
    this.#line = []
  }

  #key(byte: number, t: Termios, effects: LineEffects): void {
    let b = byte
    if (b === CR) {
      if ((t.iflag & IGNCR) !== 0) return
      if ((t.iflag & ICRNL) !== 0) b = NL
    } else if (b === NL && (t.iflag & INLCR) !== 0) b = CR
    const is = (i: number): boolean => t.cc[i] !== DISABLED && t.cc[i] === b
    if ((t.lflag & ISIG) !== 0) {
      const signal = is(VINTR) ? 'SIGINT' : is(VQUIT) ? 'SIGQUIT' : is(VSUSP) ? 'SIGTSTP' : undefined
      if (signal !== undefined) {
        this.#line = []
        if ((t.lflag & ECHO) !== 0) effects.echo([94, b + 64])
        effects.signal(signal)
        return
      }
    }
    if ((t.lflag & ICANON) !== 0 && this.#edit(b, is, t, effects)) return
    if (this.#line.length >= LINE_MAX && b !== NL) return
    this.#line.push(b)
    if ((t.lflag & ECHO) !== 0 || (b === NL && (t.lflag & (ECHONL | ICANON)) === (ECHONL | ICANON)))
      this.#echo(b, effects)
    if (b === NL || is(VEOL)) this.#flush()
  }

  /** Erase, kill and end of file. */
  #edit(_b: number, is: (i: number) => boolean, t: Termios, effects: LineEffects): boolean {
    if (is(VEOF)) {
      this.ready.push(Uint8Array.from(this.#line))
      this.#line = []
      return true
    }
    const count = is(VERASE) ? Math.min(1, this.#line.length) : is(VKILL) ? this.#line.length : -1
    if (count < 0) return false
    this.#line.length -= count
    if ((t.lflag & (ECHO | ECHOE)) === (ECHO | ECHOE)) for (let i = 0; i < count; i++) effects.echo([8, 32, 8])
    return true
  }

  #echo(b: number, effects: LineEffects): void {
    if (b === NL) effects.echo([CR, NL])
    else if (b < 32 && b !== 9) effects.echo([94, b + 64])
    else effects.echo([b])
  }
}
