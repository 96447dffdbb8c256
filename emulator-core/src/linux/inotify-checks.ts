/** What inotify_add_watch looks at before it does anything: fs/notify/inotify/inotify_user.c. */
import {
  IN_ALL_EVENTS,
  IN_DONT_FOLLOW,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_ONESHOT,
  IN_ONLYDIR,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
  type InotifyMask,
} from '../compat-linux/inotify-constants.ts'
import { ENOENT, ENOTDIR } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { checkAccess, effective, VREAD } from '../native/vfs/permission.ts'
import type { Vnode } from '../native/vfs/vnode.ts'

const ALL_BITS =
  IN_ALL_EVENTS |
  IN_UNMOUNT |
  IN_Q_OVERFLOW |
  IN_IGNORED |
  IN_ONLYDIR |
  IN_DONT_FOLLOW |
  IN_EXCL_UNLINK |
  IN_MASK_CREATE |
  IN_MASK_ADD |
  IN_ISDIR |
  IN_ONESHOT
const EXCLUSIVE = IN_MASK_ADD | IN_MASK_CREATE

/** Looked at first. */
export const isKnownMask = (mask: InotifyMask): boolean => (mask & ~ALL_BITS) === 0 && (mask & ALL_BITS) !== 0

/** Looked at once the descriptor is known to be open. */
export const isContradictory = (mask: InotifyMask): boolean => (mask & EXCLUSIVE) === EXCLUSIVE

/** The file that would be watched. @throws ENOENT, ENOTDIR, EACCES, and what looking it up throws. */
export function watchable(l: Lwp, path: string, mask: InotifyMask): Vnode {
  const follow = (mask & IN_DONT_FOLLOW) === 0
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start: l.cwdi.cwd, follow })
  if (vnode === undefined) throw ENOENT
  if ((mask & IN_ONLYDIR) !== 0 && vnode.type !== 'VDIR') throw ENOTDIR
  checkAccess(vnode, effective(l.credentials), VREAD)
  return vnode
}
