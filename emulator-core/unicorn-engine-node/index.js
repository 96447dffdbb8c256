const native = require('./unicorn-engine-node.node')

const PAGE_SIZE = 4096

const Exit = Object.freeze({
  SYSCALL: 1,
  PAGE_FAULT: 2,
  EXCEPTION: 3,
  BUDGET: 4,
  BREAKPOINT: 5,
  STEP: 6,
  STOPPED: 7,
  RDTSC: 8,
})

const Reg = Object.freeze({
  RAX: 0,
  RCX: 1,
  RDX: 2,
  RBX: 3,
  RSP: 4,
  RBP: 5,
  RSI: 6,
  RDI: 7,
  R8: 8,
  R9: 9,
  R10: 10,
  R11: 11,
  R12: 12,
  R13: 13,
  R14: 14,
  R15: 15,
  RIP: 16,
  RFLAGS: 17,
  FS_BASE: 18,
  GS_BASE: 19,
  EXIT_REASON: 20,
  EXIT_ADDRESS: 21,
  EXIT_DETAIL: 22,
  BLOCKS: 23,
  SLOTS: 24,
})

const Prot = Object.freeze({ NONE: 0, READ: 1, WRITE: 2, EXEC: 4 })
const Backing = Object.freeze({ ZERO: 0, PAGER: 1 })

/** The native machine over buffers that JavaScript owns. */
class Machine extends native.NativeMachine {
  constructor(options) {
    const memory = options?.memory
    if (!Number.isInteger(memory) || memory < 2 * PAGE_SIZE || memory % PAGE_SIZE !== 0 || memory > 2 ** 32 - 65536) {
      throw new RangeError('memory must be a multiple of 4096 from 8192 to 4 GiB - 64 KiB')
    }
    const buffer = new ArrayBuffer(memory + PAGE_SIZE)
    const registers = new ArrayBuffer(Reg.SLOTS * 8)
    const misalignment = native.pageOffset(buffer)
    const offset = misalignment === 0 ? 0 : PAGE_SIZE - misalignment
    super(buffer, offset, memory, registers)
    Object.defineProperty(this, 'physical', { value: new Uint8Array(buffer, offset, memory), enumerable: true })
    Object.defineProperty(this, 'registers', { value: registers, enumerable: true })
  }
}

module.exports.Machine = Machine
module.exports.AddressSpace = native.AddressSpace
module.exports.requestStop = native.requestStop
module.exports.Exit = Exit
module.exports.Reg = Reg
module.exports.Prot = Prot
module.exports.Backing = Backing
module.exports.PAGE_SIZE = PAGE_SIZE
