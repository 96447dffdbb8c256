/**
 * inotify on kqueue: sys/compat/linux/common/linux_inotify.c. A watch is a file that the kernel opened for the program: its descriptor is the
 * watch descriptor. A knote of a private filter hangs on the vnode; each note is translated at once and put into the instance's queue.
 */

import { divergencesAreHeard, meets } from '../native/divergence.ts'
import { EBADF, EEXIST, EINVAL, ENOENT } from '../native/errno.ts'
import { FREAD, FUNTOLD } from '../native/file.ts'
import { kevent, kevent1, kqueue1 } from '../native/kqueue/kevent.ts'
import {
  EV_ADD,
  EV_DELETE,
  EV_ENABLE,
  EV_ONESHOT,
  EVFILT_VNODE,
  type KeventFlags,
  type VnodeNotes,
} from '../native/kqueue/knote.ts'
import type { Lwp } from '../native/lwp.ts'
import { finish, type Kthread } from '../native/sleep.ts'
import { O_DIRECTORY, O_NOFOLLOW } from '../native/vfs/open-flags.ts'
import { vnOpen } from '../native/vfs/vn-open.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { type CallFamily, PATH_MAX } from './call.ts'
import {
  IN_ALL_EVENTS,
  IN_CLOEXEC,
  IN_DONT_FOLLOW,
  IN_IGNORED,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_NONBLOCK,
  IN_ONESHOT,
  IN_ONLYDIR,
  type InotifyMask,
  readableName,
} from './inotify-constants.ts'
import { get_inotify_dir_entries } from './inotify-directory.ts'
import { InotifyFile, isWatchOf, LINUX_INOTIFY, openVnode } from './inotify-file.ts'
import { addingBesideLinux, newShadow, removingBesideLinux } from './inotify-shadow-calls.ts'
import { inotify_mask_to_kevent_fflags } from './inotify-translate.ts'
import { allocateDescriptor, creationFlags } from './new-descriptor.ts'

const KNOWN = IN_ALL_EVENTS | IN_ONLYDIR | IN_DONT_FOLLOW | IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT

/** inotify_init(2): inotify_init1 without flags. linux_inotify.c, linux_sys_inotify_init. @throws EMFILE. */
export function linux_sys_inotify_init(l: Lwp): number {
  return do_inotify_init(l, 0)
}

/** inotify_init1(2). linux_inotify.c, linux_sys_inotify_init1. @throws EINVAL for another flag than CLOEXEC or NONBLOCK, EMFILE. */
export function linux_sys_inotify_init1(l: Lwp, a0: number): number {
  const flags = a0 | 0
  if ((flags & ~(IN_CLOEXEC | IN_NONBLOCK)) !== 0) throw EINVAL
  return do_inotify_init(l, flags)
}

/** Two descriptors: a kqueue that the program is not told of, then the instance. linux_inotify.c, do_inotify_init. @throws EMFILE. */
function do_inotify_init(l: Lwp, flags: number): number {
  const kqfd = kqueue1(l, false)
  const file = new InotifyFile(l.proc.kernel, kqfd, creationFlags(flags))
  if (divergencesAreHeard(l)) file.shadow = newShadow(l, file)
  // Without a number for it the instance is closed, and the kqueue with it.
  const fd = allocateDescriptor(l, file, (flags & IN_CLOEXEC) !== 0)
  l.proc.kernel.trace?.emit('inotify-create', l, { instance: file.id, fd })
  return fd
}

/**
 * inotify_add_watch(2): a vnode that is watched already gets another mask, any other is opened and gets a knote.
 * linux_inotify.c, linux_sys_inotify_add_watch.
 * @throws EINVAL, EBADF (also for a descriptor that is no inotify's), EEXIST, and what looking up and opening the path throws.
 */
export function* linux_sys_inotify_add_watch(l: Lwp, a0: number, a1: number, a2: number): Kthread<number> {
  const mask: InotifyMask = a2 >>> 0
  if ((mask & ~KNOWN) !== 0) {
    if (l.proc.kernel.diverges('inotify.refused-mask')) throw EINVAL
  }
  const instance = l.fd.file(a0 | 0)
  if (!(instance instanceof InotifyFile)) {
    throw meets(l, 'inotify.not-inotify', `descriptor ${a0 | 0}`) ? EBADF : EINVAL
  }
  const path = l.memory.copyinstr(a1, PATH_MAX)
  const { vfs } = l.proc.kernel
  const follow = (mask & IN_DONT_FOLLOW) === 0
  const { vnode } = vfs.namei(l, path, { start: l.cwdi.cwd, follow })
  if (vnode === undefined) throw ENOENT

  let wd = existingWatch(l, instance, vnode)
  if (wd === undefined) wd = yield* newWatch(l, instance, path, mask)
  else {
    changeWatch(instance, vnode, mask)
  }
  const event = { instance: instance.id, wd, mask, path: readableName(path), vnode: vnode.id }
  l.proc.kernel.trace?.emit('inotify-watch', l, event)
  return wd
}

/** The watch descriptor of a vnode. Every watch up to it must still be an open vnode. @throws EBADF. */
function existingWatch(l: Lwp, instance: InotifyFile, vnode: Vnode): number | undefined {
  for (const [wd, snapshot] of instance.watches.entries()) {
    if (snapshot === undefined) continue
    const file = l.fd.file(wd)
    const watched = openVnode(file)
    if (watched === undefined) throw EBADF
    if (watched === vnode) return wd
  }
  return undefined
}

/**
 * Opens the file: its descriptor is the watch descriptor. Then the hidden kqueue watches it, and of a directory the entries are remembered.
 * linux_inotify.c, linux_sys_inotify_add_watch.
 * @throws what opening throws, EMFILE, and what kevent1 throws: then nothing is left.
 */
function* newWatch(l: Lwp, instance: InotifyFile, path: string, mask: InotifyMask): Kthread<number> {
  const { vfs } = l.proc.kernel
  const nofollow = (mask & IN_DONT_FOLLOW) !== 0 ? O_NOFOLLOW : 0
  const directory = (mask & IN_ONLYDIR) !== 0 ? O_DIRECTORY : 0
  const file = yield* finish(vnOpen(l, vfs, l.cwdi.cwd, path, FREAD | FUNTOLD | nofollow | directory, 0))
  const wd = allocateDescriptor(l, file, false)
  const vnode = openVnode(file)
  if (vnode === undefined) return wd

  const fflags: VnodeNotes = inotify_mask_to_kevent_fflags(mask, vnode.type)
  const flags: KeventFlags = EV_ADD | EV_ENABLE | ((mask & IN_ONESHOT) !== 0 ? EV_ONESHOT : 0)
  const change = { ...kevent(wd, LINUX_INOTIFY, flags), fflags, udata: instance.udata }
  try {
    yield* kevent1(l, instance.kqfd, [change], 0, 0)
    while (instance.watches.length <= wd) instance.watches.push(undefined)
    instance.watches[wd] = get_inotify_dir_entries(vnode)
    return wd
  } catch (e) {
    l.fd.close(l, wd)
    throw e
  }
}

/** The mask is exchanged, or added to with IN_MASK_ADD. linux_inotify.c, linux_sys_inotify_add_watch. @throws EEXIST for IN_MASK_CREATE. */
function changeWatch(instance: InotifyFile, vnode: Vnode, mask: InotifyMask): void {
  if ((mask & IN_MASK_CREATE) !== 0) throw EEXIST
  const fflags: VnodeNotes = inotify_mask_to_kevent_fflags(mask, vnode.type)
  for (const kn of vnode.selinfo.klist.knotes) {
    if (isWatchOf(kn, instance)) kn.savedFflags = (mask & IN_MASK_ADD) !== 0 ? kn.savedFflags | fflags : fflags
  }
}

/**
 * inotify_rm_watch(2): deletes the knote and closes the watch descriptor, if the program has not closed it before.
 * linux_inotify.c, linux_sys_inotify_rm_watch.
 * @throws EINVAL for what is no instance or no watch of it, EBADF.
 */
export function* linux_sys_inotify_rm_watch(l: Lwp, a0: number, a1: number): Kthread<number> {
  const wd = a1 | 0
  const instance = l.fd.file(a0 | 0)
  if (!(instance instanceof InotifyFile) || wd < 0 || instance.watches[wd] === undefined) throw EINVAL
  instance.watches[wd] = undefined
  l.proc.kernel.trace?.emit('inotify-unwatch', l, { instance: instance.id, wd })
  if (l.fd.slot(wd) === undefined) return 0
  try {
    yield* kevent1(l, instance.kqfd, [kevent(wd, EVFILT_VNODE, EV_DELETE)], 0, 0)
  } finally {
    if (l.fd.slot(wd) !== undefined) l.fd.close(l, wd)
  }
  const isSilent = l.proc.kernel.diverges('inotify.silent-rm')
  if (!isSilent) instance.enqueue([{ wd, mask: IN_IGNORED, cookie: 0, name: '' }])
  return 0
}

export const inotifyCalls: CallFamily = {
  inotify_init: linux_sys_inotify_init,
  inotify_init1: linux_sys_inotify_init1,
  inotify_add_watch: addingBesideLinux(linux_sys_inotify_add_watch),
  inotify_rm_watch: removingBesideLinux(linux_sys_inotify_rm_watch),
}
