/** The worker's main loop: gives the guest slices of time, and messages their turn between them. */
import { livingProcesses } from '../native/power-off.ts'
import type { Control } from './control.ts'
import type { StopReason } from './protocol.ts'
import type { Stops } from './stops.ts'
import type { EmulatedSystem } from './system.ts'
import { liveThreads, ThreadWatch } from './thread-watch.ts'

/** While the reader of the output is behind, the guest stands this long before it is looked at again. */
const OUTPUT_WAIT_MS = 2
const LONGEST_TIMER_MS = 0x7fff_ffff

export interface DriverReports {
  stopped(tid: number, reason: StopReason): void
  thread(tid: number, started: boolean): void
  /** The first program is gone, with wait(2)'s status; `others`: how many processes still run. */
  exited(status: number, others: number): void
  /** Nothing runs any more. */
  ended(): void
}

export class Driver {
  readonly #system: EmulatedSystem
  readonly #control: Control
  readonly #stops: Stops
  readonly #reports: DriverReports
  readonly #threads: ThreadWatch
  #held = true
  #ended = false
  #exited = false
  #wake: (() => void) | undefined

  constructor(system: EmulatedSystem, control: Control, stops: Stops, reports: DriverReports) {
    this.#system = system
    this.#control = control
    this.#stops = stops
    this.#reports = reports
    this.#threads = new ThreadWatch(system.kernel, (tid, started) => reports.thread(tid, started))
    system.kernel.scheduler.onRunnable = () => this.poke()
    system.holdTime()
  }

  get held(): boolean {
    return this.#held
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Lets the guest run. */
  release(): void {
    if (!this.#held || this.#ended) return
    this.#held = false
    this.#system.releaseTime()
    this.poke()
  }

  /** Something came that a waiting loop must look at. */
  poke(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  /** Runs until the program, and whatever it has started, has ended. */
  async loop(): Promise<void> {
    while (!this.#ended) {
      if (this.#held) await this.#sleep(LONGEST_TIMER_MS)
      else if (this.#control.pauseRequested) this.#pause()
      else if (this.#control.outputBlocked) await this.#sleep(OUTPUT_WAIT_MS)
      else await this.#slice()
    }
  }

  async #slice(): Promise<void> {
    const result = this.#system.runSlice()
    this.#threads.look()
    this.#tellExit(this.#system.first.exitStatus)
    switch (result.kind) {
      case 'more':
        return new Promise(resolve => setImmediate(resolve))
      case 'idle':
        return this.#sleep(Math.max(0, (result.until - this.#system.kernel.clock.monotonic()) / 1e6))
      case 'stopped': {
        const stop = this.#stops.take()
        this.#hold(stop?.thread.id ?? result.thread.id, stop?.reason ?? { kind: 'pause' })
        return
      }
      case 'exited':
        this.#ended = true
        this.#tellExit(result.status)
        this.#reports.ended()
    }
  }

  #tellExit(status: number | undefined): void {
    if (this.#exited || status === undefined) return
    this.#exited = true
    this.#reports.exited(status, livingProcesses(this.#system.kernel).length)
  }

  #pause(): void {
    const { first, kernel } = this.#system
    const [some = first.pid] = [kernel.current, ...first.lwps.values(), ...liveThreads(kernel)].flatMap(
      l => l?.id ?? [],
    )
    this.#hold(some, { kind: 'pause' })
  }

  #hold(tid: number, reason: StopReason): void {
    this.#control.clearPause()
    this.#stops.setGoal(undefined)
    this.#held = true
    this.#system.holdTime()
    this.#reports.stopped(tid, reason)
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => this.poke(), Math.min(Math.ceil(milliseconds), LONGEST_TIMER_MS))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
