/** Puts the emulated system of a session together: machine, kernel, the loaded program. */
import type { Boot } from './system.ts'

/** There is no run loop to put in yet, so every launch is refused, in words. */
export const bootSystem: Boot = () => {
  throw new Error('This build of Interlinear has no kernel yet, so it cannot run a program.')
}
