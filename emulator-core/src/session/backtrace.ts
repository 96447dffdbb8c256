/**
 * The guest's call stack. Where there are no unwind tables (musl's static programs have none) it looks on the stack for words that are return addresses,
 * which a call instruction precedes. A direct call tells its target, so a candidate is certain if that is the function being returned from.
 */
import { type Caller, type Registers, RIP, RSP } from './dwarf/unwind.ts'
import type { GuestFrame } from './protocol.ts'

export interface CodeSpace {
  /** Bytes of guest memory, fewer or none where it cannot be read. */
  read(address: number, length: number): Uint8Array
  /** The executable mapping's file and the function at an address; undefined where there is no code. */
  locate(address: number): CodeLocation | undefined
  /** Who has called the function at an address, by the program's own tables; undefined: they do not say. */
  caller?(address: number, registers: Registers): Caller | 'nobody' | undefined
  /** What the tables say of the registers of a frame whose canonical frame address was found otherwise. */
  withFrameAddress?(address: number, registers: Registers, cfa: bigint): Registers
}

export interface CodeLocation {
  readonly module: string
  readonly symbol: string | undefined
  /** Address of the symbol's first instruction in memory; the address itself without a symbol. */
  readonly start: number
  /** Behind its last; `start` without a symbol or size. */
  readonly end: number
}

/** How far above the stack pointer a frame's return address is looked for, in bytes. */
const FRAME_REACH = 16384
/** How much farther than a return from an indirect call a certain one is preferred. */
const CERTAIN_REACH = 2048
/** Code of a function that is searched for the jump by which it ends in another. */
const LONGEST_FUNCTION = 4096
/** Tail calls that are followed from the function that was called to the one that runs. */
const MOST_JUMPS = 3
/** Beyond these nothing calls. */
const OUTERMOST = new Set(['_start', '_start_c', '__clone', 'clone', '__restore_rt', 'clone3'])

/** A frame with the registers that its function has, as far as they are known. */
export interface ProgramFrame {
  readonly address: number
  /** An address of the instruction that is, or was, executed: before a return address is the call. */
  readonly within: number
  readonly registers: Registers
}

/** Innermost first. Where the program has tables for it they say who has called, else the stack is searched. */
export function programFrames(space: CodeSpace, start: Registers, limit: number): ProgramFrame[] {
  const frames: ProgramFrame[] = []
  let registers = start
  let isNext = true
  while (frames.length < limit) {
    const address = Number(registers[RIP] ?? 0n)
    const within: number = isNext ? address : address - 1
    frames.push({ address, within, registers })
    const here = space.locate(within)
    if (here === undefined || (here.symbol !== undefined && OUTERMOST.has(here.symbol))) break
    const stack = Number(registers[RSP] ?? 0n)
    const caller: Caller | 'nobody' | undefined = space.caller?.(within, registers)
    if (caller === 'nobody') break
    if (caller !== undefined) {
      // Only a signal's handler may have a stack of its own.
      if (!caller.isInterrupted && Number(caller.registers[RSP] ?? 0n) <= stack) break
      registers = caller.registers
      isNext = caller.isInterrupted
      continue
    }
    const found = findReturn(space, stack, here)
    if (found === undefined) break
    // The caller of a function without tables has lost its registers, though not its place on the stack.
    const completed = space.withFrameAddress?.(within, registers, BigInt(found.slot + 8)) ?? registers
    frames[frames.length - 1] = { address, within, registers: completed }
    const known = completed === registers ? undefined : space.caller?.(within, completed)
    const isSure = known !== undefined && known !== 'nobody' && Number(known.registers[RIP]) === found.address
    registers = isSure ? known.registers : registersOf(found.address, found.slot + 8)
    isNext = false
  }
  return frames
}

/** Nothing else is known. */
function registersOf(address: number, stack: number): Registers {
  const registers: (bigint | undefined)[] = []
  registers[RIP] = BigInt(address)
  registers[RSP] = BigInt(stack)
  return registers
}

export function guestFrames(space: CodeSpace, rip: number, rsp: number, limit: number): GuestFrame[] {
  return shownFrames(space, registersOf(rip, rsp), limit)
}

export function shownFrames(space: CodeSpace, start: Registers, limit: number): GuestFrame[] {
  return programFrames(space, start, limit).map(({ address, within }) => frameAt(address, space.locate(within)))
}

function frameAt(address: number, at: CodeLocation | undefined): GuestFrame {
  return { address, symbol: at?.symbol, offset: at === undefined ? 0 : address - at.start, module: at?.module ?? '' }
}

interface Return {
  readonly address: number
  readonly slot: number
}

/** Stale words below the true return address look like it: a direct call to something else is none, an indirect one may be. */
function findReturn(space: CodeSpace, sp: number, callee: CodeLocation): Return | undefined {
  const stack = space.read(sp, FRAME_REACH)
  const view = new DataView(stack.buffer, stack.byteOffset, stack.byteLength)
  let possible: Return | undefined
  for (let at = 0; at + 8 <= stack.length; at += 8) {
    const high = view.getUint32(at + 4, true)
    if (high >= 0x8000) continue
    const address = high * 0x1_0000_0000 + view.getUint32(at, true)
    if (address < 0x1000 || space.locate(address - 1) === undefined) continue
    const call = callBefore(space, address)
    if (call === undefined) continue
    const candidate = { address, slot: sp + at }
    if (possible !== undefined && candidate.slot - possible.slot > CERTAIN_REACH) break
    if (call.target === undefined || callee.symbol === undefined) possible ??= candidate
    else if (leadsTo(space, call.target, callee.start, MOST_JUMPS)) return candidate
  }
  return possible
}

/** Whether a function is the callee, or ends by jumping to it: a tail call, or a jump through the linkage table. */
function leadsTo(space: CodeSpace, target: number, callee: number, jumps: number): boolean {
  if (target === callee) return true
  if (jumps === 0) return false
  const linked = linkedTo(space, target)
  if (linked !== undefined) return leadsTo(space, linked, callee, jumps - 1)
  const at = space.locate(target)
  if (at === undefined || at.start !== target) return false
  const code = space.read(target, Math.min(at.end - target, LONGEST_FUNCTION))
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength)
  for (let i = 0; i + 2 <= code.length; i++) {
    const long = code[i] === 0xe9 && i + 5 <= code.length
    if (!long && code[i] !== 0xeb) continue
    const to = target + i + (long ? 5 + view.getInt32(i + 1, true) : 2 + view.getInt8(i + 1))
    if (to === callee) return true
    const outside = to < target || to >= at.end
    if (outside && space.locate(to)?.start === to && leadsTo(space, to, callee, jumps - 1)) return true
  }
  return false
}

/** Where an entry of the linkage table jumps to: [endbr64] [bnd] jmp *displacement(%rip), through a word of the global offset table. */
function linkedTo(space: CodeSpace, target: number): number | undefined {
  const code = space.read(target, 11)
  let at = 0
  if (code[0] === 0xf3 && code[1] === 0x0f && code[2] === 0x1e && code[3] === 0xfa) at = 4
  if (code[at] === 0xf2) at++
  if (code[at] !== 0xff || code[at + 1] !== 0x25 || code.length < at + 6) return undefined
  const slot = target + at + 6 + new DataView(code.buffer, code.byteOffset).getInt32(at + 2, true)
  const word = space.read(slot, 8)
  return word.length < 8 ? undefined : Number(new DataView(word.buffer, word.byteOffset).getBigUint64(0, true))
}

/** The call instruction that ends at an address, with its target if it is a direct one. */
function callBefore(space: CodeSpace, address: number): { target: number | undefined } | undefined {
  const code = space.read(address - 7, 7)
  if (code.length < 7) return undefined
  if (code[2] === 0xe8) return { target: address + new DataView(code.buffer, code.byteOffset).getInt32(3, true) }
  // ff /2: through a register (2 bytes, 3 with REX) or memory (3, 6 or 7 bytes with displacement).
  for (const length of [2, 3, 4, 6, 7]) {
    const at = 7 - length
    if (code[at] === 0xff && ((code[at + 1] >> 3) & 7) === 2 && lengthOfModrm(code[at + 1]) === length - 2)
      return { target: undefined }
  }
  return undefined
}

/** Bytes that follow a ModRM byte: SIB and displacement. */
function lengthOfModrm(modrm: number): number {
  const mod = modrm >> 6
  const rm = modrm & 7
  if (mod === 3) return 0
  const sib = rm === 4 ? 1 : 0
  if (mod === 1) return sib + 1
  if (mod === 2) return sib + 4
  return rm === 5 ? 4 : sib
}
