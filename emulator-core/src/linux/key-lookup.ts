/** The keys that a call names: by number, or as a keyring of the caller's (KEY_SPEC_…). Linux: security/keys/process_keys.c (lookup_user_key). */
import { EINVAL, EKEYREVOKED, ENOKEY } from '../native/errno.ts'
import { KEY_TYPES, KEYRING, type Key, type KeyType, POSSESSOR_ALL, READ, USER, VIEW } from '../native/keys/key.ts'
import { checkKey, isPossessed, type KeyRef, ownerOf } from '../native/keys/key-search.ts'
import { type HeldKeys, HOLDS_NONE, keyringsOf } from '../native/keys/keyrings.ts'
import type { Lwp } from '../native/lwp.ts'

const THREAD = -1
const PROCESS = -2
const SESSION = -3
const USER_KEYRING = -4
const USER_SESSION = -5
const REQUEST_AUTHORITY = -7
const REQUESTOR = -8

const KEYRING_TYPE = KEY_TYPES.get(KEYRING) as KeyType

export interface LookupOptions {
  /** The caller's own keyring is made if it is not there. */
  readonly create?: boolean
  /** Negative keys will do. */
  readonly partial?: boolean
}

export function hold(l: Lwp, change: Partial<HeldKeys>): void {
  l.credentials = { ...l.credentials, keys: { ...(l.credentials.keys ?? HOLDS_NONE), ...change } }
  keyringsOf(l.proc.kernel).discard()
}

export const heldBy = (l: Lwp): HeldKeys => l.credentials.keys ?? HOLDS_NONE

/** Made at need: it counts for no quota. */
export function ownKeyring(l: Lwp, which: 'thread' | 'process'): Key {
  const had = heldBy(l)[which]
  if (had !== undefined) return had
  const key = keyringsOf(l.proc.kernel).createOwn(which === 'thread' ? '_tid' : '_pid', ownerOf(l.credentials))
  hold(l, { [which]: key })
  return key
}

/** install_session_keyring: a new one, without a name. @throws EDQUOT */
export function newSession(l: Lwp, name = '_ses', more = 0): Key {
  const overruns = name === '_ses' && heldBy(l).session === undefined
  const key = keyringsOf(l.proc.kernel).create(KEYRING_TYPE, name, ownerOf(l.credentials), overruns)
  key.permissions = POSSESSOR_ALL | ((VIEW | READ | more) << USER)
  hold(l, { session: key })
  return key
}

function session(l: Lwp, create: boolean): Key {
  const users = keyringsOf(l.proc.kernel).ofUser(l.credentials.uid).session
  const had = heldBy(l).session
  if (had === undefined && !create) hold(l, { session: users })
  else if (create && (had === undefined || had === users)) return newSession(l)
  return had ?? users
}

function special(l: Lwp, id: number, create: boolean): Key {
  const which = id === THREAD ? 'thread' : id === PROCESS ? 'process' : undefined
  if (which !== undefined) {
    if (!create && heldBy(l)[which] === undefined) throw ENOKEY
    return ownKeyring(l, which)
  }
  if (id === SESSION) return session(l, create)
  if (id === USER_KEYRING) return keyringsOf(l.proc.kernel).ofUser(l.credentials.uid).own
  if (id === USER_SESSION) return keyringsOf(l.proc.kernel).ofUser(l.credentials.uid).session
  // Nobody here is asked to make a key for another.
  if (id === REQUEST_AUTHORITY || id === REQUESTOR) throw ENOKEY
  throw EINVAL
}

/** The key, not looked at further. @throws EINVAL, ENOKEY */
export function nameKey(l: Lwp, idArgument: number, create = false): KeyRef {
  const id = idArgument | 0
  if (id < 0) return { key: special(l, id, create), possessed: true }
  if (id === 0) throw EINVAL
  const key = keyringsOf(l.proc.kernel).find(id)
  return { key, possessed: isPossessed(l, key) }
}

/** lookup_user_key. @throws EINVAL, ENOKEY, EKEYREVOKED, EKEYEXPIRED, EACCES */
export function lookupKey(l: Lwp, id: number, need: number, options: LookupOptions = {}): KeyRef {
  const ref = nameKey(l, id, options.create)
  if (options.partial !== true && ref.key.negative) throw ENOKEY
  ref.key.check(keyringsOf(l.proc.kernel).now)
  checkKey(l, ref, need)
  return ref
}

/** The kernel goes to the session's keyring if a request names none: the last one that there is. @throws EKEYREVOKED */
export function defaultKeyring(l: Lwp): Key {
  const { thread, process, session: own, requestTo } = heldBy(l)
  const users = keyringsOf(l.proc.kernel).ofUser(l.credentials.uid)
  const byChoice: Readonly<Record<number, Key | undefined>> = {
    0: thread ?? process ?? own ?? users.session,
    1: thread ?? process ?? own ?? users.session,
    2: process ?? own ?? users.session,
    3: own ?? users.session,
    4: users.own,
    5: users.session,
    7: thread ?? process ?? own ?? users.session,
  }
  const key = byChoice[requestTo]
  if (key === undefined) throw EKEYREVOKED
  return key
}
