/** A thread's stack for signals, as sigaltstack(2) and the end of a handler set it: sigaltstack1, sys/kern/sys_sig.c; Linux: do_sigaltstack. */
import { EINVAL, ENOMEM, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { type AltStack, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK } from '../native/signal/lwp-signals.ts'

const MINSIGSTKSZ = 2048

export const NO_STACK: Readonly<AltStack> = { sp: 0, size: 0, flags: SS_DISABLE }

export function onAltStack(stack: AltStack, sp: number): boolean {
  return (stack.flags & SS_DISABLE) === 0 && sp > stack.sp && sp <= stack.sp + stack.size
}

/** One that is given up by itself when a handler begins is never in use. */
export function altStackInUse(stack: AltStack, sp: number): boolean {
  return (stack.flags & SS_AUTODISARM) === 0 && onAltStack(stack, sp)
}

/** `sp`: where the thread stands. @throws EPERM while the old one is in use, EINVAL for unknown flags, ENOMEM if it is too small. */
export function setAltStack(l: Lwp, { sp: address, size, flags }: AltStack, sp: number): void {
  if (altStackInUse(l.signals.altStack, sp)) throw EPERM
  const mode = (flags & ~SS_AUTODISARM) >>> 0
  if (mode !== 0 && mode !== SS_ONSTACK && mode !== SS_DISABLE) throw EINVAL
  if (mode !== SS_DISABLE && size < MINSIGSTKSZ) throw ENOMEM
  l.signals.altStack = mode === SS_DISABLE ? { ...NO_STACK, flags } : { sp: address, size, flags }
}
