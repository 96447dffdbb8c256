/** A terminal with a program in the place of keyboard and screen: sys/kern/tty_pty.c. */
import { EIO } from '../errno.ts'
import type { Termios } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import type { Proc } from '../proc.ts'
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, SelInfo } from '../selinfo.ts'
import { SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGWINCH } from '../signal/numbers.ts'
import { postSignal } from '../signal/post.ts'
import { SI_KERNEL } from '../signal/siginfo.ts'
import { LineDiscipline } from './line-discipline.ts'
import { defaultTermios, IUTF8, ONLCR, OPOST } from './termios.ts'
import type { Tty, WindowSize } from './tty.ts'

const signals = { SIGINT, SIGQUIT, SIGTSTP } as const
const OUTPUT_MAX = 65536
const CR = 13
const NL = 10
const NOTHING = new Uint8Array(0)

export class PseudoTerminal implements Tty {
  readonly #kernel: Kernel
  readonly readable = new SelInfo()
  readonly writable = new SelInfo()
  /** The other side: what the program behind the terminal waits for. */
  readonly masterReadable = new SelInfo()
  #termios: Termios
  readonly #discipline = new LineDiscipline()
  readonly #output: Uint8Array[] = []
  #outputSize = 0
  #foreground = 0
  session = 0
  #size: WindowSize = { rows: 0, columns: 0 }
  #slaves = 0
  #wasOpened = false
  #isHungUp = false

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    const usual = defaultTermios()
    // A program does not say what its characters are.
    this.#termios = { ...usual, iflag: usual.iflag & ~IUTF8 }
  }

  get termios(): Termios {
    return this.#termios
  }

  setTermios(t: Termios, flush: boolean): void {
    this.#termios = t
    if (flush) this.#discipline.flush()
    this.#discipline.changed(t)
  }

  flush(): void {
    this.#discipline.flush()
  }

  windowSize(): WindowSize {
    return this.#size
  }

  setWindowSize(rows: number, columns: number): void {
    if (rows === this.#size.rows && columns === this.#size.columns) return
    this.#size = { rows, columns }
    this.#signal(SIGWINCH)
  }

  get foreground(): number {
    return this.#foreground
  }

  setForeground(group: number): void {
    this.#foreground = group
  }

  isBackground(p: Proc): boolean {
    return this.#foreground !== 0 && p.session === this.session && p.pgrp !== this.#foreground
  }

  #signal(signo: number): void {
    if (this.#foreground === 0) return
    for (const p of [...this.#kernel.processes.values()])
      if (p.pgrp === this.#foreground) postSignal(p, signo, { code: SI_KERNEL })
  }

  // --- the terminal's side ---

  take(max: number): Uint8Array | undefined {
    const { ready } = this.#discipline
    const first = ready[0]
    if (first === undefined) return this.#isHungUp ? NOTHING : undefined
    if (first.length > max) {
      ready[0] = first.subarray(max)
      return first.subarray(0, max)
    }
    ready.shift()
    return first
  }

  available(): number {
    const { ready, waiting } = this.#discipline
    if (ready.length > 0) return waiting === 0 ? -1 : waiting
    return this.#isHungUp ? -1 : 0
  }

  get room(): number {
    return this.#isHungUp ? OUTPUT_MAX : Math.max(0, OUTPUT_MAX - this.#outputSize)
  }

  write(bytes: Uint8Array): void {
    if (this.#isHungUp) throw EIO
    this.#show(bytes)
  }

  #show(bytes: Uint8Array): void {
    const translates = (this.#termios.oflag & (OPOST | ONLCR)) === (OPOST | ONLCR) && bytes.includes(NL)
    const shown = translates ? Uint8Array.from([...bytes].flatMap(b => (b === NL ? [CR, NL] : [b]))) : bytes.slice()
    this.#output.push(shown)
    this.#outputSize += shown.length
    this.masterReadable.notify(POLLIN | POLLRDNORM)
  }

  opened(): void {
    this.#slaves++
    this.#wasOpened = true
  }

  closed(): void {
    this.#slaves--
    if (this.#slaves === 0) this.masterReadable.notify(POLLHUP)
  }

  // --- the program's side ---

  /** What was written to the terminal; undefined: nothing yet. @throws EIO when nobody has the terminal open any more. */
  takeOutput(max: number): Uint8Array | undefined {
    if (this.#outputSize === 0) {
      if (this.isAbandoned) throw EIO
      return undefined
    }
    const given = new Uint8Array(Math.min(max, this.#outputSize))
    for (let at = 0; at < given.length; ) {
      const [first] = this.#output
      const part = first.subarray(0, given.length - at)
      given.set(part, at)
      at += part.length
      if (part.length < first.length) this.#output[0] = first.subarray(part.length)
      else this.#output.shift()
    }
    this.#outputSize -= given.length
    this.writable.notify(POLLOUT | POLLWRNORM)
    return given
  }

  get outputAvailable(): number {
    return this.#outputSize
  }

  get isAbandoned(): boolean {
    return this.#wasOpened && this.#slaves === 0
  }

  /** Keys. */
  type(bytes: Uint8Array): void {
    this.#discipline.input(bytes, this.#termios, {
      echo: list => {
        if (this.room > 0) this.#show(Uint8Array.from(list))
      },
      signal: name => this.#signal(signals[name]),
    })
    this.readable.notify(POLLIN | POLLRDNORM)
  }

  /** The program is gone: so are those who worked at the terminal. */
  hangUp(): void {
    this.#isHungUp = true
    if (this.session !== 0) {
      const leader = this.#kernel.processes.get(this.session)
      if (leader !== undefined) for (const signo of [SIGHUP, SIGCONT]) postSignal(leader, signo, { code: SI_KERNEL })
      for (const signo of [SIGHUP, SIGCONT]) this.#signal(signo)
    }
    this.session = 0
    this.#foreground = 0
    this.readable.notify(POLLIN | POLLRDNORM | POLLHUP)
    this.writable.notify(POLLOUT | POLLWRNORM)
  }
}
