/** Who keeps beside a kqueue what another system would have in its place, and compares. The kqueue tells it and never asks. */
import type { Lwp } from '../lwp.ts'

export interface KqueueShadow {
  /** A scan for up to `room` events found none, and its thread goes to sleep. */
  sleeps(l: Lwp, room: number): void
  /** Somebody asked whether the kqueue can be read, as poll(2) does. */
  polled(isReadable: boolean): void
  /** The call of a thread that asked so is over. */
  pollEnds(l: Lwp): void
  /** It is gone. */
  closed(): void
}
