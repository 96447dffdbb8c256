/** The inotify calls over Linux's own mechanism: fs/notify/inotify/inotify_user.c. */
import { type CallFamily, PATH_MAX } from '../compat-linux/call.ts'
import { notPath } from '../compat-linux/file-arguments.ts'
import { IN_CLOEXEC, IN_MASK_CREATE, IN_NONBLOCK, readableName } from '../compat-linux/inotify-constants.ts'
import { allocateDescriptor, creationFlags } from '../compat-linux/new-descriptor.ts'
import { EEXIST, EINVAL } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { isContradictory, isKnownMask, watchable } from './inotify-checks.ts'
import { InotifyGroup } from './inotify-group.ts'

function inotify_init(l: Lwp): number {
  return inotify_init1(l, 0)
}

function inotify_init1(l: Lwp, a0: number): number {
  const flags = a0 | 0
  if ((flags & ~(IN_CLOEXEC | IN_NONBLOCK)) !== 0) throw EINVAL
  const group = new InotifyGroup(l.proc.kernel, creationFlags(flags), l.credentials.euid)
  const fd = allocateDescriptor(l, group, (flags & IN_CLOEXEC) !== 0)
  l.proc.kernel.trace?.emit('inotify-create', l, { instance: group.id, fd })
  return fd
}

function inotify_add_watch(l: Lwp, a0: number, a1: number, a2: number): number {
  const mask = a2 >>> 0
  if (!isKnownMask(mask)) throw EINVAL
  const group = notPath(l.fd.file(a0 | 0))
  if (isContradictory(mask) || !(group instanceof InotifyGroup)) throw EINVAL
  const path = l.memory.copyinstr(a1, PATH_MAX)
  const vnode = watchable(l, path, mask)
  if ((mask & IN_MASK_CREATE) !== 0 && group.marks.of(vnode) !== undefined) throw EEXIST
  const { wd } = group.marks.watch(vnode, mask)
  const event = { instance: group.id, wd, mask, path: readableName(path), vnode: vnode.id }
  l.proc.kernel.trace?.emit('inotify-watch', l, event)
  return wd
}

function inotify_rm_watch(l: Lwp, a0: number, a1: number): number {
  const group = notPath(l.fd.file(a0 | 0))
  if (!(group instanceof InotifyGroup)) throw EINVAL
  const watch = group.marks.numbered(a1 | 0)
  if (watch === undefined) throw EINVAL
  group.marks.remove(watch)
  return 0
}

export const linuxInotifyCalls: CallFamily = { inotify_init, inotify_init1, inotify_add_watch, inotify_rm_watch }
