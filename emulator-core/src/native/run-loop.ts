/**
 * The scheduler: gives each runnable thread the processor in turn, answers its exits, and resumes kernel code that waited.
 * NetBSD: sys/kern/kern_synch.c (mi_switch), sys/arch/amd64/amd64/trap.c, sys/kern/kern_lwp.c (lwp_userret).
 */
import { Exit, Reg } from 'unicorn-engine-node'
import type { Access } from '../machine/access.ts'
import type { DebugHook, SliceResult } from './debug-hook.ts'
import type { Progress } from './emulation.ts'
import type { Lwp } from './lwp.ts'
import { LwpQueue } from './lwp-queue.ts'
import type { NativeKernel } from './native-kernel.ts'
import { sleepForTouch } from './page-sleep.ts'
import { endOfMachine } from './power-off.ts'
import type { Scheduler } from './scheduler.ts'
import { userret } from './signal/userret.ts'
import type { SleepRequest } from './sleep.ts'
import { exceptionSignal, faultSignal, forceSignal, generalProtection } from './trap.ts'
import type { VmSpace } from './uvm/vmspace.ts'

/** Blocks a thread executes before another one's turn: a millisecond or two. */
const QUANTUM = 400_000
/** What entering the kernel counts for in them. */
const CALL_COST = 400
/** ns after which a slice lets the outside have its turn. */
const SLICE_NS = 4e6
/** The processor's time-stamp counter runs at 1 GHz. */
const TSC_PER_NS = 1
/** Frames asked back from caches when there is none. */
const RECLAIM = 256

/** Lengths of the instructions rdtsc and rdtscp. */
const RDTSC_BYTES = 2n
const RDTSCP_BYTES = 3n

const BLOCKS = Reg.BLOCKS * 2
const RAX = Reg.RAX * 2
const RDX = Reg.RDX * 2
const RCX = Reg.RCX * 2

export class RunLoop implements Scheduler {
  readonly #kernel: NativeKernel
  readonly #queue = new LwpQueue()
  readonly #words: Uint32Array
  readonly #slots: BigUint64Array
  /** Whose registers the machine has. */
  #on: Lwp | undefined
  #vm: VmSpace | undefined
  #budget = 0
  #chargedAt = 0
  /** Blocks executed and calls made since then. */
  #blocks = 0
  #calls = 0
  #inKernel = false
  #stopRequested = false

  constructor(kernel: NativeKernel) {
    this.#kernel = kernel
    this.#words = new Uint32Array(kernel.machine.registers)
    this.#slots = new BigUint64Array(kernel.machine.registers)
  }

  /** Where the debugger was asked about a breakpoint, until the thread executes what is there. */
  readonly #asked = new WeakMap<Lwp, number>()

  /** Called once a thread may run, for whoever waits for the outside while all sleep. */
  onRunnable: (() => void) | undefined

  makeRunnable(l: Lwp): void {
    this.#queue.push(l)
    this.onRunnable?.()
  }

  forget(l: Lwp): void {
    l.state = 'dead'
    this.#queue.remove(l)
    l.sleepTimer?.cancel()
    l.sleepTimer = undefined
    for (const c of l.sleep?.channels ?? []) c.sleepers.delete(l)
    l.sleep = undefined
    const code = l.kernel
    l.kernel = undefined
    // Lets the waiting call's `finally` blocks run; the running thread's own call unwinds by returning.
    if (l !== this.#kernel.current) code?.return(0)
    if (this.#on === l) this.#on = undefined
  }

  yieldNow(): void {
    this.#budget = 0
  }

  charge(): void {
    const l = this.#on
    // Between threads, in callouts, nobody uses the processor.
    if (l === undefined || l !== this.#kernel.current) return
    const now = this.#kernel.clock.monotonic()
    const spent = now - this.#chargedAt
    // Entering the kernel is too frequent for a look at the clock: those calls get their share of what the program and they took together.
    const work = this.#blocks + this.#calls * CALL_COST
    const system = this.#inKernel ? spent : work === 0 ? 0 : Math.floor((spent * this.#calls * CALL_COST) / work)
    for (const usage of [l.proc.usage, l.usage]) {
      usage.system += system
      usage.user += spent - system
    }
    this.#chargedAt = now
    this.#blocks = this.#calls = 0
  }

  /** Runs guests for a few milliseconds, or until something must be told. */
  runSlice(): SliceResult {
    const { clock, host, net, hook } = this.#kernel
    const end = host.monotonic() + SLICE_NS
    this.#stopRequested = false
    try {
      do {
        net.deliver?.()
        clock.fireDue()
        const l = this.#queue.shiftPreferring(hook?.preferred)
        if (l !== undefined) {
          if (this.#runThread(l)) {
            this.#queue.unshift(l)
            return { kind: 'stopped', thread: l }
          }
        }
        const status = endOfMachine(this.#kernel)
        if (status !== undefined) return { kind: 'exited', status }
        if (l !== undefined) continue
        if (clock.isVirtual && clock.nextCallout !== Number.POSITIVE_INFINITY) clock.skipTo(clock.nextCallout)
        else return { kind: 'idle', until: clock.nextCallout }
      } while (!this.#stopRequested && host.monotonic() < end)
      return { kind: 'more' }
    } finally {
      this.saveRegisters()
    }
  }

  /** Brings `Lwp.registers` of the thread on the processor up to date. */
  saveRegisters(): void {
    this.#on?.registers.set(this.#slots)
  }

  /** The registers of the thread on the processor were changed by somebody else. */
  reloadRegisters(): void {
    if (this.#on !== undefined) this.#slots.set(this.#on.registers)
  }

  /** Runs one thread until its quantum ends, it waits or it is gone. True if the debugger says stop. */
  #runThread(l: Lwp): boolean {
    const kernel = this.#kernel
    this.#switchTo(l)
    kernel.current = l
    this.#budget = QUANTUM
    this.#chargedAt = kernel.clock.monotonic()
    this.#blocks = this.#calls = 0
    try {
      return this.#progress(l)
    } finally {
      this.charge()
      kernel.current = undefined
    }
  }

  #progress(l: Lwp): boolean {
    const { proc } = l
    let progress: Progress | 'asleep' = l.kernel === undefined ? 'user' : 'kernel'
    for (;;) {
      switch (progress) {
        case 'user':
          if (proc.vm !== this.#vm) this.#activate(proc.vm)
          if (l.preempted && l.sequences !== undefined) this.#kernel.emulation.resumed(l)
          if (l.signals.needsAttention(proc)) {
            progress = userret(l)
            if (progress !== 'user') break
          }
          if (this.#budget <= 0) {
            l.usage.preemptions++
            proc.usage.preemptions++
            this.#queue.push(l)
            return false
          }
          progress = this.#user(l)
          break
        case 'kernel':
          progress = this.#advance(l)
          break
        case 'stop':
          this.saveRegisters()
          return true
        default:
          return false
      }
    }
  }

  /** One stay in the program. */
  #user(l: Lwp): Progress {
    const { machine, hook, clock, emulation } = this.#kernel
    if (hook !== undefined && (this.#changedMeanwhile(l, hook) || this.#stopsFirst(l, hook))) return 'stop'
    const exit = hook === undefined ? machine.run(this.#budget) : this.#watchedRun(l, hook)
    const blocks = this.#words[BLOCKS]
    if (hook !== undefined && this.#hasMoved(l, exit, blocks)) this.#asked.delete(l)
    l.blocks += blocks
    this.#blocks += blocks
    this.#budget -= blocks
    if (clock.isVirtual) clock.worked(blocks)
    switch (exit) {
      case Exit.SYSCALL:
        this.#budget -= CALL_COST
        this.#calls++
        if (clock.isVirtual) clock.worked(CALL_COST)
        return hook === undefined ? emulation.syscall(l) : this.#watchedCall(l, hook)
      case Exit.PAGE_FAULT:
        return this.#pageFault(l)
      case Exit.EXCEPTION:
        forceSignal(l, exceptionSignal(this.#words, machine))
        return 'user'
      case Exit.RDTSC:
        this.#readTimestamp(l)
        return 'user'
      case Exit.BREAKPOINT:
        this.saveRegisters()
        this.#asked.set(l, this.#address(Reg.RIP))
        return hook?.onBreakpoint(l, this.#address(Reg.RIP)) === 'stop' ? 'stop' : 'user'
      case Exit.STEP:
        if (hook !== undefined && this.#hasUsed(l, hook)) return 'stop'
        // A step that ends at a breakpoint has come to it.
        if (hook !== undefined && this.#stopsFirst(l, hook)) return 'stop'
        this.saveRegisters()
        // Many of them make a step from line to line; each costs what a call does.
        this.#budget -= CALL_COST
        return hook?.onInstruction(l) === 'stop' ? 'stop' : 'user'
      case Exit.STOPPED:
        this.#stopRequested = true
        this.#budget = 0
        return 'user'
      default:
        return 'user'
    }
  }

  #watchedRun(l: Lwp, hook: DebugHook): number {
    const { machine } = this.#kernel
    const { watch } = l.proc.vm
    const passes = watch?.passes(l) === true
    if (!passes) watch?.arm()
    const exit = passes || hook.wantsStep(l) ? machine.step() : machine.run(this.#budget)
    watch?.lift()
    return exit
  }

  /** The instruction that uses watched memory has been executed. True: the debugger says stop. */
  #hasUsed(l: Lwp, hook: DebugHook): boolean {
    const use = l.proc.vm.watch?.passed(l)
    if (use === undefined) return false
    this.saveRegisters()
    return hook.onUse(l, use) === 'stop'
  }

  /** Somebody else has written to watched memory while the thread was not in its program: the kernel, another process. */
  #changedMeanwhile(l: Lwp, hook: DebugHook): boolean {
    const use = l.proc.vm.watch?.changed()
    return use !== undefined && hook.onUse(l, use) === 'stop'
  }

  /** A run begins at a breakpoint that the thread has come to by a signal, a page fault or the end of its time, not by running. */
  #stopsFirst(l: Lwp, hook: DebugHook): boolean {
    const address = this.#address(Reg.RIP)
    if (this.#asked.get(l) === address || !hook.hasBreakpoint(address)) return false
    this.#asked.set(l, address)
    this.saveRegisters()
    return hook.onBreakpoint(l, address) === 'stop'
  }

  /**
   * Whether a run that began where the debugger was asked has executed that instruction. Coming there again is another matter: also where
   * the run ends there because time is up, as a loop may take just that long. A page that is missing keeps it where it is; a second time it would
   * have met the breakpoint before the page.
   */
  #hasMoved(l: Lwp, exit: number, blocks: number): boolean {
    if (this.#asked.get(l) !== this.#address(Reg.RIP)) return true
    return exit !== Exit.PAGE_FAULT && blocks > 0
  }

  #watchedCall(l: Lwp, hook: DebugHook): Progress {
    hook.kernelEntered(l)
    try {
      return this.#kernel.emulation.syscall(l)
    } finally {
      hook.kernelLeft(l)
    }
  }

  #address(slot: number): number {
    return this.#words[slot * 2 + 1] * 0x1_0000_0000 + this.#words[slot * 2]
  }

  #pageFault(l: Lwp): Progress {
    const address = this.#address(Reg.EXIT_ADDRESS)
    const detail = this.#words[Reg.EXIT_DETAIL * 2]
    l.usage.faults++
    l.proc.usage.faults++
    const access = (detail & 3) as Access
    if (l.proc.vm.watch?.catches(l, address, access) === true) return 'user'
    let result = l.proc.vm.fault(address, access)
    if (result === 'no-memory' && this.#kernel.vfs.reclaimPages(RECLAIM) > 0) result = l.proc.vm.fault(address, access)
    if (result === 'resolved') return 'user'
    if (typeof result === 'object') {
      l.kernel = sleepForTouch(l, result)
      l.resumeWith = 'woken'
      return 'kernel'
    }
    const signed = (this.#words[Reg.EXIT_ADDRESS * 2 + 1] | 0) * 0x1_0000_0000 + this.#words[Reg.EXIT_ADDRESS * 2]
    forceSignal(l, faultSignal(signed, detail, result))
    return 'user'
  }

  /** rdtsc, rdtscp: the kernel's clock. */
  #readTimestamp(l: Lwp): void {
    if (l.timestampFaults) {
      this.#slots[Reg.RIP] -= this.#words[Reg.EXIT_DETAIL * 2] === 1 ? RDTSCP_BYTES : RDTSC_BYTES
      forceSignal(l, generalProtection())
      return
    }
    const ticks = Math.floor(this.#kernel.clock.monotonic() * TSC_PER_NS)
    const words = this.#words
    words[RAX] = ticks % 0x1_0000_0000
    words[RAX + 1] = 0
    words[RDX] = Math.floor(ticks / 0x1_0000_0000)
    words[RDX + 1] = 0
    if (words[Reg.EXIT_DETAIL * 2] === 1) words[RCX] = words[RCX + 1] = 0
  }

  /** Goes on with the kernel code of a thread's call. */
  #advance(l: Lwp): Progress | 'asleep' {
    const { hook, emulation } = this.#kernel
    const code = l.kernel
    if (code === undefined) return 'user'
    this.charge()
    this.#inKernel = true
    hook?.kernelEntered(l)
    let result: number
    l.mayWaitForPages = l.syscall >= 0
    try {
      const next = code.next(l.resumeWith)
      if (next.done !== true) {
        this.#sleep(l, next.value)
        return 'asleep'
      }
      result = next.value
    } catch (error) {
      l.kernel = undefined
      return emulation.syscallFailed(l, error)
    } finally {
      l.mayWaitForPages = false
      hook?.kernelLeft(l)
      this.charge()
      this.#inKernel = false
    }
    l.kernel = undefined
    // It slept for a page that it touched itself.
    if (l.syscall < 0) return 'user'
    return emulation.syscallDone(l, result)
  }

  #sleep(l: Lwp, request: SleepRequest): void {
    l.usage.sleeps++
    l.proc.usage.sleeps++
    l.state = 'sleeping'
    l.sleep = request
    const { trace } = this.#kernel
    if (trace !== undefined) {
      const epoll = request.channels.find(c => c.epoll !== 0)?.epoll ?? 0
      trace.emit('sleep', l, { message: request.message, epoll })
    }
    for (const c of request.channels) c.sleepers.add(l)
    if (request.deadline === Number.POSITIVE_INFINITY) return
    l.sleepTimer = this.#kernel.clock.schedule(request.deadline, () => l.wake('timeout'))
  }

  #switchTo(l: Lwp): void {
    const { machine } = this.#kernel
    const before = this.#on
    if (before !== l) {
      l.preempted = true
      if (before !== undefined) {
        before.registers.set(this.#slots)
        before.blockOffset = machine.blockOffset
        machine.saveFpu(before.fpu)
      }
      this.#slots.set(l.registers)
      machine.loadFpu(l.fpu)
      machine.setBlockOffset(this.#address(Reg.RIP), l.blockOffset)
      this.#on = l
    }
    if (l.proc.vm !== this.#vm) this.#activate(l.proc.vm)
  }

  #activate(vm: VmSpace): void {
    this.#vm = vm
    this.#kernel.machine.activate(vm.space)
  }
}
