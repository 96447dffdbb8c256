/** Giving numbers to new open files, as fd_allocfile and fd_affix do, and telling the trace. */
import { type File, FNONBLOCK } from '../native/file.ts'
import { release } from '../native/filedesc.ts'
import type { Lwp } from '../native/lwp.ts'

export const O_NONBLOCK = 0x800
export const O_CLOEXEC = 0x80000

/** f_flag for the flags of a call that creates a descriptor. */
export function creationFlags(flags: number): number {
  return (flags & O_NONBLOCK) !== 0 ? FNONBLOCK : 0
}

/** The lowest free number for a file; a file that finds none is closed. @throws EMFILE. */
export function allocateDescriptor(l: Lwp, file: File, closeOnExec: boolean): number {
  file.references++
  try {
    const fd = l.fd.allocate(file, closeOnExec)
    l.proc.kernel.trace?.descriptorOpened(l, fd, file, closeOnExec)
    return fd
  } finally {
    release(file)
  }
}

/** Two files, whose numbers are written to the program's `int[2]`. @throws EMFILE, EFAULT; then neither is open. */
export function allocatePair(l: Lwp, first: File, second: File, closeOnExec: boolean, address: number): number {
  const fds: number[] = []
  second.references++
  try {
    fds.push(allocateDescriptor(l, first, closeOnExec))
    fds.push(allocateDescriptor(l, second, closeOnExec))
    l.memory.copyout(address, new Uint8Array(Int32Array.from(fds).buffer))
  } catch (e) {
    for (const fd of fds) l.fd.close(l, fd)
    throw e
  } finally {
    release(second)
  }
  return 0
}
