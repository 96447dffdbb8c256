/** A terminal with a program in the place of keyboard and screen: sys/kern/tty_pty.c. */
import { EIO } from '../errno.ts'
import type { Termios } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import type { Proc } from '../proc.ts'
import { POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM, SelInfo } from '../selinfo.ts'
import { SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGWINCH } from '../signal/numbers.ts'
import { postSignal } from '../signal/post.ts'
import { SI_KERNEL } from '../signal/siginfo.ts'
import { LineDiscipline } from './line-discipline.ts'
import { OutputProcessing } from './output-processing.ts'
import { defaultTermios, IUTF8, IXON, VSTART, VSTOP } from './termios.ts'
import type { Tty, WindowSize } from './tty.ts'

const signals = { SIGINT, SIGQUIT, SIGTSTP } as const
const OUTPUT_MAX = 65536
const ECHO_MAX = 4096
/** What a packet's first byte says (ioctl_tty(2), TIOCPKT); 0: the rest is output. */
const PKT_FLUSHREAD = 1
const PKT_FLUSHWRITE = 2
const PKT_STOP = 4
const PKT_START = 8
const PKT_NOSTOP = 16
const PKT_DOSTOP = 32
const CONTROL_S = 19
const CONTROL_Q = 17
const NOTHING = new Uint8Array(0)

export class PseudoTerminal implements Tty {
  readonly #kernel: Kernel
  readonly readable = new SelInfo()
  readonly writable = new SelInfo()
  /** The other side: what the program behind the terminal waits for. */
  readonly masterReadable = new SelInfo()
  #termios: Termios
  readonly #discipline = new LineDiscipline()
  readonly #processing = new OutputProcessing()
  readonly #output: Uint8Array[] = []
  #outputSize = 0
  /** Output is held, by ^S or a program; only the program itself undoes its own. */
  #isHeld = false
  #isHeldByProgram = false
  readonly #heldEcho: number[] = []
  /** Nobody opens the other side before unlockpt(3). */
  isLocked = true
  isExclusive = false
  #isPacketMode = false
  #packetStatus = 0
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
    const before = this.#termios
    this.#termios = t
    const stops = stopsAsUsual(t)
    if (stops !== stopsAsUsual(before)) this.#tell(stops ? PKT_DOSTOP : PKT_NOSTOP, PKT_DOSTOP | PKT_NOSTOP)
    if ((before.iflag & ~t.iflag & IXON) !== 0) this.#hold(false)
    if (flush) this.flush()
    this.#discipline.changed(t)
  }

  flush(): void {
    this.#discipline.flush()
    this.#tell(PKT_FLUSHREAD)
  }

  /** What was written is already with the program behind the terminal, as on Linux: it is only told. */
  flushOutput(): void {
    this.#tell(PKT_FLUSHWRITE)
  }

  hold(on: boolean): void {
    if (on === this.#isHeldByProgram) return
    this.#isHeldByProgram = false
    this.#hold(on)
    this.#isHeldByProgram = on
  }

  #hold(on: boolean): void {
    if (on === this.#isHeld || this.#isHeldByProgram) return
    this.#isHeld = on
    this.#tell(on ? PKT_STOP : PKT_START, PKT_STOP | PKT_START)
    if (on) return
    if (this.#heldEcho.length > 0) this.#show(Uint8Array.from(this.#heldEcho.splice(0)))
    this.writable.notify(POLLOUT | POLLWRNORM)
  }

  ask(stop: boolean): void {
    const character = this.#termios.cc[stop ? VSTOP : VSTART]
    // Also while output is held; but nobody fills this computer's memory by asking.
    if (character !== 0 && this.#outputSize < OUTPUT_MAX) this.#send(Uint8Array.of(character))
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

  /** Who works at it is hung up, and it is nobody's. */
  disassociate(isExit: boolean): void {
    this.#signal(SIGHUP)
    if (!isExit) this.#signal(SIGCONT)
    this.session = 0
    this.#foreground = 0
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
    if (this.#isHungUp) return OUTPUT_MAX
    return this.#isHeld ? 0 : Math.max(0, OUTPUT_MAX - this.#outputSize)
  }

  write(bytes: Uint8Array): void {
    if (this.#isHungUp) throw EIO
    this.#show(bytes)
  }

  #show(bytes: Uint8Array): void {
    this.#send(this.#processing.process(bytes, this.#termios))
  }

  #send(bytes: Uint8Array): void {
    this.#output.push(bytes)
    this.#outputSize += bytes.length
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

  get isPacketMode(): boolean {
    return this.#isPacketMode
  }

  setPacketMode(on: boolean): void {
    this.#isPacketMode = on
    this.#packetStatus = 0
  }

  /** Something has happened that packet mode speaks of, instead of what it said before of the same matter. */
  #tell(status: number, matter = 0): void {
    if (!this.#isPacketMode) return
    this.#packetStatus = (this.#packetStatus & ~matter) | status
    this.masterReadable.notify(POLLIN | POLLRDNORM | POLLPRI)
  }

  get hasStatus(): boolean {
    return this.#packetStatus !== 0
  }

  /** What was written to the terminal, or in packet mode a packet; undefined: nothing yet. @throws EIO when nobody has the terminal open any more. */
  takeOutput(max: number): Uint8Array | undefined {
    if (this.#packetStatus !== 0) {
      const status = this.#packetStatus
      this.#packetStatus = 0
      return Uint8Array.of(status)
    }
    if (this.#outputSize === 0) {
      if (this.isAbandoned) throw EIO
      return undefined
    }
    const start = this.#isPacketMode ? 1 : 0
    const given = new Uint8Array(Math.min(max, this.#outputSize + start))
    for (let at = start; at < given.length; ) {
      const [first] = this.#output
      const part = first.subarray(0, given.length - at)
      given.set(part, at)
      at += part.length
      if (part.length < first.length) this.#output[0] = first.subarray(part.length)
      else this.#output.shift()
    }
    this.#outputSize -= given.length - start
    if (this.room > 0) this.writable.notify(POLLOUT | POLLWRNORM)
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
        if (this.#isHeld) this.#heldEcho.push(...list.slice(0, ECHO_MAX - this.#heldEcho.length))
        else if (this.room > 0) this.#show(Uint8Array.from(list))
      },
      signal: name => this.#signal(signals[name]),
      hold: on => this.#hold(on),
      flushed: () => {
        this.flushOutput()
        this.#tell(PKT_FLUSHREAD)
      },
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

/** Whether ^S and ^Q hold the output: what packet mode tells of. */
function stopsAsUsual(t: Termios): boolean {
  return (t.iflag & IXON) !== 0 && t.cc[VSTOP] === CONTROL_S && t.cc[VSTART] === CONTROL_Q
}
