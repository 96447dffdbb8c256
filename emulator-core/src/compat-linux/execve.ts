/** Executing programs: sys/kern/kern_exec.c (execve1), sys/compat/linux/common/linux_exec.c. */

import { Reg } from 'unicorn-engine-node'
import { asErrno, type LoadedImage, type LoadRequest, loadImage } from '../loader/load-image.ts'
import { afterExec, SECBIT_KEEP_CAPS } from '../native/capability.ts'
import { E2BIG, EACCES, EINVAL, ELOOP } from '../native/errno.ts'
import { endOtherThreads } from '../native/exit.ts'
import { passLocksOn } from '../native/futex-pi.ts'
import { inheritedKeys } from '../native/keys/keyrings.ts'
import { latin1 } from '../native/latin1.ts'
import type { Lwp } from '../native/lwp.ts'
import { unshareFiles } from '../native/lwp-parts.ts'
import { RLIMIT_STACK } from '../native/resource-limits.ts'
import { SS_DISABLE } from '../native/signal/lwp-signals.ts'
import { releaseParent } from '../native/signal/post.ts'
import { enterTimeNamespace } from '../native/time-namespace.ts'
import { AT_FDCWD, PATH_MAX } from './call.ts'
import { startOf } from './file-arguments.ts'
import { readableName } from './inotify-constants.ts'
import { releaseRobustFutexes, wakeClearTid } from './robust-list.ts'
import { initialFpu } from './signal-frame.ts'

/** MAX_ARG_STRLEN, and ARG_MAX as Linux has it for an 8 MiB stack: all strings and their pointers together. */
const MAX_STRING = 131072
const MAX_TOTAL = 2 << 20
const POINTER_BYTES = 8

/** execve(2). The loaded program begins with fresh registers; on failure the old one goes on. */
export function linux_sys_execve(l: Lwp, pathAddress: number, argv: number, envp: number): number {
  return execute(l, l.memory.copyinstr(pathAddress, PATH_MAX), argv, envp)
}

const AT_SYMLINK_NOFOLLOW = 0x100
const AT_EMPTY_PATH = 0x1000

/** execveat(2), which NetBSD does not have. */
export function linux_sys_execveat(
  l: Lwp,
  dirfd: number,
  pathAddress: number,
  argv: number,
  envp: number,
  flags: number,
): number {
  if (((flags | 0) & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) throw EINVAL
  const path = l.memory.copyinstr(pathAddress, PATH_MAX)
  const fd = dirfd | 0
  if ((flags & AT_SYMLINK_NOFOLLOW) !== 0 && path !== '') {
    const found = l.proc.kernel.vfs.namei(l, path, { start: startOf(l, fd, path), follow: false })
    if (found.vnode?.type === 'VLNK') throw ELOOP
  }
  if (path.startsWith('/') || (fd === AT_FDCWD && path !== '')) return execute(l, path, argv, envp)
  l.fd.file(fd)
  if (path === '' && (flags & AT_EMPTY_PATH) === 0) throw EACCES
  return execute(l, path === '' ? `/proc/self/fd/${fd}` : `/proc/self/fd/${fd}/${path}`, argv, envp)
}

function execute(l: Lwp, path: string, argvAddress: number, envpAddress: number): number {
  const p = l.proc
  const budget = { left: MAX_TOTAL }
  const argv = copyinStrings(l, argvAddress, budget)
  const envp = copyinStrings(l, envpAddress, budget)
  const stackLimit = p.limits[RLIMIT_STACK]?.soft ?? MAX_TOTAL
  const image = load({ kernel: p.kernel, l, path, argv, envp, stackLimit })
  endOtherThreads(l)
  unshareFiles(l)
  p.fd.closeOnExec(l)
  p.signals.reset()
  p.credentials = afterExec(
    { ...p.credentials, fsuid: undefined, fsgid: undefined, keys: inheritedKeys(p.credentials) },
    p.securebits,
  )
  p.securebits &= ~SECBIT_KEEP_CAPS
  p.dumpable = p.credentials.euid === p.credentials.uid && p.credentials.egid === p.credentials.gid ? 1 : 0
  p.executed = true
  if (p.childrenTimeNamespace !== p.timeNamespace) enterTimeNamespace(p)
  p.timers.deletePosix()
  releaseRobustFutexes(l)
  passLocksOn(l)
  // Whoever shares the memory may wait for this thread to be done with it.
  if (p.vm.references > 1) wakeClearTid(l)
  p.noteResident()
  p.vm.release()
  beginImage(l, image, argv)
  releaseParent(p)
  p.kernel.scheduler.reloadRegisters()
  p.kernel.machine.loadFpu(l.fpu)
  l.registersReplaced = true
  return 0
}

function load(request: LoadRequest): LoadedImage {
  try {
    return loadImage(request)
  } catch (error) {
    throw asErrno(error)
  }
}

/** Puts a thread at the beginning of a program: its registers (`Lwp.registers`), its process's memory and names. */
export function beginImage(l: Lwp, image: LoadedImage, argv: readonly Uint8Array[]): void {
  const p = l.proc
  p.vm = image.vm
  p.name = l.name = image.name
  p.executable = image.executable
  p.executablePath = image.executablePath
  p.arguments = image.argv.map(latin1)
  l.registers.fill(0n)
  l.registers[Reg.RIP] = BigInt(image.entry)
  l.registers[Reg.RSP] = BigInt(image.stackPointer)
  l.registers[Reg.RFLAGS] = 0x202n
  l.fpu.set(initialFpu)
  l.blockOffset = 0
  l.clearTid = 0
  l.robustList = 0
  l.sequences = undefined
  l.signals.altStack = { sp: 0, size: 0, flags: SS_DISABLE }
  p.kernel.trace?.emit('exec', l, {
    path: readableName(image.executablePath),
    arguments: argv.map(a => ({ text: readableName(latin1(a)) })),
  })
  p.kernel.hook?.onCodeMapped(l)
}

/** The strings of a zero-terminated list of pointers; a null list is an empty one. @throws EFAULT, E2BIG. */
function copyinStrings(l: Lwp, address: number, budget: { left: number }): Uint8Array[] {
  const strings: Uint8Array[] = []
  if (address === 0) return strings
  for (let at = address; ; at += POINTER_BYTES) {
    const pointer = l.memory.readU64(at)
    if (pointer === 0) return strings
    const text = copyinArgument(l, pointer)
    budget.left -= text.length + 1 + POINTER_BYTES
    if (budget.left < 0) throw E2BIG
    strings.push(text)
  }
}

function copyinArgument(l: Lwp, pointer: number): Uint8Array {
  const length = l.memory.stringLength(pointer, MAX_STRING)
  if (length === MAX_STRING) throw E2BIG
  return l.memory.copyin(pointer, length)
}
