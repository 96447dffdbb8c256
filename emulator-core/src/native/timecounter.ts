/** The machine's clocks: real time, which stands while a debugger holds the guest, and virtual time, which only the guest's own work moves. */
import type { Host } from '../host/host.ts'
import { CalloutQueue } from './callout.ts'
import type { Callout, Clock } from './clock.ts'

/** What the run loop and the debugger do with a clock. */
export interface GuestClock extends Clock {
  readonly isVirtual: boolean
  /** When the next callout is due (monotonic ns), Infinity if there is none. */
  readonly nextCallout: number
  fireDue(): void
  /** The guest executed that many blocks, or as much work in the kernel. */
  worked(blocks: number): void
  /** Every thread sleeps: virtual time goes on to the next callout. */
  skipTo(at: number): void
  hold(): void
  release(): void
}

/** ns that the machine has been up when its first program begins: programs reckon back from the monotonic time. */
const UPTIME = 60e9

abstract class CalloutClock {
  readonly #callouts = new CalloutQueue()
  /** ns since 1970 at monotonic 0. */
  readonly #epoch: bigint

  /** `epoch`: ns since 1970 at the beginning. */
  constructor(epoch: bigint) {
    this.#epoch = epoch - BigInt(UPTIME)
  }

  abstract monotonic(): number

  realtime(): bigint {
    return this.#epoch + BigInt(Math.floor(this.monotonic()))
  }

  fromRealtime(at: bigint): number {
    return Number(at - this.#epoch)
  }

  schedule(at: number, fire: () => void): Callout {
    return this.#callouts.schedule(at, fire)
  }

  get nextCallout(): number {
    return this.#callouts.next
  }

  fireDue(): void {
    if (this.#callouts.next === Number.POSITIVE_INFINITY) return
    const now = this.monotonic()
    if (this.#callouts.next <= now) this.#callouts.fireDue(now)
  }
}

export class RealClock extends CalloutClock implements GuestClock {
  readonly isVirtual = false
  readonly #host: Host
  /** The host's monotonic time at which ours is zero. */
  #start: number
  #heldAt: number | undefined

  constructor(host: Host) {
    super(host.realtime())
    this.#host = host
    this.#start = host.monotonic() - UPTIME
  }

  monotonic(): number {
    return (this.#heldAt ?? this.#host.monotonic()) - this.#start
  }

  worked(): void {}

  skipTo(): void {}

  hold(): void {
    this.#heldAt ??= this.#host.monotonic()
  }

  release(): void {
    if (this.#heldAt === undefined) return
    this.#start += this.#host.monotonic() - this.#heldAt
    this.#heldAt = undefined
  }
}

/** ns that a block counts for: about what the translator takes. */
const NS_PER_BLOCK = 4
/** Midnight of 1 January 2025 UTC, for runs that must not depend on when they are made. */
const VIRTUAL_EPOCH = 1_735_689_600_000_000_000n

export class VirtualClock extends CalloutClock implements GuestClock {
  readonly isVirtual = true
  #now = UPTIME

  constructor() {
    super(VIRTUAL_EPOCH)
  }

  monotonic(): number {
    return this.#now
  }

  worked(blocks: number): void {
    this.#now += blocks * NS_PER_BLOCK
  }

  skipTo(at: number): void {
    this.#now = Math.max(this.#now, at)
  }

  hold(): void {}

  release(): void {}
}
