/** Processor exceptions and page faults as signals: sys/arch/amd64/amd64/trap.c; si_code in Linux's numbers. */
import { type Machine, Reg } from 'unicorn-engine-node'
import type { Lwp } from './lwp.ts'
import { SIGBUS, SIGFPE, SIGILL, SIGKILL, SIGSEGV, SIGTRAP } from './signal/numbers.ts'
import { postSignalToLwp } from './signal/post.ts'
import { SIG_DFL, SIG_IGN } from './signal/proc-signals.ts'
import {
  BUS_ADRALN,
  BUS_ADRERR,
  FPE_INTDIV,
  ILL_ILLOPN,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SI_KERNEL,
  type SigInfo,
  TRAP_BRKPT,
  TRAP_TRACE,
} from './signal/siginfo.ts'
import type { FaultResult } from './uvm/fault.ts'

const T_PAGE_FAULT = 14
const FPE_FLTDIV = 3
const FPE_FLTOVF = 4
const FPE_FLTUND = 5
const FPE_FLTRES = 6
const FPE_FLTINV = 7

interface TrapKind {
  readonly signo: number
  readonly code: number
  /** Whether siginfo tells the instruction's address. */
  readonly address: boolean
}

/** By vector. Software interrupts and everything else are a general protection fault, as on a kernel without i386 emulation. */
const traps = new Map<number, TrapKind>([
  [0, { signo: SIGFPE, code: FPE_INTDIV, address: true }],
  [1, { signo: SIGTRAP, code: TRAP_TRACE, address: true }],
  [3, { signo: SIGTRAP, code: TRAP_BRKPT, address: false }],
  [6, { signo: SIGILL, code: ILL_ILLOPN, address: true }],
  [16, { signo: SIGFPE, code: FPE_FLTINV, address: true }],
  [17, { signo: SIGBUS, code: BUS_ADRALN, address: false }],
  [19, { signo: SIGFPE, code: FPE_FLTINV, address: true }],
])
const GENERAL_PROTECTION: TrapKind = { signo: SIGSEGV, code: SI_KERNEL, address: false }
const T_GENERAL_PROTECTION = 13

/** Vectors from here on are software interrupts. */
const FIRST_INTERRUPT = 0x20
const T_X87 = 16
const T_SIMD = 19

/** `words`: the machine's registers as 32-bit halves, with the exit in them. */
export function exceptionSignal(words: Uint32Array, machine: Machine): SigInfo {
  const vector = words[Reg.EXIT_DETAIL * 2]
  const kind = traps.get(vector) ?? GENERAL_PROTECTION
  const rip = words[Reg.RIP * 2 + 1] * 0x1_0000_0000 + words[Reg.RIP * 2]
  // int3 is TRAP_BRKPT with SI_KERNEL on Linux, since the processor reports it behind the instruction.
  const arithmetic = vector === T_X87 || vector === T_SIMD
  const code = vector === 3 ? SI_KERNEL : arithmetic ? arithmeticCode(machine, vector) : kind.code
  return {
    signo: kind.signo,
    code,
    address: kind.address ? rip : 0,
    trap: traps.has(vector) ? vector : T_GENERAL_PROTECTION,
    // A gate of the interrupt table that is not for programs.
    trapError: vector >= FIRST_INTERRUPT ? (vector << 3) | 2 : words[Reg.EXIT_ADDRESS * 2],
  }
}

/** Which unmasked exception it was: the first of invalid, by zero, overflow, underflow or denormal, inexact (Linux: fpu__exception_code). */
function arithmeticCode(machine: Machine, vector: number): number {
  const state = new Uint8Array(FXSAVE_BYTES)
  machine.saveFpu(state)
  const v = new DataView(state.buffer)
  const mxcsr = v.getUint32(24, true)
  const raised = vector === T_X87 ? v.getUint16(2, true) & ~v.getUint16(0, true) : mxcsr & ~(mxcsr >> 7)
  if ((raised & 1) !== 0) return FPE_FLTINV
  if ((raised & 4) !== 0) return FPE_FLTDIV
  if ((raised & 8) !== 0) return FPE_FLTOVF
  if ((raised & 0x12) !== 0) return FPE_FLTUND
  return (raised & 0x20) !== 0 ? FPE_FLTRES : FPE_FLTINV
}

const FXSAVE_BYTES = 512

/** The half of all addresses that is the kernel's begins here: as a signed number. */
const KERNEL_HALF = -(2 ** 47)

/** `address`: signed. `detail`: the engine's, the access and 4 if a page was present. */
export function faultSignal(address: number, detail: number, result: Exclude<FaultResult, object>): SigInfo {
  const trap = T_PAGE_FAULT
  const write = (detail & 3) === 1 ? 2 : 0
  const execute = (detail & 3) === 2 ? 16 : 0
  const trapError = 4 | write | execute | (detail & 4 ? 1 : 0)
  switch (result) {
    case 'beyond-object':
      return { signo: SIGBUS, code: BUS_ADRERR, address, trap, trapError }
    case 'no-memory':
      return { signo: SIGKILL, code: SI_KERNEL }
    case 'protection':
      return { signo: SIGSEGV, code: SEGV_ACCERR, address, trap, trapError }
    default:
      if (address >= 2 ** 47 || address < KERNEL_HALF) return generalProtection()
      // Whether something is there is nobody's business: always as if there were.
      if (address < 0) return { signo: SIGSEGV, code: SEGV_MAPERR, address, trap, trapError: trapError | 1 }
      return { signo: SIGSEGV, code: SEGV_MAPERR, address, trap, trapError }
  }
}

/** A general protection fault, which has no address: of a non-canonical one, or of an instruction that is not for programs. */
export function generalProtection(): SigInfo {
  return { signo: SIGSEGV, code: SI_KERNEL, address: 0, trap: T_GENERAL_PROTECTION, trapError: 0 }
}

/** A signal that cannot wait (trapsignal): if it is blocked or ignored, the default action is taken. */
export function forceSignal(l: Lwp, info: SigInfo): void {
  const { signals } = l.proc
  const { signo } = info
  const action = signals.action(signo)
  const blocked = l.signals.mask.has(signo)
  if (blocked || action.handler === SIG_IGN) {
    signals.setAction(signo, { ...action, handler: SIG_DFL })
    l.signals.mask.delete(signo)
  }
  postSignalToLwp(l, signo, info)
}
