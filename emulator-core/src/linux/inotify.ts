/** The inotify calls over Linux's own mechanism: fs/notify/inotify/inotify_user.c. */
import { type CallFamily, PATH_MAX } from '../compat-linux/call.ts'
import {
  IN_ALL_EVENTS,
  IN_CLOEXEC,
  IN_DONT_FOLLOW,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_NONBLOCK,
  IN_ONESHOT,
  IN_ONLYDIR,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
  readableName,
} from '../compat-linux/inotify-constants.ts'
import { allocateDescriptor, creationFlags } from '../compat-linux/new-descriptor.ts'
import { EEXIST, EINVAL, ENOENT, ENOTDIR } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { checkAccess, effective, VREAD } from '../native/vfs/permission.ts'
import { InotifyGroup } from './inotify-group.ts'

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
const LASTING = IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_ONESHOT

function inotify_init(l: Lwp): number {
  return inotify_init1(l, 0)
}

function inotify_init1(l: Lwp, a0: number): number {
  const flags = a0 | 0
  if ((flags & ~(IN_CLOEXEC | IN_NONBLOCK)) !== 0) throw EINVAL
  const group = new InotifyGroup(l.proc.kernel, creationFlags(flags), l.proc.credentials.euid)
  const fd = allocateDescriptor(l, group, (flags & IN_CLOEXEC) !== 0)
  l.proc.kernel.trace?.emit('inotify-create', l, { instance: group.id, fd })
  return fd
}

function inotify_add_watch(l: Lwp, a0: number, a1: number, a2: number): number {
  const mask = a2 >>> 0
  if ((mask & ~ALL_BITS) !== 0 || (mask & ALL_BITS) === 0) throw EINVAL
  const group = l.proc.fd.file(a0 | 0)
  if ((mask & IN_MASK_ADD) !== 0 && (mask & IN_MASK_CREATE) !== 0) throw EINVAL
  if (!(group instanceof InotifyGroup)) throw EINVAL
  const path = l.memory.copyinstr(a1, PATH_MAX)
  const follow = (mask & IN_DONT_FOLLOW) === 0
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start: l.proc.cwdi.cwd, follow })
  if (vnode === undefined) throw ENOENT
  if ((mask & IN_ONLYDIR) !== 0 && vnode.type !== 'VDIR') throw ENOTDIR
  checkAccess(vnode, effective(l.proc.credentials), VREAD)

  let watch = group.watchOf(vnode)
  if (watch === undefined) watch = group.addWatch(vnode, mask & LASTING)
  else if ((mask & IN_MASK_CREATE) !== 0) throw EEXIST
  else watch.mask = (mask & IN_MASK_ADD) !== 0 ? watch.mask | (mask & LASTING) : mask & LASTING
  const event = { instance: group.id, wd: watch.wd, mask, path: readableName(path), vnode: vnode.id }
  l.proc.kernel.trace?.emit('inotify-watch', l, event)
  return watch.wd
}

function inotify_rm_watch(l: Lwp, a0: number, a1: number): number {
  const group = l.proc.fd.file(a0 | 0)
  if (!(group instanceof InotifyGroup)) throw EINVAL
  const watch = group.watch(a1 | 0)
  if (watch === undefined) throw EINVAL
  group.removeWatch(watch)
  return 0
}

export const linuxInotifyCalls: CallFamily = { inotify_init, inotify_init1, inotify_add_watch, inotify_rm_watch }
