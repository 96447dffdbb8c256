/**
 * The guest's terminal: the host's, shared by descriptors 0 to 2 and /dev/tty. The host's driver does the work while the settings are the usual
 * ones and no shell moves the foreground about; otherwise the host's terminal is made raw, and the line discipline is ours.
 */
import { HostError, type HostStream, type TerminalMode } from '../../host/host.ts'
import { EIO } from '../errno.ts'
import type { Termios } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { livingProcesses, powerOff } from '../power-off.ts'
import type { Proc } from '../proc.ts'
import { POLLIN, POLLRDNORM, SelInfo } from '../selinfo.ts'
import { SIGINT, SIGQUIT, SIGTSTP, SIGWINCH } from '../signal/numbers.ts'
import { postSignal } from '../signal/post.ts'
import { SI_KERNEL } from '../signal/siginfo.ts'
import { LineDiscipline } from './line-discipline.ts'
import { defaultTermios, modeFor } from './termios.ts'
import type { Tty, WindowSize } from './tty.ts'

const signals = { SIGINT, SIGQUIT, SIGTSTP } as const
const PIECE = 4096
const USUAL_SIZE = { rows: 24, columns: 80 }

export class Terminal implements Tty {
  readonly kernel: Kernel
  readonly #input: HostStream
  readonly #output: HostStream
  readonly readable = new SelInfo()
  /** Never waited for: the host's terminal takes everything, if slowly. */
  readonly writable = new SelInfo()
  readonly room = Number.POSITIVE_INFINITY
  #termios = defaultTermios()
  #mode: TerminalMode = 'cooked'
  readonly #discipline = new LineDiscipline()
  /** The group that a shell put into the foreground, 0 until one has. */
  #foreground = 0
  session: number
  isExclusive = false
  #size: WindowSize | undefined

  constructor(kernel: Kernel, input: HostStream, output: HostStream) {
    this.kernel = kernel
    this.session = kernel.first?.session ?? 0
    this.#input = input
    this.#output = output
    input.onReadable(() => {
      if (this.#mode !== 'cooked') this.#pump()
      this.readable.notify(POLLIN | POLLRDNORM)
    })
  }

  get termios(): Termios {
    return this.#termios
  }

  setTermios(t: Termios, flush: boolean): void {
    this.#termios = t
    if (flush) this.#discipline.flush()
    this.#discipline.changed(t)
    this.#chooseMode()
  }

  /** Throws away what was typed and not read. */
  flush(): void {
    if (this.#mode !== 'cooked') this.#pump()
    this.#discipline.flush()
  }

  /** The process group that the keyboard's signals go to. */
  get foreground(): number {
    return this.#foreground === 0 ? (this.kernel.first?.pgrp ?? 0) : this.#foreground
  }

  setForeground(group: number): void {
    this.#foreground = group
    this.#chooseMode()
  }

  isBackground(p: Proc): boolean {
    return p.session === this.session && p.pgrp !== this.foreground
  }

  /**
   * The first program has ended: the terminal is the command's again, as a shell takes it back from a job. Who is in the first program's group
   * stays in the foreground, as the command itself is there with them; the keys are ours no longer if none of them is left.
   */
  disassociate(isExit: boolean): void {
    if (!isExit) {
      this.session = 0
      return
    }
    this.#foreground = 0
    const isUsed = livingProcesses(this.kernel).some(p => p.pgrp === this.foreground)
    if (!isUsed) this.#termios = defaultTermios()
    this.#chooseMode()
  }

  #chooseMode(): void {
    const wanted = modeFor(this.#termios)
    // The host's own Ctrl-Z would stop the emulator, shell and all.
    const mode = wanted === 'cooked' && this.#foreground !== 0 ? 'raw' : wanted
    if (mode === this.#mode) return
    this.#mode = mode
    this.kernel.host.terminal.setMode(mode)
    // From now on the signal keys are seen only if somebody reads.
    if (mode !== 'cooked') this.#pump()
  }

  windowSize(): WindowSize {
    return this.#size ?? this.kernel.host.terminal.windowSize() ?? USUAL_SIZE
  }

  /** As a program says; the host's own window stays as it is. */
  setWindowSize(rows: number, columns: number): void {
    const was = this.windowSize()
    if (was.rows === rows && was.columns === columns) return
    this.#size = { rows, columns }
    this.signalForeground(SIGWINCH)
  }

  /** The host's window has another size: that is the terminal's, whatever was said before. */
  resized(): void {
    this.#size = undefined
  }

  /** Ctrl-C is for the command once the first program has ended. */
  #keyboardSignal(name: keyof typeof signals): void {
    if (name === 'SIGINT' && this.kernel.first?.exitStatus !== undefined) powerOff(this.kernel)
    else this.signalForeground(signals[name])
  }

  signalForeground(signo: number): void {
    const { foreground } = this
    for (const p of [...this.kernel.processes.values()])
      if (p.pgrp === foreground) postSignal(p, signo, { code: SI_KERNEL })
  }

  /** Moves what has arrived through the line discipline. */
  #pump(): void {
    for (;;) {
      const bytes = this.#input.take(PIECE)
      if (bytes === undefined) return
      if (bytes.length === 0) {
        if (this.#discipline.ready.length === 0) this.#discipline.ready.push(bytes)
        return
      }
      this.#discipline.input(bytes, this.#termios, {
        echo: list => this.#echo(list),
        signal: name => this.#keyboardSignal(name),
        // The host's terminal holds what it shows itself.
        hold: () => {},
        flushed: () => {},
      })
    }
  }

  write(bytes: Uint8Array): void {
    try {
      this.#output.write(bytes)
    } catch (error) {
      throw error instanceof HostError ? EIO : error
    }
  }

  hold(): void {}

  flushOutput(): void {}

  ask(): void {}

  opened(): void {}

  closed(): void {}

  #echo(bytes: readonly number[]): void {
    try {
      this.write(Uint8Array.from(bytes))
    } catch (error) {
      // Nobody looks at a terminal that is gone.
      if (error !== EIO) throw error
    }
  }

  /** Takes input, a line at most while lines are read; undefined: none yet; empty: the end. */
  take(max: number): Uint8Array | undefined {
    const { ready } = this.#discipline
    if (this.#mode !== 'cooked') this.#pump()
    const first = ready[0]
    if (first === undefined) return this.#mode === 'cooked' ? this.#input.take(max) : undefined
    if (first.length > max) {
      ready[0] = first.subarray(max)
      return first.subarray(0, max)
    }
    ready.shift()
    return first
  }

  /** Bytes that a read would give now; -1 at the end. */
  available(): number {
    if (this.#mode !== 'cooked') this.#pump()
    const { waiting, ready } = this.#discipline
    if (ready.length > 0) return waiting === 0 ? -1 : waiting
    return this.#mode === 'cooked' ? this.#input.available() : 0
  }
}
