/**
 * Leases: who wants to be told before somebody else opens a file. Not NetBSD's; fs/locks.c of Linux (fcntl(2), "Leases"). An opener that conflicts
 * waits until the holder has given the lease up or down, at most as long as /proc/sys/fs/lease-break-time says.
 */
import { EAGAIN, EWOULDBLOCK } from '../errno.ts'
import type { File } from '../file.ts'
import type { Lwp } from '../lwp.ts'
import { sendSigio } from '../signal/io.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from '../sleep.ts'
import type { Vnode } from './vnode.ts'

export type LeaseKind = 'read' | 'write'

interface Lease {
  readonly file: File
  readonly fd: number
  kind: LeaseKind
  /** What it is to become, and when it will be taken away. */
  breaking: { readonly to: LeaseKind | undefined; readonly deadline: number } | undefined
}

interface Leases {
  readonly held: Map<File, Lease>
  readonly changed: WaitChannel
}

const byVnode = new WeakMap<Vnode, Leases>()

/** F_GETLEASE: what is held, or will be left; undefined: none. */
export function leaseOf(vnode: Vnode, file: File): LeaseKind | undefined {
  const lease = byVnode.get(vnode)?.held.get(file)
  return lease?.breaking === undefined ? lease?.kind : lease.breaking.to
}

/** @throws EAGAIN where others use the file in a way that the lease would not allow. */
export function setLease(vnode: Vnode, file: File, fd: number, kind: LeaseKind): void {
  const leases = byVnode.get(vnode) ?? { held: new Map<File, Lease>(), changed: new WaitChannel('lease') }
  const alone = kind === 'read' ? vnode.writers === 0 : vnode.readers + vnode.writers === 1
  if (!alone) throw EAGAIN
  for (const other of leases.held.values())
    if (other.file !== file && (kind === 'write' || other.breaking !== undefined)) throw EAGAIN
  byVnode.set(vnode, leases)
  const own = leases.held.get(file)
  // Somebody waits to write: less will not do.
  if (own?.breaking !== undefined && own.breaking.to === undefined) throw EAGAIN
  if (own === undefined) {
    leases.held.set(file, { file, fd, kind, breaking: undefined })
    file.closeListeners ??= new Set()
    file.closeListeners.add({ fileClosed: () => dropLease(vnode, file) })
  } else {
    own.kind = kind
    own.breaking = undefined
  }
  leases.changed.wakeAll()
}

/** Whether there was one. */
export function dropLease(vnode: Vnode, file: File): boolean {
  const leases = byVnode.get(vnode)
  if (leases === undefined || !leases.held.delete(file)) return false
  leases.changed.wakeAll()
  return true
}

function conflicting(leases: Leases, writes: boolean): Lease[] {
  return [...leases.held.values()].filter(lease => writes || lease.kind === 'write')
}

/** Whether opening (or truncating) the file has to wait for somebody. */
export function isLeased(vnode: Vnode, writes: boolean): boolean {
  const leases = byVnode.get(vnode)
  return leases !== undefined && conflicting(leases, writes).length > 0
}

/** __break_lease. @throws EWOULDBLOCK if it may not wait, EINTR. */
export function* breakLeases(l: Lwp, vnode: Vnode, writes: boolean, waits: boolean): Kthread<void> {
  const leases = byVnode.get(vnode)
  if (leases === undefined) return
  const { kernel } = l.proc
  for (;;) {
    const blocking = conflicting(leases, writes)
    if (blocking.length === 0) return
    for (const lease of blocking) {
      if (lease.breaking !== undefined) continue
      lease.breaking = {
        to: writes ? undefined : 'read',
        deadline: kernel.clock.monotonic() + kernel.tunables.leaseBreakTime * 1e9,
      }
      sendSigio(kernel, lease.file, lease.fd, 'message')
    }
    if (!waits) throw EWOULDBLOCK
    try {
      yield* cvTimedwaitSig(l, leases.changed, Math.min(...blocking.map(b => b.breaking?.deadline ?? Infinity)))
    } catch (error) {
      if (error !== EWOULDBLOCK) throw error
      expire(leases, kernel.clock.monotonic())
    }
  }
}

/** A holder that did not answer in time loses it. */
function expire(leases: Leases, now: number): void {
  for (const lease of leases.held.values()) {
    if (lease.breaking === undefined || lease.breaking.deadline > now) continue
    if (lease.breaking.to === undefined) leases.held.delete(lease.file)
    else {
      lease.kind = lease.breaking.to
      lease.breaking = undefined
    }
  }
  leases.changed.wakeAll()
}
