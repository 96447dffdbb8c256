/** System V semaphores: sys/kern/sysv_sem.c. An operation that cannot be done now waits in line; who changes a value does it for the sleeper. */
import { EAGAIN, EFBIG, EIDRM, EINTR, EINVAL, ENOMEM, ENOSPC, ERANGE, ERESTART, Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import type { Proc } from '../proc.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from '../sleep.ts'
import { IPC_NOWAIT, type IpcObject, type IpcPerm, IpcTable } from './sysv-ipc.ts'
import { isBeyond, MOST_SEMAPHORES, SEMAEM, SEMVMX, type SysvLimits } from './sysv-limits.ts'
import { seconds } from './sysv-shm.ts'

export const SEM_UNDO = 0o10000

/** What processes do with SEM_UNDO is taken back when the last of those that share this ends (struct sem_undo_list). */
export class UndoList {
  /** Processes that share it. */
  references = 1
}

/** A process's, made if it has none. */
export function undoListOf(p: Proc): UndoList {
  p.semaphoreUndo ??= new UndoList()
  return p.semaphoreUndo
}

/** struct sembuf. */
export interface SemOperation {
  readonly num: number
  readonly op: number
  readonly flags: number
}

interface Waiter {
  readonly proc: Proc
  readonly operations: readonly SemOperation[]
  readonly channel: WaitChannel
  /** It only waits for zeroes: such are asked first. */
  readonly alters: boolean
  /** The operation that cannot be done. */
  blocking: SemOperation
  outcome: 'waits' | 'done' | Errno
}

export class SemaphoreSet implements IpcObject {
  readonly id: number
  readonly perm: IpcPerm
  readonly values: Int32Array
  /** Who operated last. */
  readonly pids: Int32Array
  readonly waiters = new Set<Waiter>()
  /** What the exit of a process gives back. */
  readonly undo = new Map<UndoList, Int32Array>()
  /** Seconds since 1970. */
  otime = 0
  ctime: number
  readonly #kernel: Kernel

  constructor(kernel: Kernel, id: number, perm: IpcPerm, count: number) {
    this.#kernel = kernel
    this.id = id
    this.perm = perm
    this.values = new Int32Array(count)
    this.pids = new Int32Array(count)
    this.ctime = seconds(kernel)
  }

  /** How many wait for a semaphore to grow, or to become zero. */
  waiting(num: number, forZero: boolean): number {
    let n = 0
    for (const { blocking } of this.waiters) if (blocking.num === num && (blocking.op === 0) === forZero) n++
    return n
  }

  /** All of the operations, or none: then the one that stands in the way. @throws ERANGE */
  attempt(proc: Proc, operations: readonly SemOperation[]): SemOperation | undefined {
    const { values } = this
    const undo = operations.some(o => (o.flags & SEM_UNDO) !== 0) ? this.#undoOf(proc) : undefined
    let done = 0
    const takeBack = (): void => {
      while (done > 0) {
        const { num, op, flags } = operations[--done]
        values[num] -= op
        if (undo !== undefined && (flags & SEM_UNDO) !== 0) undo[num] += op
      }
    }
    for (const o of operations) {
      const next = values[o.num] + o.op
      if (next < 0 || (o.op === 0 && next !== 0)) {
        takeBack()
        return o
      }
      const adjusted = undo !== undefined && (o.flags & SEM_UNDO) !== 0 ? undo[o.num] - o.op : 0
      if (next > SEMVMX || adjusted < -SEMAEM - 1 || adjusted > SEMAEM) {
        takeBack()
        throw ERANGE
      }
      values[o.num] = next
      if (undo !== undefined && (o.flags & SEM_UNDO) !== 0) undo[o.num] = adjusted
      done++
    }
    for (const { num } of operations) this.pids[num] = proc.pid
    this.otime = seconds(this.#kernel)
    return undefined
  }

  #undoOf(proc: Proc): Int32Array {
    const list = undoListOf(proc)
    let undo = this.undo.get(list)
    if (undo === undefined) {
      undo = new Int32Array(this.values.length)
      this.undo.set(list, undo)
    }
    return undo
  }

  /** A value changed: those that can go on do, who waits for zero first, then in the order they came. */
  update(): void {
    while (this.#wakeOne(false) || this.#wakeOne(true));
  }

  #wakeOne(alters: boolean): boolean {
    for (const w of this.waiters) {
      if (w.alters === alters && this.#goesOn(w)) return true
    }
    return false
  }

  #goesOn(w: Waiter): boolean {
    try {
      const blocking = this.attempt(w.proc, w.operations)
      if (blocking !== undefined) {
        w.blocking = blocking
        return false
      }
      w.outcome = 'done'
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      w.outcome = error
    }
    this.#release(w)
    return true
  }

  #release(w: Waiter): void {
    this.waiters.delete(w)
    w.channel.wakeAll()
  }

  /**
   * semop(2), semtimedop(2). @param deadline monotonic nanoseconds. @param permitted throws EACCES.
   * @throws EACCES, EAGAIN, EFBIG, ERANGE, EIDRM; EINTR whatever the handler says
   */
  *operate(l: Lwp, operations: readonly SemOperation[], deadline: number, permitted: () => void): Kthread<void> {
    if (operations.some(o => o.num >= this.values.length)) throw EFBIG
    permitted()
    const blocking = this.attempt(l.proc, operations)
    const alters = operations.some(o => o.op !== 0)
    if (blocking === undefined) {
      if (alters) this.update()
      return
    }
    if ((blocking.flags & IPC_NOWAIT) !== 0) throw EAGAIN
    const w: Waiter = {
      proc: l.proc,
      operations,
      channel: new WaitChannel('semwait'),
      alters,
      blocking,
      outcome: 'waits',
    }
    this.waiters.add(w)
    try {
      while (w.outcome === 'waits') yield* cvTimedwaitSig(l, w.channel, deadline)
    } catch (error) {
      // Who was woken in the same moment has the outcome.
      if (w.outcome === 'waits') throw error === ERESTART ? EINTR : error
    } finally {
      this.waiters.delete(w)
    }
    if (w.outcome instanceof Errno) throw w.outcome
  }

  /** SETVAL and SETALL forget what exits would undo. */
  set(num: number, value: number, pid: number): void {
    this.values[num] = value
    this.pids[num] = pid
    for (const undo of this.undo.values()) undo[num] = 0
  }

  changed(): void {
    this.ctime = seconds(this.#kernel)
  }

  /** IPC_RMID. */
  end(): void {
    for (const w of this.waiters) {
      w.outcome = EIDRM
      this.#release(w)
    }
  }

  /** What was done with SEM_UNDO is taken back, by `proc`, within what a value can be. */
  takeBack(list: UndoList, proc: Proc): void {
    const undo = this.undo.get(list)
    if (undo === undefined) return
    this.undo.delete(list)
    undo.forEach((adjustment, num) => {
      if (adjustment === 0) return
      this.values[num] = Math.min(SEMVMX, Math.max(0, this.values[num] + adjustment))
      this.pids[num] = proc.pid
    })
    this.update()
  }
}

export class Semaphores {
  readonly sets = new IpcTable<SemaphoreSet>()

  /** Semaphores of all sets. */
  count = 0

  /** semget(2). @throws EINVAL, EEXIST, ENOENT, EACCES, ENOSPC, ENOMEM */
  get(l: Lwp, key: number, count: number, flags: number, limits: SysvLimits): SemaphoreSet {
    if (count < 0) throw EINVAL
    if (isBeyond(l, limits, 'semmsl', count)) throw EINVAL
    const suits = (s: SemaphoreSet): void => {
      if (count > s.values.length) throw EINVAL
    }
    return this.sets.get(l, key, flags, [limits, 'semmni'], suits, (id, perm) => {
      if (count === 0) throw EINVAL
      if (isBeyond(l, limits, 'semmns', this.count + count)) throw ENOSPC
      if (this.count + count > MOST_SEMAPHORES) throw ENOMEM
      this.count += count
      return new SemaphoreSet(l.proc.kernel, id, perm, count)
    })
  }

  remove(set: SemaphoreSet): void {
    this.sets.remove(set)
    this.count -= set.values.length
    set.end()
  }

  /** semexit: a process ends, or wants an undo list of its own. */
  exit(proc: Proc): void {
    const list = proc.semaphoreUndo
    proc.semaphoreUndo = undefined
    if (list === undefined || --list.references > 0) return
    for (const set of this.sets) set.takeBack(list, proc)
  }
}
