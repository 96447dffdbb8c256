/** What a session needs of the emulated system, however it is put together. */
import type { SliceResult } from '../native/debug-hook.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Proc } from '../native/proc.ts'

export interface EmulatedSystem {
  readonly kernel: Kernel
  /** The program that was launched; its end is the run's end. */
  readonly first: Proc
  /** Runs the guest for a few milliseconds, or to the next stop. */
  runSlice(): SliceResult
  /** The guest's clock stands between these two. */
  holdTime(): void
  releaseTime(): void
  /** The whole of a file as the guest sees it; undefined if it cannot be read. */
  readFile(path: string): Uint8Array | undefined
}
