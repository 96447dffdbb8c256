/** A guest whose calls are only told, not made: what a recorder and a printer behind it make of them. */
import { Machine, Reg } from 'unicorn-engine-node'
import { Recorder, type RecorderOptions } from '../../src/compat-linux/recorder.ts'
import { OUTCOME_RETURNED } from '../../src/events/grammar.ts'
import { createRing, RingReader, RingWriter } from '../../src/events/ring.ts'
import { callNumber } from '../../src/events/syscalls.ts'
import type { Kernel } from '../../src/native/kernel.ts'
import type { Lwp } from '../../src/native/lwp.ts'
import { VmSpace } from '../../src/native/uvm/vmspace.ts'

const ARENA = 0x10_0000
const ARENA_SIZE = 0x20_0000
const ARGUMENT_REGISTERS = [Reg.RDI, Reg.RSI, Reg.RDX, Reg.R10, Reg.R8, Reg.R9]

export interface Thread {
  readonly l: Lwp
  enter(name: string, ...args: readonly Argument[]): void
  exit(name: string, result: number, outcome?: number): void
}
export type Argument = number | bigint | string | Uint8Array

export class TracedGuest {
  readonly machine = new Machine({ memory: 32 << 20 })
  readonly vm = new VmSpace(this.machine)
  readonly recorder: Recorder
  readonly writer: RingWriter
  readonly #reader: RingReader
  readonly #words = new BigUint64Array(this.machine.registers)
  /** ns. */
  time = 0
  #top = ARENA

  /** `shared`: a ring that somebody else reads. */
  constructor(options: Partial<RecorderOptions> = {}, shared = createRing(4 << 20)) {
    this.#reader = new RingReader(shared)
    this.writer = new RingWriter(shared)
    this.vm.mmap({ address: ARENA, length: ARENA_SIZE, prot: 3, shared: false })
    const clock = { monotonic: () => this.time, realtime: () => 1_700_000_000_000_000_000n + BigInt(this.time) }
    const kernel = { machine: this.machine, clock } as unknown as Kernel
    this.recorder = new Recorder(kernel, this.writer, { stringLimit: 32, ...options })
  }

  /** Puts something into the guest's memory: its address. Strings get their zero. */
  put(data: string | Uint8Array): number {
    const bytes = typeof data === 'string' ? Buffer.from(`${data}\0`, 'latin1') : data
    const at = this.#top
    this.vm.memory.copyout(at, bytes)
    this.#top += (bytes.length + 15) & ~15
    return at
  }

  /** Memory for the kernel to write into: its address. */
  room(length: number): number {
    return this.put(new Uint8Array(length))
  }

  write(address: number, bytes: Uint8Array): void {
    this.vm.memory.copyout(address, bytes)
  }

  thread(pid: number, tid = pid): Thread {
    const l = { id: tid, blocks: 0, proc: { pid }, memory: this.vm.memory } as unknown as Lwp
    return {
      l,
      enter: (name, ...args) => {
        ARGUMENT_REGISTERS.forEach((register, i) => {
          const given = args[i] ?? 0
          const value = typeof given === 'object' || typeof given === 'string' ? this.put(given) : given
          this.#words[register] = BigInt.asUintN(64, BigInt(value))
        })
        this.recorder.syscallEnter(l, numberOf(name))
      },
      exit: (name, result, outcome = OUTCOME_RETURNED) => this.recorder.syscallExit(l, numberOf(name), result, outcome),
    }
  }

  /** Hands everything recorded so far to a printer. */
  drain(printer: { record(view: DataView, at: number): void }): void {
    this.writer.publish()
    this.#reader.read(at => printer.record(this.#reader.view, at))
  }
}

function numberOf(name: string): number {
  const nr = callNumber(name)
  if (nr === undefined) throw new Error(`There is no call ${name}.`)
  return nr
}

/** 64-bit words, little-endian. */
export function quads(...values: readonly (number | bigint)[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, v => BigInt.asUintN(64, BigInt(v))).buffer)
}

/** 32-bit words, little-endian. */
export function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values, v => v >>> 0).buffer)
}
