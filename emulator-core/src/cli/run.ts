/** Runs a guest to its end on this thread: between two slices, what happened outside has its turn. */
import type { Host } from '../host/host.ts'
import { nodeHost } from '../host/node-host.ts'
import { NodeTerminal } from '../host/node-terminal.ts'
import { writeError } from '../host/text-output.ts'
import { livingProcesses } from '../native/power-off.ts'
import { EmulatedMachine } from '../session/emulated-machine.ts'
import { parseRun, type RunOptions, type Surroundings } from './options.ts'

const LONGEST_TIMER_MS = 0x7fff_ffff

/** wait(2)'s status as a shell tells it: 128 + n after signal n. */
export function shellStatus(status: number): number {
  const signo = status & 0x7f
  return signo === 0 ? status >> 8 : 128 + signo
}

/** `interlinear run`. @throws UsageError, LaunchError */
export async function run(words: readonly string[], around: Surroundings): Promise<number> {
  const machine = prepare(parseRun(words, around), nodeHost(new NodeTerminal()))
  machine.load()
  return runToEnd(machine)
}

/** A machine with the program loaded. @throws LaunchError */
export function prepare(options: RunOptions, host: Host): EmulatedMachine {
  const { launch, user, translations } = options
  return new EmulatedMachine({ ...launch, ...(user && { user }), ...(translations && { translations }) }, host)
}

/** After the program's own end, its last processes are given this long to end too before they are spoken of. */
const FAREWELL_MS = 200

/** Says once what the command still waits for, to whoever looks at a terminal. */
class Remaining {
  readonly #machine: EmulatedMachine
  #timer: NodeJS.Timeout | undefined

  constructor(machine: EmulatedMachine) {
    this.#machine = machine
  }

  look(): void {
    if (this.#timer !== undefined || this.#machine.first.exitStatus === undefined) return
    this.#timer = setTimeout(() => this.#say(), FAREWELL_MS)
  }

  #say(): void {
    const { kernel } = this.#machine
    if (kernel.host.terminal.stream(2).kind !== 'terminal') return
    const count = livingProcesses(kernel).length
    const rest =
      count === 1 ? 'one process still runs; Ctrl-C ends it' : `${count} processes still run; Ctrl-C ends them`
    writeError(`interlinear: the program has ended, ${rest}.\n`)
  }

  done(): void {
    clearTimeout(this.#timer)
  }
}

/**
 * Runs until the last process has ended.
 * @param afterSlice called whenever the guest has run for a moment. @returns the program's own exit status, for the shell.
 */
export async function runToEnd(machine: EmulatedMachine, afterSlice?: () => void): Promise<number> {
  const { scheduler, clock } = machine.kernel
  const remaining = new Remaining(machine)
  for (;;) {
    const result = machine.runSlice()
    afterSlice?.()
    remaining.look()
    switch (result.kind) {
      case 'exited':
        remaining.done()
        machine.kernel.machine.saveTranslations()
        machine.kernel.shutdown()
        return shellStatus(result.status)
      case 'idle':
        await idle(result.until, clock.monotonic(), wake => {
          scheduler.onRunnable = wake
        })
        break
      default:
        await new Promise<void>(resolve => setImmediate(resolve))
    }
  }
}

/** Waits for the next callout, or until a thread becomes runnable. */
function idle(until: number, now: number, onRunnable: (wake: (() => void) | undefined) => void): Promise<void> {
  return new Promise(resolve => {
    const milliseconds = Math.min(Math.max(0, (until - now) / 1e6), LONGEST_TIMER_MS)
    const done = (): void => {
      clearTimeout(timer)
      onRunnable(undefined)
      resolve()
    }
    const timer = setTimeout(done, Math.ceil(milliseconds))
    onRunnable(done)
  })
}
