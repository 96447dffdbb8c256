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

let mounts = 0

/** What mount(2) may forbid or leave undone: MNT_RDONLY, MNT_NOSUID, MNT_NODEV, MNT_NOEXEC, MNT_NOATIME, MNT_NODIRATIME. */
export interface MountFlags {
  readonly readOnly: boolean
  readonly noSuid: boolean
  readonly noDevices: boolean
  readonly noExecution: boolean
  readonly noAccessTime: boolean
  readonly noDirectoryAccessTime: boolean
}

export const NO_MOUNT_FLAGS: MountFlags = {
  readOnly: false,
  noSuid: false,
  noDevices: false,
  noExecution: false,
  noAccessTime: false,
  noDirectoryAccessTime: false,
}

export abstract class Mount {
  /** Its number in /proc/PID/mountinfo; never used again. */
  readonly id = ++mounts
  /** Linux's name for its kind (overlay, tmpfs, proc…) and its magic number (linux/magic.h). */
  abstract readonly kind: string
  abstract readonly magic: number
  abstract readonly root: Vnode
  flags: MountFlags = NO_MOUNT_FLAGS
  /** What mount(2) was given as its source. */
  source = ''
  /** The directory it is mounted on; undefined for the root. */
  covered: Vnode | undefined
  /** umount2(2) with MNT_EXPIRE was called and nobody has used it since. */
  expiring = false

  get readOnly(): boolean {
    return this.flags.readOnly
  }

  abstract size(): FileSystemSize

  /** New flags for a mount that is there (MS_REMOUNT). @throws EACCES if it cannot be written at all. */
  remount(flags: MountFlags): void {
    this.flags = flags
  }

  /** Whether files are in use in a way that no descriptor shows: they are mapped. */
  hasMappings(): boolean {
    return false
  }

  /** It was unmounted, and nobody uses it any more: gives back what it holds. */
  dispose(): void {}
}
