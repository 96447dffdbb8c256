/** What fstat(2) says of files without a file system, as Linux's one anonymous inode: mode 0600 and no type. */
import { meets } from '../divergence.ts'
import { ESPIPE } from '../errno.ts'
import type { File } from '../file.ts'
import type { Lwp } from '../lwp.ts'
import type { Stat } from '../stat.ts'

export function anonymousStat(l: Lwp): Stat {
  const { euid, egid } = l.credentials
  const t = l.proc.kernel.clock.realtime()
  const times = { atime: t, mtime: t, ctime: t, birthtime: t }
  const fixed = { dev: 15, ino: 1, nlink: 1, rdev: 0, size: 0, blksize: 4096, blocks: 0 }
  return { ...fixed, ...times, mode: 0o600, uid: euid, gid: egid }
}

/** lseek(2) on such a file: Linux lets it stand where it is. @throws ESPIPE. */
export function seekNowhere(l: Lwp, file: File): number {
  if (meets(l, 'lseek.anonymous-files', file.describe())) throw ESPIPE
  return 0
}
