/**
 * The guest's terminal: the host's, shared by descriptors 0 to 2 and /dev/tty. The host's driver does the work while the settings are the usual
 * ones; otherwise it is made raw, and the line discipline is ours.
 */
import type { HostStream } from '../../host/host.ts'
import type { Termios } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { POLLIN, POLLRDNORM, SelInfo } from '../selinfo.ts'
import { SIGINT, SIGQUIT, SIGTSTP, SIGWINCH } from '../signal/numbers.ts'
import { postSignal } from '../signal/post.ts'
import { LineDiscipline } from './line-discipline.ts'
import { defaultTermios, isPlainCooked } from './termios.ts'

const signals = { SIGINT, SIGQUIT, SIGTSTP } as const

export class Terminal {
  readonly kernel: Kernel
  readonly #input: HostStream
  readonly output: HostStream
  readonly readable = new SelInfo()
  #termios = defaultTermios()
  #raw = false
  readonly #discipline = new LineDiscipline()
  /** The foreground process group, 0 until one is set: then it is whoever asks. */
  foreground = 0
  session = 0
  #size: { rows: number; columns: number } | undefined

  constructor(kernel: Kernel, input: HostStream, output: HostStream) {
    this.kernel = kernel
    this.#input = input
    this.output = output
    input.onReadable(() => {
      if (this.#raw) this.#pump()
      this.readable.notify(POLLIN | POLLRDNORM)
    })
  }

  get termios(): Termios {
    return this.#termios
  }

  setTermios(t: Termios, flush: boolean): void {
    this.#termios = t
    if (flush) this.#discipline.ready.length = 0
    const raw = !isPlainCooked(t)
    if (raw === this.#raw) return
    this.#raw = raw
    this.kernel.host.terminal.setRawMode(raw)
  }

  windowSize(): { rows: number; columns: number } {
    return this.#size ?? this.kernel.host.terminal.windowSize() ?? { rows: 24, columns: 80 }
  }

  setWindowSize(rows: number, columns: number): void {
    this.#size = { rows, columns }
    this.signalForeground(SIGWINCH)
  }

  /** Sends a signal to the foreground process group. */
  signalForeground(signo: number): void {
    for (const p of this.kernel.processes.values())
      if (this.foreground === 0 || p.pgrp === this.foreground) postSignal(p, signo)
  }

  /** Moves what has arrived through the line discipline. */
  #pump(): void {
    for (;;) {
      const bytes = this.#input.take(4096)
      if (bytes === undefined) return
      if (bytes.length === 0) {
        this.#discipline.ready.push(bytes)
        return
      }
      this.#discipline.input(bytes, this.#termios, {
        echo: list => this.output.write(Uint8Array.from(list)),
        signal: name => this.signalForeground(signals[name]),
      })
    }
  }

  /** Takes input, a line at most while lines are read; undefined: none yet; empty: the end. */
  take(max: number): Uint8Array | undefined {
    const { ready } = this.#discipline
    if (this.#raw) this.#pump()
    const first = ready[0]
    if (first === undefined) return this.#raw ? undefined : this.#input.take(max)
    if (first.length > max) {
      ready[0] = first.subarray(max)
      return first.subarray(0, max)
    }
    ready.shift()
    return first
  }

  /** Bytes that a read would give now; -1 at the end. */
  available(): number {
    if (this.#raw) this.#pump()
    const { ready } = this.#discipline
    const waiting = ready.reduce((n, b) => n + b.length, 0)
    if (ready.length > 0) return waiting === 0 ? -1 : waiting
    return this.#raw ? 0 : this.#input.available()
  }
}
