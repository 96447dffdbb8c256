/** kcmp(2), which NetBSD does not have: whether two processes share something. Linux: kernel/kcmp.c. */
import { EINVAL, EPERM, ESRCH } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { lwpFind } from '../native/proc-find.ts'
import { mayInspect } from '../native/signal/permission.ts'
import type { CallFamily } from './call.ts'

const KCMP_FILE = 0

/** What is compared, by number: memory, descriptors, directories, handlers, I/O context, semaphores' undoing. */
const parts: Readonly<Record<number, (l: Lwp) => object>> = {
  1: l => l.proc.vm,
  2: l => l.fd,
  3: l => l.cwdi,
  4: l => l.proc.signals.actions,
  // Nobody here has one, which is the same nothing everywhere.
  5: () => parts,
  6: l => l.proc.semaphoreUndo ?? parts,
}

/** An order of objects that tells nothing else about them. */
const numbers = new WeakMap<object, number>()
let lastNumber = 0

function numberOf(object: object): number {
  let number = numbers.get(object)
  if (number === undefined) {
    number = ++lastNumber
    numbers.set(object, number)
  }
  return number
}

function fileOf(l: Lwp, fd: number): File {
  return l.fd.file(fd)
}

/** 0: the same; 1 and 2: less, greater. @throws ESRCH, EPERM, EINVAL, EBADF. */
function linux_sys_kcmp(l: Lwp, pid1: number, pid2: number, type: number, index1: number, index2: number): number {
  const { kernel } = l.proc
  const [a, b] = [lwpFind(kernel, pid1 | 0), lwpFind(kernel, pid2 | 0)]
  if (a === undefined || b === undefined) throw ESRCH
  if (!mayInspect(l, a.proc) || !mayInspect(l, b.proc)) throw EPERM
  const part = parts[type | 0]
  if (part === undefined && (type | 0) !== KCMP_FILE) throw EINVAL
  const [one, two] = part === undefined ? [fileOf(a, index1), fileOf(b, index2)] : [part(a), part(b)]
  if (one === two) return 0
  return numberOf(one) < numberOf(two) ? 1 : 2
}

export const kcmpCalls: CallFamily = { kcmp: linux_sys_kcmp }
