/** The guest's time. NetBSD: sys/kern/kern_tc.c, kern_timeout.c (callouts). */

/** Handle of a pending callout. */
export interface Callout {
  cancel(): void
}

export interface Clock {
  /** Nanoseconds since the machine started: a double, exact for 104 days. Stands still while a debugger holds the guest. */
  monotonic(): number
  /** Nanoseconds since 1970. */
  realtime(): bigint
  /** callout_schedule(9): calls `fire` at a monotonic time (ns), from the scheduler, never from within the caller. */
  schedule(at: number, fire: () => void): Callout
  /** A realtime instant as a monotonic one. */
  fromRealtime(at: bigint): number
}
