/** Who is told that a file is ready: fcntl(2)'s F_SETOWN and its kin. NetBSD: fsetown, sys/kern/kern_descrip.c; Linux: fs/fcntl.c. */
import { meets } from '../native/divergence.ts'
import { EINVAL, EPERM, ESRCH } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { NSIG } from '../native/signal/numbers.ts'
import { TerminalFile } from '../native/tty/terminal-file.ts'
import type { Tty } from '../native/tty/tty.ts'
import { notPath } from './file-arguments.ts'

const INT_MIN = -(2 ** 31)

/** Of a terminal NetBSD means its foreground process group. linux_sys_fcntl. */
function foregroundOf(l: Lwp, file: File, detail: string): Tty | undefined {
  if (!(file instanceof TerminalFile)) return undefined
  return meets(l, 'fcntl.terminal-owner', detail) ? file.terminal : undefined
}

export function getOwner(l: Lwp, plain: File): number {
  const file = notPath(plain)
  return foregroundOf(l, file, 'F_GETOWN')?.foreground ?? file.owner
}

/** @throws ESRCH, EPERM for a group of another session. */
function setForeground(l: Lwp, terminal: Tty, owner: number): number {
  const { processes } = l.proc.kernel
  const group = owner > 0 ? processes.get(owner)?.pgrp : -owner
  if (group === undefined) throw ESRCH
  if (![...processes.values()].some(p => p.pgrp === group && p.session === l.proc.session)) throw EPERM
  terminal.setForeground(group)
  return 0
}

/** F_SETOWN: a process, or a process group if negative. @throws ESRCH, EPERM. */
export function setOwner(l: Lwp, file: File, owner: number): number {
  const { processes } = l.proc.kernel
  const terminal = foregroundOf(l, file, `F_SETOWN ${owner}`)
  if (terminal !== undefined) return setForeground(l, terminal, owner)
  if (owner === INT_MIN) throw EINVAL
  const isThere =
    owner >= 0 ? owner === 0 || processes.has(owner) : [...processes.values()].some(p => p.pgrp === -owner)
  if (!isThere) throw ESRCH
  file.owner = owner
  file.ownerIsThread = false
  return 0
}

const F_OWNER_TID = 0
const F_OWNER_PID = 1
const F_OWNER_PGRP = 2

/** F_SETOWN_EX: struct f_owner_ex, a type and a number. @throws EINVAL, ESRCH. */
export function setOwnerEx(l: Lwp, plain: File, address: number): number {
  const file = notPath(plain)
  const type = l.memory.readI32(address)
  const id = l.memory.readI32(address + 4)
  if (type === F_OWNER_PID) return setOwner(l, file, id)
  if (type === F_OWNER_PGRP) return setOwner(l, file, -id)
  if (type !== F_OWNER_TID) throw EINVAL
  if (id !== 0 && ![...l.proc.kernel.processes.values()].some(p => p.lwps.has(id))) throw ESRCH
  file.owner = id
  file.ownerIsThread = true
  return 0
}

export function getOwnerEx(l: Lwp, plain: File, address: number): number {
  const { owner, ownerIsThread } = notPath(plain)
  const type = owner < 0 ? F_OWNER_PGRP : ownerIsThread || owner === 0 ? F_OWNER_TID : F_OWNER_PID
  l.memory.copyout(address, new Uint8Array(Int32Array.of(type, Math.abs(owner)).buffer))
  return 0
}

/** F_SETSIG: 0 is SIGIO without news of what happened. @throws EINVAL. */
export function setSignal(file: File, signo: number): number {
  if (signo < 0 || signo > NSIG) throw EINVAL
  notPath(file).asyncSignal = signo
  return 0
}
