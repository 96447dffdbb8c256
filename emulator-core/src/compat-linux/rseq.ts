/**
 * rseq(2): sections of a program that must not be interrupted half way. A thread that was pre-empted or gets a signal within one goes on at the section's
 * abort handler. Linux: kernel/rseq.c; include/uapi/linux/rseq.h. NetBSD does not have it.
 */
import { Reg } from 'unicorn-engine-node'
import { EBUSY, EFAULT, EINVAL, EPERM, Errno } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { SIGSEGV } from '../native/signal/numbers.ts'
import { SI_KERNEL } from '../native/signal/siginfo.ts'
import { forceSignal } from '../native/trap.ts'
import { type CallFamily, size } from './call.ts'

/** struct rseq: cpu_id_start, cpu_id, rseq_cs, flags, node_id, mm_cid; and its length as it was at first. */
const CPU_ID = 4
const CRITICAL_SECTION = 8
const NODE_ID = 20
const CONCURRENCY_ID = 24
const FIRST_BYTES = 32
const UNINITIALIZED = 0xffff_ffff
const UNREGISTER = 1
const USER_TOP = 2 ** 47 - 4096

/** @throws EINVAL, EPERM for another signature, EBUSY if it is registered, EFAULT. */
function linux_sys_rseq(l: Lwp, addressArgument: number, lengthArgument: number, flags: number, sig: number): number {
  const address = size(addressArgument)
  const length = lengthArgument >>> 0
  const signature = sig >>> 0
  const { sequences } = l
  // The signature stands before an abort handler, so that nothing else is taken for one.
  const same = sequences?.address === address && sequences.length === length
  if ((flags & UNREGISTER) !== 0) {
    if ((flags | 0) !== UNREGISTER || !same) throw EINVAL
    if (sequences.signature !== signature) throw EPERM
    writeIds(l, address, UNINITIALIZED)
    l.sequences = undefined
    return 0
  }
  if ((flags | 0) !== 0) throw EINVAL
  if (sequences !== undefined) {
    if (!same) throw EINVAL
    throw sequences.signature !== signature ? EPERM : EBUSY
  }
  if (length < FIRST_BYTES || address % FIRST_BYTES !== 0) throw EINVAL
  if (!(address + length <= USER_TOP)) throw EFAULT
  l.sequences = { address, length, signature }
  // What is written now, and whether that is possible, a thread finds out on its way back.
  l.preempted = true
  return 0
}

/** There is one processor, and one node. */
function writeIds(l: Lwp, address: number, cpu: number): void {
  l.memory.writeU32(address, 0)
  l.memory.writeU32(address + CPU_ID, cpu)
  l.memory.writeU32(address + NODE_ID, 0)
  l.memory.writeU32(address + CONCURRENCY_ID, 0)
}

/** rseq_handle_notify_resume: the thread was away from the processor, or is about to run a handler. The registers are the machine's. */
export function restartSequence(l: Lwp): void {
  const { sequences } = l
  l.preempted = false
  if (sequences === undefined) return
  try {
    // Threads take turns often, and hardly ever within a section.
    if (l.memory.readU64(sequences.address + CRITICAL_SECTION) !== 0) leaveSection(l, sequences)
    if (l.memory.readU32(sequences.address + CPU_ID) !== 0) writeIds(l, sequences.address, 0)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    forceSignal(l, { signo: SIGSEGV, code: SI_KERNEL })
  }
}

function leaveSection(l: Lwp, sequences: NonNullable<Lwp['sequences']>): void {
  const registers = new BigUint64Array(l.proc.kernel.machine.registers)
  const abort = abortAddress(l, sequences, Number(registers[Reg.RIP]))
  if (abort !== undefined) registers[Reg.RIP] = BigInt(abort)
}

/** Where to go on; undefined if the thread is in no section. The section is over in any case. @throws EFAULT, EINVAL for one that makes no sense. */
function abortAddress(l: Lwp, { address, signature }: NonNullable<Lwp['sequences']>, rip: number): number | undefined {
  const { memory } = l
  const section = memory.readU64(address + CRITICAL_SECTION)
  if (section >= USER_TOP) throw EINVAL
  const version = memory.readU32(section)
  const start = memory.readU64(section + 8)
  const length = memory.readU64(section + 16)
  const abort = memory.readU64(section + 24)
  if (start >= USER_TOP || start + length >= USER_TOP || abort >= USER_TOP || version > 0) throw EINVAL
  if (abort >= start && abort < start + length) throw EINVAL
  if (memory.readU32(abort - 4) !== signature) throw EINVAL
  memory.writeBigU64(address + CRITICAL_SECTION, 0n)
  return rip >= start && rip < start + length ? abort : undefined
}

export const rseqCalls: CallFamily = { rseq: linux_sys_rseq }
