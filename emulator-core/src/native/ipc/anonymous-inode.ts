/**
 * Owner, mode and times of a file that is in no directory: a pipe has one for both ends, a socket its own. Linux keeps an inode for each
 * (pipefs, sockfs), whose attributes fchmod(2) and its relatives change as those of any file; NetBSD's pipe_stat and soo_stat make them up.
 */
import type { Kernel } from '../kernel.ts'
import { S_IFMT, type Stat } from '../stat.ts'
import type { Attributed, VnodeChange, VnodeType } from '../vfs/vnode.ts'

/** What of struct stat never changes. */
type Fixed = Pick<Stat, 'dev' | 'ino'>

export class AnonymousInode implements Attributed {
  readonly mount = { readOnly: false }
  readonly type: VnodeType
  readonly #kernel: Kernel
  #stat: Stat

  /** `mode` with its type; `time`: all of its times, in ns since 1970. It belongs to the process that runs. */
  constructor(kernel: Kernel, type: VnodeType, fixed: Fixed, mode: number, time: bigint) {
    this.#kernel = kernel
    this.type = type
    const { euid, egid, fsuid, fsgid } = kernel.current?.credentials ?? { euid: 0, egid: 0 }
    const times = { atime: time, mtime: time, ctime: time, birthtime: time }
    const nothing = { nlink: 1, rdev: 0, size: 0, blksize: 4096, blocks: 0 }
    this.#stat = { ...fixed, ...nothing, ...times, mode, uid: fsuid ?? euid, gid: fsgid ?? egid }
  }

  getattr(): Stat {
    return this.#stat
  }

  setattr(change: VnodeChange): void {
    const was = this.#stat
    this.#stat = {
      ...was,
      mode: change.mode === undefined ? was.mode : (was.mode & S_IFMT) | change.mode,
      uid: change.uid ?? was.uid,
      gid: change.gid ?? was.gid,
      atime: change.atime ?? was.atime,
      mtime: change.mtime ?? was.mtime,
      ctime: this.#kernel.clock.realtime(),
    }
  }
}
