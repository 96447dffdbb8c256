/** The run loop on a real processor, with as much of a kernel around it as a thread needs that makes no calls. */
import { Backing, Machine, Prot, Reg } from 'unicorn-engine-node'
import { afterEach, expect, it } from 'vitest'
import type { DebugHook } from './debug-hook.ts'
import type { Lwp } from './lwp.ts'
import type { NativeKernel } from './native-kernel.ts'
import { RunLoop } from './run-loop.ts'
import { newUsage } from './usage.ts'

const CODE = 0x40_0000
/** Blocks of a turn: run-loop.ts. */
const QUANTUM = 400_000

let machine: Machine
afterEach(() => machine.dispose())

/** A thread with a breakpoint at its first instruction. `stops`: where the debugger was asked and said stop. */
function threadAt(code: readonly number[], { steps = 0 } = {}) {
  machine = new Machine({ memory: 1 << 20 })
  const space = machine.createAddressSpace()
  space.map(CODE, 4096, Prot.READ | Prot.WRITE | Prot.EXEC, Backing.ZERO, false)
  machine.physical.set(code, space.translate(CODE, 1))
  machine.setBreakpoint(CODE)
  const stops: string[] = []
  const place = (l: Lwp) => `+${Number(l.registers[Reg.RIP]) - CODE}`
  let left = steps
  const hook = {
    preferred: undefined,
    hasBreakpoint: (address: number) => address === CODE,
    wantsStep: () => left > 0,
    onInstruction: (l: Lwp) => {
      left--
      stops.push(`step ${place(l)}`)
      return 'stop'
    },
    onBreakpoint: (l: Lwp) => {
      left = Math.max(0, left - 1)
      stops.push(`breakpoint ${place(l)}`)
      return 'stop'
    },
  } as unknown as DebugHook
  const kernel = {
    machine,
    hook,
    clock: { monotonic: () => 0, fireDue() {}, isVirtual: false },
    // The slice ends with the first turn.
    host: { monotonic: () => performance.now() * 1e6 },
    net: {},
  } as unknown as NativeKernel
  const loop = new RunLoop(kernel)
  const proc = { vm: { space }, usage: newUsage(), exitStatus: undefined }
  const l = {
    id: 1,
    state: 'runnable',
    queued: false,
    proc,
    usage: newUsage(),
    registers: new BigUint64Array(Reg.SLOTS),
    fpu: new Uint8Array(512),
    blocks: 0,
    blockOffset: 0,
    signals: { needsAttention: () => false },
  } as unknown as Lwp
  machine.saveFpu(l.fpu)
  l.registers[Reg.RIP] = BigInt(CODE)
  l.registers[Reg.RFLAGS] = 2n
  loop.makeRunnable(l)
  return { loop, stops }
}

/** mov ecx, times; again: dec ecx; jnz again; jmp to the first instruction. `times` + 1 blocks. */
const round = (times: number) => [
  0xb9,
  times & 0xff,
  (times >> 8) & 0xff,
  (times >> 16) & 0xff,
  0,
  ...[0xff, 0xc9],
  ...[0x75, 0xfc],
  ...[0xeb, 0xf5],
]

it.each([3, QUANTUM - 2, QUANTUM - 1, QUANTUM, 2 * QUANTUM - 1])(
  'stops at a breakpoint each time a loop of %i rounds comes to it, also when its turn ends just there',
  times => {
    const { loop, stops } = threadAt(round(times))
    for (let i = 1; i <= 3; i++) {
      let result = loop.runSlice()
      // A thread's turn may be more than one slice: three of them are enough for the longest loop here.
      for (let slices = 0; result.kind === 'more' && slices < 100; slices++) result = loop.runSlice()
      expect(result.kind).toBe('stopped')
      expect(stops).toEqual(Array(i).fill('breakpoint +0'))
    }
  },
)

it('does not stop twice where a step has come to a breakpoint', () => {
  // nop; jmp to the first instruction.
  const { loop, stops } = threadAt([0x90, 0xeb, 0xfd], { steps: 4 })
  for (let i = 0; i < 5; i++) loop.runSlice()
  // First the thread is there before it has run; it stops once in each round after the steps have been used up.
  expect(stops).toEqual(['breakpoint +0', 'step +1', 'breakpoint +0', 'step +1', 'breakpoint +0'])
})
