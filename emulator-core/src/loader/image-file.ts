/** A file that is to be executed: found, allowed, opened for the loader. */
import { EACCES, ENOENT, ETXTBSY } from '../native/errno.ts'
import { FREAD } from '../native/file.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import type { UvmObject } from '../native/uvm/object.ts'
import { checkAccess, effective, VEXEC } from '../native/vfs/permission.ts'
import type { Vnode } from '../native/vfs/vnode.ts'

/** check_exec (sys/kern/kern_exec.c): looks a program up. @throws ENOENT, ENOTDIR, EACCES, ELOOP…. */
export function findProgram(kernel: Kernel, l: Lwp, path: string): Vnode {
  if (path === '') throw ENOENT
  const found = kernel.vfs.namei(l, path, { start: l.cwdi.cwd, follow: true })
  if (found.vnode === undefined) throw ENOENT
  if (found.vnode.type !== 'VREG' || found.wantsDirectory) throw EACCES
  if (found.vnode.mount.flags.noExecution) throw EACCES
  checkAccess(found.vnode, effective(l.credentials), VEXEC)
  if (found.vnode.writers > 0) throw ETXTBSY
  return found.vnode
}

export class ImageFile {
  readonly vnode: Vnode
  readonly size: number
  readonly #kernel: Kernel

  constructor(kernel: Kernel, vnode: Vnode) {
    this.#kernel = kernel
    this.vnode = vnode
    vnode.opening(FREAD)
    vnode.opens++
    this.size = vnode.size()
  }

  /** At most `length` bytes at an offset; fewer at the file's end. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)))
    return bytes.subarray(0, this.#kernel.vfs.readInto(this.vnode, bytes, offset))
  }

  get object(): UvmObject {
    return this.vnode.object(false)
  }

  get contents(): object | undefined {
    return this.vnode.contents
  }

  close(): void {
    this.vnode.opens--
    this.vnode.inactive()
  }
}
