/** Several threads of several processes on a fake kernel, with one memory for all: for calls about signals, timers and futexes. */

import { Reg } from 'unicorn-engine-node'
import type { CallFamily } from '../../src/compat-linux/call.ts'
import { ProcTimers } from '../../src/native/itimer.ts'
import type { Lwp } from '../../src/native/lwp.ts'
import type { Proc } from '../../src/native/proc.ts'
import { INITIAL_TIME } from '../../src/native/time-namespace.ts'
import { newUsage } from '../../src/native/usage.ts'
import { FakeKernel, type FakeThread, fakeThread, run, type Started, start } from './fake-kernel.ts'

/** From here on the memory is that of shared mappings; below it is private. */
export const SHARED = 0x8_0000
const BUFFER = 0x4000

export interface WorldThread extends FakeThread {
  readonly p: Proc
  /** Makes a call that must not sleep. */
  call(name: string, ...args: readonly number[]): number | string
  /** Makes a call that may. */
  begin(name: string, ...args: readonly number[]): Started
}

export interface ThreadWorld {
  readonly kernel: FakeKernel
  readonly memory: Lwp['memory']
  /** A new process with one thread of the same number. */
  process(pid: number): WorldThread
  /** One more thread of a process. */
  thread(of: WorldThread, id: number): WorldThread
  /** Puts 64-bit values into memory. @returns where. */
  put(...values: readonly number[]): number
}

const padded = (a: readonly number[]) => [a[0] ?? 0, a[1] ?? 0, a[2] ?? 0, a[3] ?? 0, a[4] ?? 0, a[5] ?? 0] as const

export function threadWorld(calls: CallFamily): ThreadWorld {
  const kernel = new FakeKernel()
  kernel.netbsd = false
  const processes = new Map<number, Proc>()
  const registers = new BigUint64Array(Reg.SLOTS).buffer
  Object.assign(kernel, { processes, scheduler: { charge() {} }, machine: { registers } })
  const { memory } = fakeThread(kernel).l
  let top = BUFFER

  const finished = (t: FakeThread, id: number, p: Proc): WorldThread => {
    Object.assign(t.l, { id, proc: p, memory, usage: newUsage(), clearTid: 0, robustList: 0 })
    Object.assign(t.l, {
      signalPending: () => t.l.signals.deliverable(p) !== 0,
      signalRestarts: () => p.signals.restarts(t.l.signals.deliverable(p)),
    })
    p.lwps.set(id, t.l)
    return {
      ...t,
      p,
      call: (name, ...args) => run(t, l => calls[name](l, ...padded(args))),
      begin: (name, ...args) => start(t, () => calls[name](t.l, ...padded(args))),
    }
  }

  return {
    kernel,
    memory,
    process(pid) {
      const t = fakeThread(kernel)
      const p = t.l.proc
      p.lwps.clear()
      Object.assign(p, {
        pid,
        pgrp: pid,
        session: pid,
        timers: new ProcTimers(p),
        timeNamespace: INITIAL_TIME,
        vm: { map: { lookup: (address: number) => ({ shared: address >= SHARED }) }, space: memory.space },
      })
      processes.set(pid, p)
      return finished(t, pid, p)
    },
    thread: (of, id) => finished(fakeThread(kernel), id, of.p),
    put(...values) {
      const at = top
      for (const v of values) {
        memory.writeI64(top, v)
        top += 8
      }
      return at
    },
  }
}
