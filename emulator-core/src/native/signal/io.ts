/** Signals that files send to whoever asked for them: fownsignal(9), sys/kern/kern_sig.c; Linux's send_sigio (fs/fcntl.c). */
import { meets } from '../divergence.ts'
import { FASYNC, type File } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../selinfo.ts'
import { SIGIO, SIGURG } from './numbers.ts'
import { postSignal, postSignalToLwp } from './post.ts'
import { SI_KERNEL, type SigInfo } from './siginfo.ts'

function toOwner(kernel: Kernel, file: File, signo: number, info: Omit<SigInfo, 'signo'>): void {
  const { owner } = file
  if (owner === 0) return
  for (const p of kernel.processes.values()) {
    if (file.ownerIsThread) {
      const l = p.lwps.get(owner)
      if (l !== undefined) postSignalToLwp(l, signo, info)
    } else if (owner > 0 ? p.pid === owner : p.pgrp === -owner) postSignal(p, signo, info)
  }
}

/** An urgent byte came: SIGURG to the file's owner, a process or (negative) a process group. */
export function sendSigurg(kernel: Kernel, file: File): void {
  toOwner(kernel, file, SIGURG, { code: SI_KERNEL })
}

/** Why: si_code of a SIGIO, and the events that si_band tells of. */
const REASONS = {
  input: { code: 1, band: POLLIN | POLLRDNORM },
  output: { code: 2, band: POLLOUT | POLLWRNORM | POLLWRBAND },
  message: { code: 3, band: POLLIN | POLLRDNORM | 0x400 },
  urgent: { code: 5, band: POLLPRI | POLLRDBAND },
} as const

/** SIGIO, or the signal that was chosen, which then says why. */
export function sendSigio(kernel: Kernel, file: File, fd: number, reason: keyof typeof REASONS): void {
  if (file.asyncSignal === 0) toOwner(kernel, file, SIGIO, { code: SI_KERNEL })
  else toOwner(kernel, file, file.asyncSignal, { ...REASONS[reason], fd })
}

function reasonOf(events: number): keyof typeof REASONS {
  if ((events & POLLPRI) !== 0) return 'urgent'
  return (events & (POLLOUT | POLLWRNORM | POLLERR)) !== 0 && (events & (POLLIN | POLLHUP)) === 0 ? 'output' : 'input'
}

const NEVER = new Set(['eventfd', 'timerfd', 'epoll', 'kqueue', 'memfd'])

/** FIOASYNC: the owner hears when the file becomes ready, or no longer. Files that are always ready have no such thing. */
export function setAsync(l: Lwp, file: File, fd: number, on: boolean): void {
  const sources = NEVER.has(file.type) ? [] : file.pollSources()
  if (sources.length === 0 || on === ((file.flags & FASYNC) !== 0)) return
  file.flags ^= FASYNC
  file.stopAsync?.()
  file.stopAsync = undefined
  // A pipe of NetBSD's only remembers the flag.
  const { kernel } = l.proc
  if (!on || (file.type === 'pipe' && meets(l, 'fcntl.async-pipe', `descriptor ${fd}`))) return
  const listener = { notify: (events: number): void => sendSigio(kernel, file, fd, reasonOf(events)) }
  for (const s of sources) s.asynchronous.add(listener)
  file.stopAsync = () => {
    for (const s of sources) s.asynchronous.delete(listener)
  }
}
