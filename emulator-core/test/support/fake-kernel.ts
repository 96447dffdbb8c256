/**
 * As much of a kernel as file-like objects and their calls need, without an engine: flat guest memory, a clock the test moves, one process.
 * Blocking calls are started with `start`; they go on when something wakes them.
 */

import type { AddressSpace } from 'unicorn-engine-node'
import type { Callout } from '../../src/native/clock.ts'
import { EndOfCall } from '../../src/native/end-of-call.ts'
import { Errno } from '../../src/native/errno.ts'
import { Filedesc } from '../../src/native/filedesc.ts'
import type { Kernel } from '../../src/native/kernel.ts'
import { type Lwp, ORDINARY } from '../../src/native/lwp.ts'
import { LoopbackStack } from '../../src/native/net/loopback-stack.ts'
import { initialLimits } from '../../src/native/resource-limits.ts'
import { SignalState } from '../../src/native/signal/lwp-signals.ts'
import { ProcSignals } from '../../src/native/signal/proc-signals.ts'
import { isKthread, type Kthread, type MaybeBlocking, type SleepRequest, type Wakeup } from '../../src/native/sleep.ts'
import { INITIAL_TIME } from '../../src/native/time-namespace.ts'
import { Tunables } from '../../src/native/tunables.ts'
import { newUsage } from '../../src/native/usage.ts'
import { UserMemory } from '../../src/native/user-memory.ts'
import { withParts } from './lwp-parts.ts'

const MEMORY = 1 << 20

/** Below this address nothing is mapped. */
const FIRST = 4096

export interface FakeThread {
  readonly l: Lwp
  readonly kernel: FakeKernel
}

/** A call in progress or done. */
export interface Started {
  /** What it answered: a number, or an error's name. Undefined while it sleeps. */
  result: number | string | undefined
}

class FakeClock {
  now = 1e9
  #callouts: { at: number; fire: () => void }[] = []

  monotonic(): number {
    return this.now
  }

  realtime(): bigint {
    return 1_700_000_000_000_000_000n + BigInt(this.now)
  }

  fromRealtime(at: bigint): number {
    return Number(at - 1_700_000_000_000_000_000n)
  }

  schedule(at: number, fire: () => void): Callout {
    const entry = { at, fire }
    this.#callouts.push(entry)
    return { cancel: () => this.#remove(entry) }
  }

  #remove(entry: { at: number; fire: () => void }): void {
    this.#callouts = this.#callouts.filter(c => c !== entry)
  }

  /** Moves the time on and fires what became due. */
  advance(ns: number): void {
    const end = this.now + ns
    for (;;) {
      const next = this.#callouts.filter(c => c.at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#remove(next)
      this.now = Math.max(this.now, next.at)
      next.fire()
    }
    this.now = end
  }
}

export class FakeKernel {
  readonly clock = new FakeClock()
  readonly events: { kind: string; payload: Record<string, unknown> }[] = []
  readonly divergences = new Set<string>()
  current: Lwp | undefined
  readonly tunables = new Tunables()
  readonly endOfCall = new EndOfCall()
  readonly net = new LoopbackStack(this as never, 'loopback')
  vfs: unknown
  /** None: nothing is mapped. */
  readonly processes = new Map<number, never>()
  readonly trace = {
    emit: (kind: string, _l: unknown, payload: Record<string, unknown>) => this.events.push({ kind, payload }),
    records: (): boolean => true,
    descriptorOpened() {},
    descriptorClosed() {},
  }
  readonly host = { random: (into: Uint8Array) => into.fill(7) }
  readonly machine = fakeFrames()
  netbsd = true

  diverges(id: string): boolean {
    return this.netbsd && !this.divergences.has(id)
  }

  kinds(...wanted: string[]): Record<string, unknown>[] {
    return this.events.filter(e => wanted.includes(e.kind)).map(e => e.payload)
  }
}

function fakeFrames() {
  const physical = new Uint8Array(256 * 4096)
  const references = new Map<number, number>()
  return {
    physical,
    framesTotal: 256,
    allocateFrame(): number {
      for (let f = 0; f < 256; f++) {
        if (references.has(f)) continue
        references.set(f, 1)
        physical.fill(0, f * 4096, (f + 1) * 4096)
        return f
      }
      return -1
    },
    retainFrame: (f: number) => references.set(f, (references.get(f) ?? 0) + 1),
    releaseFrame(f: number) {
      const left = (references.get(f) ?? 0) - 1
      if (left > 0) references.set(f, left)
      else references.delete(f)
    },
    frameReferences: (f: number) => references.get(f) ?? 0,
    touchFrame() {},
    get framesUsed() {
      return references.size
    },
  }
}

/** A process with one thread. */
export function fakeThread(kernel = new FakeKernel(), fd = new Filedesc(1024)): FakeThread {
  const physical = new Uint8Array(MEMORY)
  const mapped = (address: number): boolean => address >= FIRST && address < MEMORY
  const room = (address: number, length: number): number => (mapped(address) ? Math.min(length, MEMORY - address) : 0)
  const space = {
    lastFault: 0,
    translate: (address: number) => (mapped(address) ? address : -1),
    runs(address: number, length: number, _access: number, into: Float64Array): number {
      if (!mapped(address)) return 0
      into[0] = address
      into[1] = room(address, length)
      return 1
    },
    read(address: number, into: Uint8Array, at: number, length: number): number {
      const count = room(address, length)
      into.set(physical.subarray(address, address + count), at)
      return count
    },
    write(address: number, from: Uint8Array, at: number, length: number): number {
      const count = room(address, length)
      if (count === 0) return 0
      physical.set(from.subarray(at, at + count), address)
      return count
    },
    stringLength(address: number, max: number): number {
      if (!mapped(address)) return -1
      const end = physical.indexOf(0, address)
      return end < 0 ? -1 : Math.min(end - address, max)
    },
  }
  const memory = new UserMemory(space as unknown as AddressSpace, physical, {
    fault: () => 'unmapped',
    firstRequest: () => undefined,
  })
  const proc = {
    kernel: kernel as unknown as Kernel,
    pid: 1,
    fd,
    signals: new ProcSignals(),
    lwps: new Map<number, unknown>(),
    limits: initialLimits(),
    securebits: 0,
    usage: newUsage(),
    childUsage: newUsage(),
    nice: 0,
    noteResident() {},
    exitStatus: undefined,
    timeNamespace: INITIAL_TIME,
    childrenTimeNamespace: INITIAL_TIME,
    credentials: { uid: 0, gid: 0, euid: 0, egid: 0, suid: 0, sgid: 0, groups: [] },
    resumeStopped() {},
  }
  const l = {
    proc,
    usage: newUsage(),
    scheduling: ORDINARY,
    id: 1,
    memory,
    state: 'runnable',
    signals: new SignalState(),
    sleep: undefined as SleepRequest | undefined,
    resume: undefined as ((why: Wakeup) => void) | undefined,
    wake(why: Wakeup) {
      if (l.sleep === undefined) return
      for (const c of l.sleep.channels) c.sleepers.delete(l as unknown as Lwp)
      l.sleep = undefined
      l.resume?.(why)
    },
    signalPending: () => l.signals.deliverable(proc as never) !== 0,
    signalRestarts: () => proc.signals.restarts(l.signals.deliverable(proc as never)),
  }
  withParts(l)
  proc.lwps.set(1, l)
  return { l: l as unknown as Lwp, kernel }
}

/** Starts a call; a call that sleeps goes on by itself when it is woken or its time is up. */
export function start({ l, kernel }: FakeThread, call: () => MaybeBlocking<number>): Started {
  const started: Started = { result: undefined }
  const thread = l as unknown as {
    sleep: SleepRequest | undefined
    resume: (why: Wakeup) => void
    wake(w: Wakeup): void
  }
  const guarded = (body: () => void): void => {
    kernel.current = l
    try {
      body()
    } catch (e) {
      if (!(e instanceof Errno)) throw e
      started.result = e.name
    }
  }
  guarded(() => {
    const result = call()
    if (!isKthread(result)) {
      started.result = result
      return
    }
    const go = (thread_: Kthread<number>, why: Wakeup): void => {
      const next = thread_.next(why)
      if (next.done) started.result = next.value
      else sleepOn(thread_, next.value)
    }
    const sleepOn = (thread_: Kthread<number>, request: SleepRequest): void => {
      thread.sleep = request
      for (const c of request.channels) c.sleepers.add(l)
      const timer = Number.isFinite(request.deadline)
        ? kernel.clock.schedule(request.deadline, () => thread.wake('timeout'))
        : undefined
      thread.resume = why => {
        timer?.cancel()
        guarded(() => go(thread_, why))
      }
    }
    go(result, 'woken')
  })
  return started
}

/** Runs a call that must not sleep. */
export function run(t: FakeThread, call: (l: Lwp) => MaybeBlocking<number>): number | string {
  const started = start(t, () => call(t.l))
  if (started.result === undefined) throw new Error('the call sleeps')
  return started.result
}
