/** The kernel's parts put together: one emulated machine. */
import { Machine } from 'unicorn-engine-node'
import type { Host } from '../host/host.ts'
import type { DebugHook } from './debug-hook.ts'
import type { Emulation } from './emulation.ts'
import { EndOfCall } from './end-of-call.ts'
import { EAGAIN, EEXIST } from './errno.ts'
import { installFifos } from './ipc/fifo.ts'
import { PosixQueues } from './ipc/mqueue.ts'
import { SystemV } from './ipc/sysv.ts'
import type { Kernel } from './kernel.ts'
import type { Lwp } from './lwp.ts'
import type { NetMode, NetStack } from './net/stack.ts'
import { createNetStack } from './net/stacks.ts'
import type { Proc } from './proc.ts'
import { RunLoop } from './run-loop.ts'
import { type GuestClock, RealClock, VirtualClock } from './timecounter.ts'
import type { Trace } from './trace.ts'
import { Tunables } from './tunables.ts'
import { HugePagePool } from './uvm/huge-pages.ts'
import { createVfs, type Vfs, type VfsOptions } from './vfs/vfs.ts'

export interface KernelOptions {
  readonly host: Host
  /** Bytes of physical memory. */
  readonly memory: number
  /** The path of the host's file with what earlier runs translated. */
  readonly translations?: Uint8Array
  readonly virtualTime: boolean
  readonly rootHostPath: string
  readonly mounts: VfsOptions['mounts']
  /** What network the guest has; the private loopback if nothing is said. */
  readonly net?: NetMode
  /** Names of divergences that are in force. */
  readonly diverges: (id: string) => boolean
  readonly emulation: (kernel: NativeKernel) => Emulation
  readonly hook?: DebugHook
}

const FIRST_PID = 100
/** Bytes of the huge pages of this processor. */
const HUGE_PAGE_SIZES = [2 ** 21, 2 ** 30]

export class NativeKernel implements Kernel {
  readonly machine: Machine
  readonly host: Host
  readonly clock: GuestClock
  readonly scheduler: RunLoop
  readonly vfs: Vfs
  readonly net: NetStack
  readonly emulation: Emulation
  readonly sysv: SystemV
  readonly tunables = new Tunables()
  readonly hugePages: readonly HugePagePool[]
  readonly mqueues = new PosixQueues()
  readonly processes = new Map<number, Proc>()
  readonly endOfCall = new EndOfCall()
  readonly hook: DebugHook | undefined
  readonly diverges: (id: string) => boolean
  current: Lwp | undefined
  trace: Trace | undefined
  first: Proc | undefined
  endsWithFirst = false
  #lastPid = FIRST_PID - 1

  constructor(options: KernelOptions) {
    const { host } = options
    this.host = host
    const { memory, translations } = options
    this.machine = new Machine(translations === undefined ? { memory } : { memory, translations })
    this.hugePages = HUGE_PAGE_SIZES.map(size => new HugePagePool(this.machine, size))
    this.clock = options.virtualTime ? new VirtualClock() : new RealClock(host)
    this.diverges = options.diverges
    this.hook = options.hook
    this.sysv = new SystemV(this)
    this.vfs = createVfs({
      host,
      machine: this.machine,
      rootHostPath: options.rootHostPath,
      mounts: options.mounts,
      kernel: () => this,
    })
    installFifos(this.vfs)
    this.net = createNetStack(options.net ?? 'loopback', this)
    this.emulation = options.emulation(this)
    this.scheduler = new RunLoop(this)
  }

  newPid(wanted?: number): number {
    if (wanted !== undefined) {
      if (this.#inUse(wanted)) throw EEXIST
      return wanted
    }
    const { pidMax } = this.tunables
    for (let tries = 0; tries < pidMax; tries++) {
      this.#lastPid = this.#lastPid + 1 >= pidMax ? FIRST_PID : this.#lastPid + 1
      if (!this.#inUse(this.#lastPid)) return this.#lastPid
    }
    throw EAGAIN
  }

  #inUse(id: number): boolean {
    if (this.processes.has(id)) return true
    for (const p of this.processes.values()) if (p.lwps.has(id) || p.pgrp === id || p.session === id) return true
    return false
  }

  /** What mappings of writable files hold goes to the host, and the memory back to it. */
  shutdown(): void {
    for (const p of this.processes.values()) if (p.exitStatus === undefined) p.vm.release()
    this.net.close?.()
    this.vfs.sync()
    this.machine.dispose()
  }
}
