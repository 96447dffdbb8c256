/** A mounted file system: struct mount (sys/sys/mount.h). */
import type { Vnode } from './vnode.ts'

/** What statfs(2) tells; sizes in blocks. */
export interface FileSystemSize {
  readonly blockSize: number
  readonly blocks: number
  readonly free: number
  readonly files: number
  readonly filesFree: number
}

export interface Mount {
  /** Linux's name for its kind (overlay, tmpfs, proc…) and its magic number (linux/magic.h). */
  readonly kind: string
  readonly magic: number
  readonly source: string
  readonly readOnly: boolean
  readonly root: Vnode
  /** The directory it is mounted on; undefined for the root. */
  covered: Vnode | undefined
  size(): FileSystemSize
}
