/** What a terminal makes of output: new lines, tabs, capitals. NetBSD: ttyoutput, sys/kern/tty.c; Linux: do_output_char, n_tty.c. */

import type { Termios } from '../file.ts'
import { IUTF8, OCRNL, OLCUC, ONLCR, ONLRET, ONOCR, OPOST, TABDLY, XTABS } from './termios.ts'

const BACKSPACE = 8
const TAB = 9
const NL = 10
const CR = 13
const SPACE = 32
const DELETE = 127
const TAB_WIDTH = 8

export class OutputProcessing {
  /** Where the next character stands. */
  #column = 0

  /** The bytes as they reach the other side. */
  process(bytes: Uint8Array, t: Termios): Uint8Array {
    if ((t.oflag & OPOST) === 0) return bytes.slice()
    const out: number[] = []
    for (const b of bytes) this.#put(b, t, out)
    return Uint8Array.from(out)
  }

  #put(b: number, { iflag, oflag }: Termios, out: number[]): void {
    switch (b) {
      case NL:
        if ((oflag & (ONLCR | ONLRET)) !== 0) this.#column = 0
        if ((oflag & ONLCR) !== 0) out.push(CR)
        out.push(NL)
        return
      case CR:
        if ((oflag & ONOCR) !== 0 && this.#column === 0) return
        if ((oflag & OCRNL) === 0 || (oflag & ONLRET) !== 0) this.#column = 0
        out.push((oflag & OCRNL) === 0 ? CR : NL)
        return
      case TAB: {
        const width = TAB_WIDTH - (this.#column % TAB_WIDTH)
        this.#column += width
        if ((oflag & TABDLY) === XTABS) out.push(...new Array<number>(width).fill(SPACE))
        else out.push(TAB)
        return
      }
      case BACKSPACE:
        if (this.#column > 0) this.#column--
        out.push(b)
        return
    }
    if (b >= SPACE && b !== DELETE && ((iflag & IUTF8) === 0 || (b & 0xc0) !== 0x80)) this.#column++
    out.push((oflag & OLCUC) !== 0 && b >= 0x61 && b <= 0x7a ? b - SPACE : b)
  }
}
