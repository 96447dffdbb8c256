// How long a trip from JavaScript into the guest, to its next system call and back takes, and a call that stays here.
import { Backing, Machine, Prot, Reg } from '../index.js'

const machine = new Machine({ memory: 16 << 20 })
const registers = new BigUint64Array(machine.registers)
const space = machine.createAddressSpace()
machine.activate(space)
space.map(0x400000, 4096, Prot.READ | Prot.WRITE | Prot.EXEC, Backing.ZERO, false)
// again: mov eax, 110; syscall; jmp again
machine.physical.set([0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7], space.translate(0x400000, 1))
registers[Reg.RIP] = 0x400000n

/** The best of five rounds, in nanoseconds a time. */
function measure(name, action) {
  const times = 1_000_000
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const start = process.hrtime.bigint()
    for (let time = 0; time < times; time++) action()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / times)
  }
  console.log(`${name}: ${best.toFixed(0)} ns`)
}

measure('to the next system call', () => machine.run(1_000_000))
measure('the same with the result in rax', () => {
  machine.run(1_000_000)
  registers[Reg.RAX] = 1n
})
measure('translate', () => space.translate(0x400010, 0))
