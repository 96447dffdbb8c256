/** Tells whoever traces that a signal has reached a thread. */
import type { Lwp } from '../lwp.ts'
import { SI_KERNEL, type SigInfo } from './siginfo.ts'
import { signalBytes } from './siginfo-bytes.ts'

/** `signal` events' `action`. */
const ACTION = { ignore: 0, handler: 1, terminate: 2, core: 2, stop: 3, continue: 4 } as const

export function reportSignal(l: Lwp, info: SigInfo, action: keyof typeof ACTION, handler: number): void {
  l.proc.kernel.trace?.emit('signal', l, {
    signo: info.signo,
    action: ACTION[action],
    code: info.code,
    sender: info.code === SI_KERNEL ? 0 : (info.pid ?? 0),
    address: info.address ?? 0,
    handler,
    siginfo: signalBytes(info),
  })
}
