/** Mounting and unmounting while the guest runs. NetBSD: sys/kern/vfs_mount.c (mount_domount, dounmount), vfs_syscalls.c. */

import { EAGAIN, EBUSY, EINVAL, ELOOP, ENOTDIR } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { tablesOf } from '../lwp-parts.ts'
import type { Mount } from './mount.ts'
import type { Vfs } from './vfs.ts'
import type { Vnode } from './vnode.ts'
import { VnodeFile } from './vnode-file.ts'

/** The mount whose root a path led to. @throws EINVAL for anything else. */
export function mountAt(vnode: Vnode): Mount {
  if (vnode !== vnode.mount.root) throw EINVAL
  return vnode.mount
}

function cover(vfs: Vfs, at: Vnode, mount: Mount): void {
  at.mountedHere = mount
  mount.covered = at
  vfs.mounts.push(mount)
  vfs.mountChanges.tell()
}

function uncover(vfs: Vfs, mount: Mount): void {
  if (mount.covered !== undefined) mount.covered.mountedHere = undefined
  mount.covered = undefined
  vfs.mounts.splice(vfs.mounts.indexOf(mount), 1)
  vfs.mountChanges.tell()
}

/** @throws ENOTDIR, EBUSY for a directory that was removed. */
export function mountOn(vfs: Vfs, at: Vnode, mount: Mount): void {
  if (at.type !== 'VDIR') throw ENOTDIR
  cover(vfs, at, mount)
}

/** @throws EINVAL for the root, ELOOP if it would lie within itself, ENOTDIR. */
export function moveMount(vfs: Vfs, mount: Mount, to: Vnode): void {
  if (mount.covered === undefined) throw EINVAL
  if (to.type !== 'VDIR') throw ENOTDIR
  for (let at: Mount | undefined = to.mount; at !== undefined; at = at.covered?.mount) if (at === mount) throw ELOOP
  uncover(vfs, mount)
  cover(vfs, to, mount)
}

/** Whether a process has something of it open, executes from it, or stands in it. */
export function isInUse(kernel: Kernel, mount: Mount): boolean {
  const within = (vnode: Vnode | undefined): boolean => vnode?.mount === mount
  for (const p of kernel.processes.values()) {
    if (within(p.executable)) return true
    for (const { cwdi } of [p, ...p.lwps.values()]) if (within(cwdi.cwd) || within(cwdi.root)) return true
    for (const table of tablesOf(p))
      for (const [, { file }] of table.entries()) if (file instanceof VnodeFile && within(file.vnode)) return true
  }
  return mount.hasMappings()
}

const isUnder = (mount: Mount, above: Mount): boolean => {
  for (let at = mount.covered?.mount; at !== undefined; at = at.covered?.mount) if (at === above) return true
  return false
}

export interface UnmountOptions {
  /** From the tree at once, from memory when nobody uses it: what is open stays usable (MNT_DETACH). */
  readonly detach: boolean
  /** Only if it was marked before, else mark it: `wasMarked`. */
  readonly expire?: { readonly wasMarked: boolean }
}

/** @throws EINVAL for the root, EBUSY, EAGAIN when it is only marked. */
export function unmount(kernel: Kernel, vfs: Vfs, mount: Mount, options: UnmountOptions): void {
  if (mount.covered === undefined) throw EINVAL
  const inner = vfs.mounts.filter(other => isUnder(other, mount))
  const used = isInUse(kernel, mount)
  if (!options.detach && (used || inner.length > 0)) throw EBUSY
  if (options.expire?.wasMarked === false) {
    mount.expiring = true
    throw EAGAIN
  }
  for (const each of [...inner, mount]) {
    const usedStill = each === mount ? used : isInUse(kernel, each)
    uncover(vfs, each)
    if (!usedStill) each.dispose()
  }
}
