/**
 * What a thread shares with the others of its process: descriptors, directories, identity. NetBSD's threads share all three. Linux's have what they
 * were made with (clone(2) without CLONE_FILES or CLONE_FS), and each an identity of its own, so that a thread may have what its process has not.
 */
import type { Filedesc } from './filedesc.ts'
import { ownerOf } from './keys/key-search.ts'
import { keyringsOf } from './keys/keyrings.ts'
import type { Lwp } from './lwp.ts'
import type { Credentials, Proc } from './proc.ts'

/** What a new thread shares with its maker. */
export interface SharedParts {
  readonly files: boolean
  readonly directories: boolean
  readonly identity: boolean
}

export const SHARES_ALL: SharedParts = { files: true, directories: true, identity: true }

/** How long a new table of descriptors may be. */
const largest = (p: Proc): number => p.kernel.tunables.mostDescriptors

/** Before there is a thread: what it would have of its own. @throws EMFILE, ENOMEM */
export function copyParts(from: Lwp, shares: SharedParts): Pick<Lwp, 'own'> {
  const { own } = from
  const fd = shares.files ? own.fd : from.fd.copy(undefined, largest(from.proc))
  if (shares.files && fd !== undefined) fd.references++
  const cwdi = shares.directories ? own.cwdi : { ...from.cwdi }
  return { own: { fd, cwdi, credentials: shares.identity ? own.credentials : ofAThread(from) } }
}

/** Whether it uses its process's table, and another thread does, too. */
function usesCommon(l: Lwp): boolean {
  if (l.own.fd !== undefined) return false
  for (const other of l.proc.lwps.values()) if (other !== l && other.own.fd === undefined) return true
  return false
}

/** A thread's keyring is nobody else's: who is made by one with such gets another. @throws ENOMEM */
function ofAThread({ credentials: c, proc }: Lwp): Credentials {
  if (c.keys?.thread === undefined) return c
  const thread = keyringsOf(proc.kernel).createOwn('_tid', ownerOf(c))
  return { ...c, keys: { ...c.keys, thread } }
}

/** unshare(CLONE_FILES), and what execution begins with: `copied` makes the table if the thread has none of its own. @throws what that throws */
export function unshareFiles(l: Lwp, copied = () => l.fd.copy(undefined, largest(l.proc))): void {
  const common = usesCommon(l)
  if (l.fd.references === 1 && !common) return
  const old = l.fd
  const copy = copied()
  // The process's reference to its table stays with those threads that go on using it.
  if (!common) old.references--
  if (common || l.own.fd !== undefined) l.own.fd = copy
  else l.proc.fd = copy
}

/** unshare(CLONE_FS). */
export function unshareDirectories(l: Lwp): void {
  l.own.cwdi = { ...l.cwdi }
}

/** A thread ends: its table goes if nobody else has it. A table of the process without a thread that uses it goes, too. */
export function releaseParts(l: Lwp): void {
  const { own, proc } = l
  if (own.fd !== undefined) {
    drop(l, own.fd)
    own.fd = undefined
    return
  }
  let heir: Lwp | undefined
  for (const other of proc.lwps.values()) {
    if (other === l) continue
    if (other.own.fd === undefined) return
    heir ??= other
  }
  if (heir?.own.fd === undefined) return
  drop(l, proc.fd)
  proc.fd = heir.own.fd
  heir.own.fd = undefined
}

/** The one thread that is left of a process that executes a program: what it has is the process's. */
export function becomeWhole(l: Lwp): void {
  const { own, proc } = l
  if (own.fd !== undefined) {
    drop(l, proc.fd)
    proc.fd = own.fd
  }
  if (own.cwdi !== undefined) proc.cwdi = own.cwdi
  if (own.credentials !== undefined) proc.credentials = own.credentials
  l.own = { fd: undefined, cwdi: undefined, credentials: undefined }
}

function drop(l: Lwp, fd: Filedesc): void {
  fd.references--
  if (fd.references === 0) fd.closeAll(l)
}

/** All tables of descriptors that a process's threads use; an ended one's, too. */
export function* tablesOf(p: Proc): Generator<Filedesc> {
  yield p.fd
  const seen = new Set<Filedesc>([p.fd])
  for (const { fd } of p.lwps.values()) {
    if (seen.has(fd)) continue
    seen.add(fd)
    yield fd
  }
}
