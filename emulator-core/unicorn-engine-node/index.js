const native = require('./unicorn-engine-node.node')

const PAGE_SIZE = 4096
const MAX_MEMORY = 2 ** 32 - 65536

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

const SLOT_NAMES = 'RAX RCX RDX RBX RSP RBP RSI RDI R8 R9 R10 R11 R12 R13 R14 R15 RIP RFLAGS FS_BASE GS_BASE'
const EXIT_NAMES = 'EXIT_REASON EXIT_ADDRESS EXIT_DETAIL BLOCKS SLOTS'
const Reg = Object.freeze(
  Object.fromEntries(`${SLOT_NAMES} ${EXIT_NAMES}`.split(' ').map((name, slot) => [name, slot])),
)

const Prot = Object.freeze({ NONE: 0, READ: 1, WRITE: 2, EXEC: 4 })
const Backing = Object.freeze({ ZERO: 0, PAGER: 1 })

/** A handle that names nothing: what is disposed of has it. */
const GONE = 0xffffffff

// What is collected without having been disposed of gives its memory back here.
const machines = new FinalizationRegistry(machine => {
  machine.isOpen = false
  native.close(machine.handle)
})
const spaces = new FinalizationRegistry(({ machine, space }) => {
  if (machine.isOpen) native.disposeSpace(machine.handle, space)
})

let adopt
let handlesOf

class AddressSpace {
  #machine
  #space = GONE
  /** Keeps the machine, whose handle alone would not. */
  #owner

  static {
    adopt = (owner, machine, handle) => {
      const space = new AddressSpace()
      space.#owner = owner
      space.#machine = machine
      space.#space = handle
      spaces.register(space, { machine, space: handle }, space)
      return space
    }
    handlesOf = space => (#space in space ? [space.#machine.handle, space.#space] : [GONE, GONE])
  }

  map(address, length, prot, backing, shared) {
    native.map(this.#machine.handle, this.#space, address, length, prot, backing, shared)
  }

  unmap(address, length) {
    native.unmap(this.#machine.handle, this.#space, address, length)
  }

  protect(address, length, prot) {
    return native.protect(this.#machine.handle, this.#space, address, length, prot)
  }

  move(from, to, length) {
    native.move(this.#machine.handle, this.#space, from, to, length)
  }

  provide(address, frames, copyOnWrite, readOnly) {
    if (frames.length === 0) return
    native.provide(this.#machine.handle, this.#space, address, frames, copyOnWrite, readOnly)
  }

  provideMissing(address, frames, copyOnWrite, readOnly) {
    native.provideMissing(this.#machine.handle, this.#space, address, frames, copyOnWrite, readOnly)
  }

  discard(address, length) {
    native.discard(this.#machine.handle, this.#space, address, length)
  }

  frameAt(address) {
    return native.frameAt(this.#machine.handle, this.#space, address)
  }

  pageStates(address, length, into, clear) {
    native.pageStates(this.#machine.handle, this.#space, address, length, into, clear)
  }

  translate(address, access) {
    return native.translate(this.#machine.handle, this.#space, address, access)
  }

  runs(address, length, access, into) {
    return native.runs(this.#machine.handle, this.#space, address, length, access, into)
  }

  read(address, into, at, length) {
    return native.read(this.#machine.handle, this.#space, address, into, at, length)
  }

  write(address, from, at, length) {
    return native.write(this.#machine.handle, this.#space, address, from, at, length)
  }

  stringLength(address, max) {
    return native.stringLength(this.#machine.handle, this.#space, address, max)
  }

  get lastFault() {
    return native.lastFault(this.#machine.handle, this.#space)
  }

  get residentPages() {
    return native.residentPages(this.#machine.handle, this.#space)
  }

  fork() {
    return adopt(this.#owner, this.#machine, native.fork(this.#machine.handle, this.#space))
  }

  dispose() {
    if (this.#space === GONE) return
    if (this.#machine.isOpen) native.disposeSpace(this.#machine.handle, this.#space)
    this.#space = GONE
    spaces.unregister(this)
  }
}

class Machine {
  /** Shared with the address spaces, which outlive a disposed machine. */
  #open
  #handle

  constructor(options) {
    const memory = options?.memory
    if (!Number.isInteger(memory) || memory < 2 * PAGE_SIZE || memory % PAGE_SIZE !== 0 || memory > MAX_MEMORY) {
      throw new RangeError('memory must be a multiple of 4096 from 8192 to 4 GiB - 64 KiB')
    }
    // No other thread has it; but of what is shared V8 does not think that a collection now would free as much elsewhere.
    const buffer = new SharedArrayBuffer(memory + PAGE_SIZE)
    const registers = new ArrayBuffer(Reg.SLOTS * 8)
    const offset = (PAGE_SIZE - native.pageOffset(new Uint8Array(buffer))) % PAGE_SIZE
    this.physical = new Uint8Array(buffer, offset, memory)
    this.#handle = native.open(this.physical, registers)
    this.#open = { isOpen: true, handle: this.#handle }
    machines.register(this, this.#open, this)
    if (options.translations !== undefined) native.openTranslations(this.#handle, options.translations)
    this.registers = registers
    this.framesTotal = memory / PAGE_SIZE
    this.stopHandle = native.stopHandle(this.#handle)
  }

  get framesUsed() {
    return native.framesUsed(this.#handle)
  }

  get blockOffset() {
    return native.blockOffset(this.#handle)
  }

  setBlockOffset(rip, offset) {
    native.setBlockOffset(this.#handle, rip, offset)
  }

  createAddressSpace() {
    return adopt(this, this.#open, native.createSpace(this.#handle))
  }

  activate(space) {
    const [machine, handle] = handlesOf(space)
    if (machine !== this.#handle) throw new RangeError('the address space is not of this machine')
    native.activate(machine, handle)
  }

  run(budget) {
    return native.run(this.#handle, budget)
  }

  step() {
    return native.step(this.#handle)
  }

  get blocksTranslated() {
    return native.blockCount(this.#handle, false)
  }

  get blocksReused() {
    return native.blockCount(this.#handle, true)
  }

  saveTranslations() {
    return native.saveTranslations(this.#handle)
  }

  saveFpu(into) {
    native.saveFpu(this.#handle, into)
  }

  loadFpu(from) {
    native.loadFpu(this.#handle, from)
  }

  setBreakpoint(address) {
    native.setBreakpoint(this.#handle, address)
  }

  clearBreakpoint(address) {
    native.clearBreakpoint(this.#handle, address)
  }

  allocateFrame() {
    return native.allocateFrame(this.#handle)
  }

  retainFrame(frame) {
    native.retainFrame(this.#handle, frame)
  }

  releaseFrame(frame) {
    native.releaseFrame(this.#handle, frame)
  }

  frameReferences(frame) {
    return native.frameReferences(this.#handle, frame)
  }

  touchFrame(frame) {
    native.touchFrame(this.#handle, frame)
  }

  dispose() {
    if (!this.#open.isOpen) return
    this.#open.isOpen = false
    this.#open.handle = GONE
    native.close(this.#handle)
    this.#handle = GONE
    machines.unregister(this)
  }
}

// One assignment each: Node finds the names for `import { … }` by reading them.
module.exports.Machine = Machine
module.exports.AddressSpace = AddressSpace
module.exports.requestStop = native.requestStop
module.exports.Exit = Exit
module.exports.Reg = Reg
module.exports.Prot = Prot
module.exports.Backing = Backing
module.exports.PAGE_SIZE = PAGE_SIZE
