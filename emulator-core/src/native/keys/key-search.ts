/** Who may use which key, and how it is found from a thread's keyrings. Linux: security/keys/permission.c, keyring.c, process_keys.c. */
import { EACCES, EAGAIN, EDEADLK, EKEYEXPIRED, EKEYREVOKED, ELOOP, ENOKEY, ENOTDIR, Errno } from '../errno.ts'
import type { Lwp } from '../lwp.ts'
import type { Credentials } from '../proc.ts'
import { GROUP, indexOf, type Key, NO_GROUP, POSSESSOR, SEARCH, USER } from './key.ts'
import { HOLDS_NONE, keyringsOf } from './keyrings.ts'

/** A key as a thread has come by it: through a keyring that it possesses, or by number alone. */
export interface KeyRef {
  readonly key: Key
  readonly possessed: boolean
}

/** KEYRING_SEARCH_MAX_DEPTH. */
const DEEPEST = 6

export const ownerOf = (c: Credentials): { uid: number; gid: number } => ({
  uid: c.fsuid ?? c.euid,
  gid: c.fsgid ?? c.egid,
})

function mayUse(c: Credentials, { key, possessed }: KeyRef, need: number): boolean {
  const { uid, gid } = ownerOf(c)
  const { permissions } = key
  let bits = permissions
  if (key.uid === uid) bits = permissions >> USER
  else if (key.gid !== NO_GROUP && (permissions & (0x3f << GROUP)) !== 0) {
    if (key.gid === gid || c.groups.includes(key.gid)) bits = permissions >> GROUP
  }
  if (possessed) bits |= permissions >> POSSESSOR
  return (bits & need) === need
}

/** key_task_permission. @throws EACCES */
export function checkKey(l: Lwp, ref: KeyRef, need: number): void {
  if (!mayUse(l.credentials, ref, need)) throw EACCES
}

/** What is looked for: a key by type and description, or that very key. */
type Wanted = { readonly index: string } | { readonly key: Key }

/**
 * keyring_search: a keyring first, then those in it. Keys that may not be seen, are revoked or have expired are passed over, and are the reason
 * if there is no other. @throws EAGAIN if there is none; ENOTDIR, EACCES, EKEYREVOKED, EKEYEXPIRED, ENOKEY
 */
export function searchKeyring(l: Lwp, ring: KeyRef, wanted: Wanted): Key {
  if (!ring.key.isKeyring) throw ENOTDIR
  checkKey(l, ring, SEARCH)
  ring.key.check(keyringsOf(l.proc.kernel).now)
  const search = {
    l,
    wanted,
    possessed: ring.possessed,
    now: keyringsOf(l.proc.kernel).now,
    seen: new Set<Key>(),
    why: EAGAIN,
  }
  const found = 'key' in wanted && wanted.key === ring.key ? ring.key : searchIn(search, ring.key, 0)
  if (found === undefined) throw search.why
  return found
}

interface Search {
  readonly l: Lwp
  readonly wanted: Wanted
  readonly possessed: boolean
  readonly now: number
  readonly seen: Set<Key>
  why: Errno
}

function searchIn(s: Search, ring: Key, depth: number): Key | undefined {
  if (s.seen.has(ring) || depth > DEEPEST) return undefined
  s.seen.add(ring)
  const { wanted } = s
  const there = 'key' in wanted ? ring.links.get(wanted.key.index) : ring.links.get(wanted.index)
  if (there !== undefined && ('index' in wanted || there === wanted.key)) {
    const why = 'key' in wanted ? whyHidden(s, there) : whyNot(s, there)
    if (why === undefined) return there
    s.why = why
  }
  for (const each of ring.links.values()) {
    if (!each.isKeyring || whyNot(s, each) !== undefined) continue
    const found = searchIn(s, each, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function whyNot({ l, possessed, now }: Search, key: Key): Errno | undefined {
  if (key.invalidated || key.revoked) return EKEYREVOKED
  if (now >= key.expiry) return EKEYEXPIRED
  return whyHidden({ l, possessed }, key) ?? (key.negative ? ENOKEY : undefined)
}

const whyHidden = ({ l, possessed }: Pick<Search, 'l' | 'possessed'>, key: Key): Errno | undefined =>
  mayUse(l.credentials, { key, possessed }, SEARCH) ? undefined : EACCES

/** search_process_keyrings: the thread's, the process's, the session's or the user's. @throws EAGAIN if there is none; what the searches throw */
export function searchHeld(l: Lwp, wanted: Wanted): Key {
  const { thread, process, session } = l.credentials.keys ?? HOLDS_NONE
  const last = session ?? keyringsOf(l.proc.kernel).ofUser(l.credentials.uid).session
  let missing: Errno | undefined
  let other: Errno = EAGAIN
  for (const key of [thread, process, last]) {
    if (key === undefined) continue
    try {
      return searchKeyring(l, { key, possessed: true }, wanted)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error === EAGAIN || error === ENOKEY) missing = error === ENOKEY ? error : (missing ?? error)
      else other = error
    }
  }
  throw missing ?? other
}

export function isPossessed(l: Lwp, key: Key): boolean {
  try {
    return searchHeld(l, { key }) === key
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

export const byName = (type: string, description: string): Wanted => ({ index: indexOf(type, description) })

/** A keyring must not hold itself, nor too many in each other. @throws EDEADLK, ELOOP */
export function checkNesting(ring: Key, key: Key): void {
  if (!key.isKeyring) return
  const depths = (from: Key, depth: number, seen: Set<Key>): void => {
    if (from === ring) throw EDEADLK
    if (depth > DEEPEST) throw ELOOP
    if (seen.has(from)) return
    seen.add(from)
    for (const each of from.links.values()) if (each.isKeyring) depths(each, depth + 1, seen)
  }
  depths(key, 1, new Set())
}
