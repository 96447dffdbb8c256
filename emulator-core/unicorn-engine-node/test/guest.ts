import { type AddressSpace, Backing, Exit, Machine, Prot, Reg } from '../index.js'

export const CODE = 0x40_0000
export const DATA = 0x60_0000
export const STACK_TOP = 0x7fff_0000
export const RWX = Prot.READ | Prot.WRITE | Prot.EXEC
export const RW = Prot.READ | Prot.WRITE

export const SYSCALL = '0f 05'

/** The bytes of machine code written as hexadecimal, with `;` comments to the end of the line. */
export function assemble(text: string): Uint8Array {
  const digits = text.replace(/;.*$/gm, '').replace(/\s+/g, '')
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}

export type RegisterName = Exclude<keyof typeof Reg, 'SLOTS'>

/** A machine with one active address space: code at CODE, two pages of data at DATA, a stack. */
export class Guest {
  readonly machine: Machine
  readonly registers: BigUint64Array
  space: AddressSpace

  constructor(code = '', memory = 16 << 20) {
    this.machine = new Machine({ memory })
    this.registers = new BigUint64Array(this.machine.registers)
    this.space = this.machine.createAddressSpace()
    this.machine.activate(this.space)
    this.space.map(CODE, 0x4000, RWX, Backing.ZERO, false)
    this.space.map(DATA, 0x2000, RW, Backing.ZERO, false)
    this.space.map(STACK_TOP - 0x4000, 0x4000, RW, Backing.ZERO, false)
    this.write(CODE, assemble(code))
    this.set({ RIP: CODE, RSP: STACK_TOP - 64 })
  }

  get(name: RegisterName): bigint {
    return this.registers[Reg[name]] ?? 0n
  }

  set(values: Partial<Record<RegisterName, number | bigint>>): void {
    for (const [name, value] of Object.entries(values)) {
      this.registers[Reg[name as RegisterName]] = BigInt.asUintN(64, BigInt(value))
    }
  }

  write(address: number, bytes: Uint8Array, space = this.space): void {
    for (let done = 0; done < bytes.length; ) {
      const offset = space.translate(address + done, 1)
      if (offset < 0) throw new Error(`cannot write ${(address + done).toString(16)}: ${offset}`)
      const length = Math.min(bytes.length - done, 4096 - (offset % 4096))
      this.machine.physical.set(bytes.subarray(done, done + length), offset)
      done += length
    }
  }

  read(address: number, length: number, space = this.space): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const offset = space.translate(address + done, 0)
      if (offset < 0) throw new Error(`cannot read ${(address + done).toString(16)}: ${offset}`)
      const part = Math.min(length - done, 4096 - (offset % 4096))
      bytes.set(this.machine.physical.subarray(offset, offset + part), done)
      done += part
    }
    return bytes
  }

  readWord(address: number, space = this.space): bigint {
    return new DataView(this.read(address, 8, space).buffer).getBigUint64(0, true)
  }

  /** Runs and gives the exit's name, for readable failures. */
  run(budget = 1_000_000): keyof typeof Exit {
    return exitName(this.machine.run(budget))
  }

  step(): keyof typeof Exit {
    return exitName(this.machine.step())
  }

  /** What a page fault or an exception was about. */
  exit(): { address: bigint; detail: bigint; rip: bigint } {
    return { address: this.get('EXIT_ADDRESS'), detail: this.get('EXIT_DETAIL'), rip: this.get('RIP') }
  }
}

function exitName(exit: number): keyof typeof Exit {
  const found = Object.entries(Exit).find(([, value]) => value === exit)
  if (!found) throw new Error(`exit ${exit}`)
  return found[0] as keyof typeof Exit
}
