/** Runs a guest to its end on this thread: between two slices, what happened outside has its turn. */
import type { Host } from '../host/host.ts'
import { EmulatedMachine } from '../session/emulated-machine.ts'
import type { RunOptions } from './options.ts'

const LONGEST_TIMER_MS = 0x7fff_ffff

/** wait(2)'s status as a shell tells it: 128 + n after signal n. */
export function shellStatus(status: number): number {
  const signo = status & 0x7f
  return signo === 0 ? status >> 8 : 128 + signo
}

/** A machine with the program loaded. @throws LaunchError */
export function prepare(options: RunOptions, host: Host): EmulatedMachine {
  const { launch, user, translations } = options
  return new EmulatedMachine({ ...launch, ...(user && { user }), ...(translations && { translations }) }, host)
}

/** @param afterSlice called whenever the guest has run for a moment. @returns the exit status for the shell. */
export async function runToEnd(machine: EmulatedMachine, afterSlice?: () => void): Promise<number> {
  const { scheduler, clock } = machine.kernel
  for (;;) {
    const result = machine.runSlice()
    afterSlice?.()
    switch (result.kind) {
      case 'exited':
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
