/** Signals that files send to whoever asked for them: fownsignal(9), sys/kern/kern_sig.c. */
import type { File } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { SIGURG } from './numbers.ts'
import { postSignal } from './post.ts'
import { SI_KERNEL } from './siginfo.ts'

/** An urgent byte came: SIGURG to the file's owner, a process or (negative) a process group. */
export function sendSigurg(kernel: Kernel, file: File): void {
  const { owner } = file
  if (owner === 0) return
  for (const p of kernel.processes.values()) {
    if (owner > 0 ? p.pid === owner : p.pgrp === -owner) postSignal(p, SIGURG, { code: SI_KERNEL })
  }
}
