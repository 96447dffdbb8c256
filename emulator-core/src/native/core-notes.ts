/** The notes of a core file: struct elf_prstatus, elf_prpsinfo, and siginfo (include/linux/elfcore.h, arch/x86/include/asm/elf.h). */
import { Reg } from 'unicorn-engine-node'
import type { Lwp } from './lwp.ts'
import type { SigInfo } from './signal/siginfo.ts'
import { signalBytes } from './signal/siginfo-bytes.ts'
import type { SigSet } from './signal/sigset.ts'

const NT_PRSTATUS = 1
const NT_PRFPREG = 2
const NT_PRPSINFO = 3
const NT_SIGINFO = 0x5349_4749

/** struct user_regs_struct up to %rsp: in order. %orig_rax, %cs and %eflags stand among them. */
const REGISTERS = [
  Reg.R15,
  Reg.R14,
  Reg.R13,
  Reg.R12,
  Reg.RBP,
  Reg.RBX,
  Reg.R11,
  Reg.R10,
  Reg.R9,
  Reg.R8,
  Reg.RAX,
  Reg.RCX,
  Reg.RDX,
  Reg.RSI,
  Reg.RDI,
] as const
const PRSTATUS_BYTES = 336
const PRPSINFO_BYTES = 136
const REGISTERS_AT = 112
const USER_CS = 0x33n
const USER_SS = 0x2bn

export function coreNotes(l: Lwp, info: SigInfo): Uint8Array {
  const { proc } = l
  const { scheduler } = proc.kernel
  scheduler.saveRegisters()
  const fpu = new Uint8Array(l.fpu.length)
  proc.kernel.machine.saveFpu(fpu)
  const parts = [
    note(NT_PRSTATUS, status(l, info.signo)),
    note(NT_PRPSINFO, processInfo(l)),
    note(NT_SIGINFO, signalBytes(info)),
  ]
  parts.push(note(NT_PRFPREG, fpu))
  for (const other of proc.lwps.values()) {
    if (other !== l) parts.push(note(NT_PRSTATUS, status(other, info.signo)), note(NT_PRFPREG, other.fpu))
  }
  return joined(parts)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const NAME = 'CORE\0'
const aligned = (n: number): number => (n + 3) & ~3

function note(type: number, content: Uint8Array): Uint8Array {
  const contentAt = 12 + aligned(NAME.length)
  const bytes = new Uint8Array(contentAt + aligned(content.length))
  const v = new DataView(bytes.buffer)
  v.setUint32(0, NAME.length, true)
  v.setUint32(4, content.length, true)
  v.setUint32(8, type, true)
  for (let i = 0; i < NAME.length; i++) bytes[12 + i] = NAME.charCodeAt(i)
  bytes.set(content, contentAt)
  return bytes
}

function status(l: Lwp, signo: number): Uint8Array {
  const { proc } = l
  const v = new DataView(new ArrayBuffer(PRSTATUS_BYTES))
  const set = (at: number, signals: SigSet): void => {
    v.setInt32(at, signals.low, true)
    v.setInt32(at + 4, signals.high, true)
  }
  v.setInt32(0, signo, true)
  v.setInt16(12, signo, true)
  set(16, l.signals.pending.set)
  set(24, l.signals.mask)
  v.setInt32(32, l.id, true)
  v.setInt32(36, proc.parent?.pid ?? 1, true)
  v.setInt32(40, proc.pgrp, true)
  v.setInt32(44, proc.session, true)
  const word = (i: number, value: bigint): void => v.setBigUint64(REGISTERS_AT + 8 * i, value, true)
  const r = l.registers
  REGISTERS.forEach((slot, i) => {
    word(i, r[slot])
  })
  const rest = [2n ** 64n - 1n, r[Reg.RIP], USER_CS, r[Reg.RFLAGS], r[Reg.RSP], USER_SS, r[Reg.FS_BASE], r[Reg.GS_BASE]]
  rest.forEach((value, i) => {
    word(REGISTERS.length + i, value)
  })
  v.setInt32(PRSTATUS_BYTES - 8, 1, true)
  return new Uint8Array(v.buffer)
}

function processInfo(l: Lwp): Uint8Array {
  const { proc } = l
  const bytes = new Uint8Array(PRPSINFO_BYTES)
  const v = new DataView(bytes.buffer)
  bytes[1] = 'R'.charCodeAt(0)
  v.setInt8(3, proc.nice)
  v.setUint32(16, proc.credentials.uid, true)
  v.setUint32(20, proc.credentials.gid, true)
  const numbers = [proc.pid, proc.parent?.pid ?? 1, proc.pgrp, proc.session]
  numbers.forEach((number, i) => {
    v.setInt32(24 + 4 * i, number, true)
  })
  const text = (at: number, length: number, value: string): void => {
    for (let i = 0; i < Math.min(length - 1, value.length); i++) bytes[at + i] = value.charCodeAt(i)
  }
  text(40, 16, proc.name)
  text(56, 80, proc.arguments.join(' '))
  return bytes
}
