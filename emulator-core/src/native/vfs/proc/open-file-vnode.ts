import { meets } from '../../divergence.ts'
import { EACCES, EPERM } from '../../errno.ts'
import { type File, FREAD, FWRITE } from '../../file.ts'
import type { Lwp } from '../../lwp.ts'
import type { MaybeBlocking } from '../../sleep.ts'
import type { Stat } from '../../stat.ts'
import type { Mount } from '../mount.ts'
import { modeType, Vnode, type VnodeChange } from '../vnode.ts'

/**
 * What a descriptor leads to that is no vnode. To NetBSD opening it is one more reference to the same open file (procfs_open, fd_dupopen); to
 * Linux, which has an inode for everything, it is opened as any file.
 */
export class OpenFileVnode extends Vnode {
  readonly #file: File
  readonly #l: Lwp

  constructor(mount: Mount, file: File, l: Lwp) {
    super(mount, modeType(file.stat(l).mode))
    this.#file = file
    this.#l = l
  }

  override getattr(): Stat {
    return this.#file.stat(this.#l)
  }

  override setattr(change: VnodeChange): void {
    const { attributes } = this.#file
    if (attributes === undefined) throw EPERM
    attributes.setattr(change)
  }

  override truncate(length: number): void {
    this.#file.truncate(this.#l, length)
  }

  /** @throws EACCES for more than the descriptor may, where it is only duplicated; as the file's reopen. */
  override open(l: Lwp, flags: number, truncates: boolean): MaybeBlocking<File> {
    const file = this.#file
    if (!meets(l, 'proc.descriptor-duplicated', file.describe())) return file.reopen(l, flags, truncates)
    if (((flags & (FREAD | FWRITE)) | file.flags) !== file.flags) throw EACCES
    return file
  }
}
