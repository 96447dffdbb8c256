/** What a debugger tells of a signal that is about to end the program. */
import { signalCode } from '../events/types/signals.ts'
import type { Lwp } from '../native/lwp.ts'
import { defaultAction } from '../native/signal/numbers.ts'
import { SIG_DFL } from '../native/signal/proc-signals.ts'
import type { SigInfo } from '../native/signal/siginfo.ts'
import type { StoppingSignal } from './protocol.ts'

const ENDS: readonly string[] = ['terminate', 'core']

/** Whether the signal, delivered, ends the process: what a program handles itself (Go's and Java's runtimes do) does not. */
export function isFatal(l: Lwp, signo: number): boolean {
  return l.proc.signals.action(signo).handler === SIG_DFL && ENDS.includes(defaultAction(signo))
}

export function stoppingSignal(name: string, { signo, code, address, pid, trap }: SigInfo): StoppingSignal {
  return {
    name,
    code: String(signalCode(signo, code)),
    // A general protection fault and int3 have none: siginfo says 0.
    ...(trap !== undefined && address !== undefined && code > 0 && code < 0x80 ? { address } : {}),
    ...(code <= 0 && pid !== undefined ? { sender: pid } : {}),
  }
}

/** `SIGSEGV (SEGV_MAPERR) at 0x10`. */
export function signalText({ name, code, address, sender }: StoppingSignal): string {
  const at = address === undefined ? '' : ` at ${addressText(address)}`
  const from = sender === undefined ? '' : ` from process ${sender}`
  return `${name} (${code})${at}${from}`
}

/** Addresses of the kernel's half come as negative numbers. */
function addressText(address: number): string {
  return `0x${BigInt.asUintN(64, BigInt(address)).toString(16)}`
}
