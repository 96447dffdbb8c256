/**
 * The frame a signal handler runs on, and the way back from it.
 * NetBSD: sys/compat/linux/arch/amd64/linux_machdep.c (linux_sendsig, linux_sys_rt_sigreturn); Linux: struct rt_sigframe, arch/x86/include/asm/sigframe.h.
 */
import { Reg } from 'unicorn-engine-node'
import { EFAULT, Errno } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { SS_AUTODISARM, SS_DISABLE } from '../native/signal/lwp-signals.ts'
import { SIGSEGV } from '../native/signal/numbers.ts'
import { SA_ONSTACK, SA_RESTORER, type SigAction } from '../native/signal/proc-signals.ts'
import { SI_KERNEL, type SigInfo } from '../native/signal/siginfo.ts'
import { SIGINFO_BYTES, signalBytes } from '../native/signal/siginfo-bytes.ts'
import type { SigSet } from '../native/signal/sigset.ts'
import { forceSignal } from '../native/trap.ts'
import { NO_STACK, onAltStack, setAltStack } from './alternate-stack.ts'
import type { CallFamily } from './call.ts'
import { restartSequence } from './rseq.ts'

/** Bytes below the stack pointer that a leaf function may use. */
const RED_ZONE = 128
const FPU_BYTES = 512
const FPU_ALIGN = 64

/** Offsets within the frame: the return address, struct ucontext, siginfo_t. */
const UCONTEXT = 8
const UC_STACK = UCONTEXT + 16
const MCONTEXT = UCONTEXT + 40
const UC_SIGMASK = MCONTEXT + 256
const SIGINFO = UC_SIGMASK + 8
const FRAME_BYTES = SIGINFO + SIGINFO_BYTES

/** UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS. */
const UC_FLAGS = 6n

/** Length of the instruction `syscall`. */
const SYSCALL_BYTES = 2n
const EINTR_LINUX = 4n

/** The registers of struct sigcontext in its order. */
const ORDER = [
  Reg.R8,
  Reg.R9,
  Reg.R10,
  Reg.R11,
  Reg.R12,
  Reg.R13,
  Reg.R14,
  Reg.R15,
  Reg.RDI,
  Reg.RSI,
  Reg.RBP,
  Reg.RBX,
  Reg.RDX,
  Reg.RAX,
  Reg.RCX,
  Reg.RSP,
  Reg.RIP,
  Reg.RFLAGS,
] as const
const SC_SEGMENTS = 144
const SC_ERR = 152
const SC_TRAPNO = 160
const SC_OLDMASK = 168
const SC_CR2 = 176
const SC_FPSTATE = 184
/** %cs and %ss of a 64-bit program. */
const USER_CS = 0x33n
const USER_SS = 0x2bn
const USER_RPL = 3

/** Flags cleared for a handler: TF, DF, RF. */
const HANDLER_CLEARS = 0x1_0500n
/** Flags a program may set by sigreturn: CF PF AF ZF SF TF DF OF AC and RF; bit 1 and IF are always set. */
const USER_FLAGS = 0x5_0dd5n
const FIXED_FLAGS = 0x202n

/** x87 and SSE as a new program finds them (FXSAVE format): control words 0x37f and 0x1f80. */
const initialFpu = new Uint8Array(FPU_BYTES)
new DataView(initialFpu.buffer).setUint16(0, 0x37f, true)
new DataView(initialFpu.buffer).setUint32(24, 0x1f80, true)
const MXCSR = 24
const MXCSR_VALID = 0xffff

export { initialFpu }

/** Made once: signals come often, and nothing keeps these. */
const savedFpu = new Uint8Array(FPU_BYTES)
const frameBuffer = new Uint8Array(FRAME_BYTES)
const frameView = new DataView(frameBuffer.buffer)

/** Where the frame goes; undefined if there is no room on the alternate stack. */
function frameAddresses(l: Lwp, action: SigAction, sp: number): { frame: number; fpu: number } | undefined {
  const stack = l.signals.altStack
  const already = onAltStack(stack, sp)
  const switches = (action.flags & SA_ONSTACK) !== 0 && (stack.flags & SS_DISABLE) === 0 && !already
  const top = switches ? stack.sp + stack.size : sp - RED_ZONE
  const fpu = Math.floor((top - FPU_BYTES) / FPU_ALIGN) * FPU_ALIGN
  const frame = Math.floor((fpu - FRAME_BYTES) / 16) * 16 - 8
  if ((switches || already) && frame <= stack.sp) return undefined
  return { frame, fpu }
}

export function linux_sendsig(l: Lwp, info: SigInfo, action: SigAction, returnMask: SigSet): boolean {
  if ((action.flags & SA_RESTORER) === 0) return false
  const { machine } = l.proc.kernel
  const regs = new BigUint64Array(machine.registers)
  const at = frameAddresses(l, action, Number(regs[Reg.RSP]))
  if (at === undefined) return false
  endRestart(l, regs)
  // A handler may use the section that it interrupts.
  if (l.sequences !== undefined) restartSequence(l)

  machine.saveFpu(savedFpu)
  try {
    l.memory.copyout(at.fpu, savedFpu)
    l.memory.copyout(at.frame, frameBytes(l, info, action, returnMask, regs, at.fpu))
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
  if ((l.signals.altStack.flags & SS_AUTODISARM) !== 0) l.signals.altStack = { ...NO_STACK }

  regs[Reg.RDI] = BigInt(info.signo)
  regs[Reg.RSI] = BigInt(at.frame + SIGINFO)
  regs[Reg.RDX] = BigInt(at.frame + UCONTEXT)
  regs[Reg.RAX] = 0n
  regs[Reg.RSP] = BigInt(at.frame)
  regs[Reg.RIP] = BigInt(action.handler)
  regs[Reg.RFLAGS] &= ~HANDLER_CLEARS
  machine.loadFpu(initialFpu)
  return true
}

/** A timed wait would have gone on; now that a handler runs, it is over. %rip stands before its `syscall`. */
function endRestart(l: Lwp, regs: BigUint64Array): void {
  if (l.restartDeadline === undefined) return
  l.restartDeadline = undefined
  regs[Reg.RIP] += SYSCALL_BYTES
  regs[Reg.RAX] = BigInt.asUintN(64, -EINTR_LINUX)
}

function frameBytes(
  l: Lwp,
  info: SigInfo,
  action: SigAction,
  mask: SigSet,
  regs: BigUint64Array,
  fpu: number,
): Uint8Array {
  const bytes = frameBuffer.fill(0)
  const v = frameView
  const put = (offset: number, value: bigint): void => v.setBigUint64(offset, value, true)
  put(0, BigInt(action.restorer))
  put(UCONTEXT, UC_FLAGS)
  const stack = l.signals.altStack
  put(UC_STACK, BigInt(stack.sp))
  v.setUint32(UC_STACK + 8, stack.flags, true)
  put(UC_STACK + 16, BigInt(stack.size))
  for (let i = 0; i < ORDER.length; i++) put(MCONTEXT + 8 * i, regs[ORDER[i]])
  put(MCONTEXT + SC_SEGMENTS, USER_CS | (USER_SS << 48n))
  put(MCONTEXT + SC_ERR, BigInt(info.trapError ?? 0))
  put(MCONTEXT + SC_TRAPNO, BigInt(info.trap ?? 0))
  v.setInt32(MCONTEXT + SC_OLDMASK, mask.low, true)
  v.setInt32(MCONTEXT + SC_OLDMASK + 4, mask.high, true)
  put(MCONTEXT + SC_CR2, info.trap === 14 ? BigInt(info.address ?? 0) : 0n)
  put(MCONTEXT + SC_FPSTATE, BigInt(fpu))
  v.setInt32(UC_SIGMASK, mask.low, true)
  v.setInt32(UC_SIGMASK + 4, mask.high, true)
  bytes.set(signalBytes(info), SIGINFO)
  return bytes
}

/** rt_sigreturn(2): back to what the handler interrupted. A bad frame is a SIGSEGV. */
function linux_sys_rt_sigreturn(l: Lwp): number {
  const { machine } = l.proc.kernel
  const regs = new BigUint64Array(machine.registers)
  // The handler's `ret` has taken the return address off.
  const frame = Number(regs[Reg.RSP]) - UCONTEXT
  try {
    restore(l, regs, l.memory.copyin(frame, SIGINFO))
  } catch (error) {
    if (error !== EFAULT) throw error
    forceSignal(l, { signo: SIGSEGV, code: SI_KERNEL })
  }
  l.registersReplaced = true
  return 0
}

function restore(l: Lwp, regs: BigUint64Array, frame: Uint8Array): void {
  const { machine } = l.proc.kernel
  const v = new DataView(frame.buffer)
  // There is no other mode than that of 64-bit programs.
  if ((v.getUint16(MCONTEXT + SC_SEGMENTS, true) | USER_RPL) !== Number(USER_CS)) throw EFAULT
  const fpuAt = v.getBigUint64(MCONTEXT + SC_FPSTATE, true)
  const fpu = fpuAt === 0n ? initialFpu.slice() : l.memory.copyin(Number(fpuAt), FPU_BYTES)
  const control = new DataView(fpu.buffer)
  control.setUint32(MXCSR, control.getUint32(MXCSR, true) & MXCSR_VALID, true)
  machine.loadFpu(fpu)
  ORDER.forEach((slot, i) => {
    const value = v.getBigUint64(MCONTEXT + 8 * i, true)
    regs[slot] = slot === Reg.RFLAGS ? (value & USER_FLAGS) | FIXED_FLAGS : value
  })
  const { signals } = l
  signals.savedMask = undefined
  signals.mask.low = v.getInt32(UC_SIGMASK, true)
  signals.mask.high = v.getInt32(UC_SIGMASK + 4, true)
  signals.setMask(signals.mask)
  restoreAltStack(l, v, Number(regs[Reg.RSP]))
}

/** A stack that sigaltstack(2) would refuse leaves things as they are. */
function restoreAltStack(l: Lwp, frame: DataView, rsp: number): void {
  const sp = Number(frame.getBigUint64(UC_STACK, true))
  const flags = frame.getUint32(UC_STACK + 8, true)
  const size = Number(frame.getBigUint64(UC_STACK + 16, true))
  try {
    setAltStack(l, { sp, flags, size }, rsp)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

export const signalFrameCalls: CallFamily = { rt_sigreturn: linux_sys_rt_sigreturn }
