/** What can be mounted, by Linux's name of the file system. */
import type { Lwp } from '../native/lwp.ts'
import type { Mount } from '../native/vfs/mount.ts'
import type { Vfs } from '../native/vfs/vfs.ts'
import { tmpfsOptions } from './mount-options.ts'

type Maker = (vfs: Vfs, l: Lwp, data: string) => Mount

const FILE_SYSTEMS: Readonly<Record<string, Maker>> = {
  tmpfs: (vfs, l, data) => {
    const { limit, mode, uid, gid } = tmpfsOptions(data, vfs.memory.limit)
    return vfs.tmpfs(limit, mode, { uid: uid ?? l.credentials.euid, gid: gid ?? l.credentials.egid })
  },
  proc: vfs => vfs.processFiles('proc'),
  sysfs: vfs => vfs.processFiles('sysfs'),
}

/** Undefined: it cannot be mounted. */
export const fileSystemMaker = (type: string): Maker | undefined =>
  Object.hasOwn(FILE_SYSTEMS, type) ? FILE_SYSTEMS[type] : undefined

/** Known, but there is no disk for it. */
export const isOnDisk = (type: string): boolean => ['ext2', 'ext3', 'ext4'].includes(type)
