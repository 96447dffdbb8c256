/** keyctl(2), which NetBSD does not have. Linux: security/keys/keyctl.c. */
import { size } from '../compat-linux/call.ts'
import { CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import { EACCES, EAGAIN, EEXIST, EINVAL, ENOENT, ENOKEY, ENOTDIR, EOPNOTSUPP, EPERM, Errno } from '../native/errno.ts'
import { ALL_PERMISSIONS, type Key, LINK, READ, SEARCH, SETATTR, shownGid, VIEW, WRITE } from '../native/keys/key.ts'
import { byName, checkKey, checkNesting, type KeyRef, ownerOf, searchKeyring } from '../native/keys/key-search.ts'
import { keyringsOf } from '../native/keys/keyrings.ts'
import type { Lwp } from '../native/lwp.ts'
import { checkPayload, payloadArgument, textArgument, typeArgument, typeNamed, updateKey } from './key-arguments.ts'
import { heldBy, hold, lookupKey, nameKey, newSession, ownKeyring } from './key-lookup.ts'

type Operation = (l: Lwp, a: number, b: number, c: number, d: number) => number

/** The whole if there is room for it, or nothing; how much it is in any case. */
function answer(l: Lwp, address: number, room: number, bytes: Uint8Array): number {
  if (address !== 0 && bytes.length > 0 && bytes.length <= size(room)) l.memory.copyout(address, bytes)
  return bytes.length
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(`${text}\0`, c => c.charCodeAt(0))

/** @throws ENOTDIR */
function ringOf(ref: KeyRef): Key {
  if (!ref.key.isKeyring) throw ENOTDIR
  return ref.key
}

const getKeyringId: Operation = (l, id, create) => lookupKey(l, id, SEARCH, { create: (create | 0) !== 0 }).key.serial

/** A session of one's own, or one with a name that others may join, too. */
const joinSession: Operation = (l, nameAt) => {
  if (nameAt === 0) return newSession(l).serial
  const name = textArgument(l, nameAt)
  if (name.startsWith('.')) throw EPERM
  if (name === '') throw EINVAL
  const keyrings = keyringsOf(l.proc.kernel)
  const there = keyrings.all().find(key => isJoinable(l, key, name))
  if (there === undefined) return newSession(l, name, LINK).serial
  if (there === heldBy(l).session) return 0
  hold(l, { session: there })
  return there.serial
}

function isJoinable(l: Lwp, key: Key, name: string): boolean {
  if (!key.isKeyring || key.description !== name || key.revoked) return false
  try {
    checkKey(l, { key, possessed: false }, SEARCH)
    return true
  } catch (error) {
    if (error === EACCES) return false
    throw error
  }
}

const update: Operation = (l, id, payloadAt, length) => {
  const payload = payloadArgument(l, payloadAt, size(length))
  const ref = lookupKey(l, id, WRITE)
  if (ref.key.isKeyring) throw EOPNOTSUPP
  checkPayload(ref.key.type, payload)
  updateKey(l, ref, payload)
  return 0
}

const revoke: Operation = (l, id) => {
  const { key } = lookupEither(l, id, WRITE, SETATTR)
  const keyrings = keyringsOf(l.proc.kernel)
  if (key.isKeyring) keyrings.clear(key)
  else keyrings.fill(key, new Uint8Array(0))
  key.revoked = true
  return 0
}

function lookupEither(l: Lwp, id: number, first: number, second: number): KeyRef {
  try {
    return lookupKey(l, id, first)
  } catch (error) {
    if (error !== EACCES) throw error
    return lookupKey(l, id, second)
  }
}

const KEEP = -1

/** Who is no administrator may only give it to a group of his. */
const chown: Operation = (l, id, uidArgument, gidArgument) => {
  const [uid, gid] = [uidArgument | 0, gidArgument | 0]
  if (uid === KEEP && gid === KEEP) return 0
  const { key } = lookupKey(l, id, SETATTR, { create: true, partial: true })
  const { groups } = l.credentials
  if (!hasCapability(l.credentials, CAP_SYS_ADMIN)) {
    if (uid !== KEEP && uid >>> 0 !== key.uid) throw EACCES
    const own = gid >>> 0 === ownerOf(l.credentials).gid || groups.includes(gid >>> 0)
    if (gid !== KEEP && gid >>> 0 !== key.gid && !own) throw EACCES
  }
  keyringsOf(l.proc.kernel).changeOwner(key, uid === KEEP ? key.uid : uid >>> 0, gid === KEEP ? key.gid : gid >>> 0)
  return 0
}

const setPermissions: Operation = (l, id, permissions) => {
  if ((permissions & ~ALL_PERMISSIONS) !== 0) throw EINVAL
  const { key } = lookupKey(l, id, SETATTR, { create: true, partial: true })
  if (!hasCapability(l.credentials, CAP_SYS_ADMIN) && key.uid !== ownerOf(l.credentials).uid) throw EACCES
  key.permissions = permissions | 0
  return 0
}

const describe: Operation = (l, id, address, room) => {
  const { key } = lookupKey(l, id, VIEW, { partial: true })
  const permissions = (key.permissions >>> 0).toString(16).padStart(8, '0')
  return answer(
    l,
    address,
    room,
    bytesOf(`${key.type.name};${key.uid};${shownGid(key)};${permissions};${key.description}`),
  )
}

const clear: Operation = (l, id) => {
  keyringsOf(l.proc.kernel).clear(ringOf(lookupKey(l, id, WRITE, { create: true })))
  return 0
}

const link: Operation = (l, id, ringId) => {
  const ring = lookupKey(l, ringId, WRITE, { create: true })
  const { key } = lookupKey(l, id, LINK, { create: true })
  checkNesting(ringOf(ring), key)
  keyringsOf(l.proc.kernel).link(ring.key, key)
  return 0
}

/** What is to go needs no permission: it is the keyring's affair. @throws ENOENT if it is not there. */
const unlink: Operation = (l, id, ringId) => {
  const ring = lookupKey(l, ringId, WRITE)
  const { key } = nameKey(l, id)
  if (ringOf(ring).links.get(key.index) !== key) throw ENOENT
  keyringsOf(l.proc.kernel).unlink(ring.key, key)
  return 0
}

const search: Operation = (l, ringId, typeAt, descriptionAt, toId) => {
  const name = typeArgument(l, typeAt)
  const description = textArgument(l, descriptionAt)
  const ring = lookupKey(l, ringId, SEARCH)
  const to = (toId | 0) === 0 ? undefined : lookupKey(l, toId, WRITE, { create: true })
  typeNamed(name, ENOKEY)
  let key: Key
  try {
    key = searchKeyring(l, ring, byName(name, description))
  } catch (error) {
    throw error === EAGAIN ? ENOKEY : error
  }
  if (to !== undefined) {
    checkKey(l, { key, possessed: ring.possessed }, LINK)
    keyringsOf(l.proc.kernel).link(ringOf(to), key)
  }
  return key.serial
}

/** Whoever may read it, or has it among his own. @throws ENOKEY, EACCES, EOPNOTSUPP, EKEYREVOKED, EKEYEXPIRED */
const read: Operation = (l, id, address, room) => {
  let ref: KeyRef
  try {
    ref = nameKey(l, id)
  } catch (error) {
    throw error instanceof Errno ? ENOKEY : error
  }
  const { key, possessed } = ref
  if (key.negative) throw ENOKEY
  if (!possessed) checkKey(l, ref, READ)
  if (!key.type.readable) throw EOPNOTSUPP
  key.check(keyringsOf(l.proc.kernel).now)
  const serials = [...key.links.values()].map(each => each.serial)
  return answer(l, address, room, key.isKeyring ? new Uint8Array(Int32Array.from(serials).buffer) : key.payload)
}

/** Where keys that are made on request go: -1 asks. */
const setRequestKeyring: Operation = (l, whereArgument) => {
  const where = whereArgument | 0
  const { requestTo } = heldBy(l)
  if (where === -1) return requestTo
  if (where < 0 || where > 7 || where === 6) throw EINVAL
  if (where === 1) ownKeyring(l, 'thread')
  if (where === 2) ownKeyring(l, 'process')
  hold(l, { requestTo: where })
  return requestTo
}

const setTimeout: Operation = (l, id, seconds) => {
  const { key } = lookupKey(l, id, SETATTR, { create: true, partial: true })
  key.expiry = seconds >>> 0 === 0 ? Number.POSITIVE_INFINITY : keyringsOf(l.proc.kernel).now + (seconds >>> 0)
  return 0
}

/** Nobody here has been asked to make a key. */
const assumeAuthority: Operation = (_l, id) => {
  if ((id | 0) < 0) throw EINVAL
  if ((id | 0) !== 0) throw ENOKEY
  return 0
}

const unauthorized: Operation = () => {
  throw EPERM
}

/** No security module has anything to say. */
const security: Operation = (l, id, address, room) => {
  lookupKey(l, id, VIEW, { partial: true })
  return answer(l, address, room, bytesOf(''))
}

/** The parent's session is the caller's from now on. @throws EPERM */
const sessionToParent: Operation = l => {
  const { credentials } = l
  const { parent } = l.proc
  const { session } = heldBy(l)
  if (session === undefined) throw EPERM
  const first = parent?.lwps.get(parent.pid)
  if (first === undefined || first.proc.lwps.size !== 1) throw EPERM
  const theirs = first.credentials
  const ids = (c: typeof theirs): string => [c.uid, c.euid, c.suid, c.gid, c.egid, c.sgid].join()
  if (ids(theirs) !== ids(credentials) || session.uid !== theirs.euid) throw EPERM
  hold(first, { session })
  return 0
}

const invalidate: Operation = (l, id) => {
  lookupKey(l, id, SEARCH).key.invalidated = true
  keyringsOf(l.proc.kernel).stale = true
  return 0
}

const MOVE_EXCL = 1

const move: Operation = (l, id, fromId, toId, flags) => {
  if ((flags & ~MOVE_EXCL) !== 0) throw EINVAL
  const { key } = lookupKey(l, id, LINK, { create: true })
  const from = ringOf(lookupKey(l, fromId, WRITE))
  const to = ringOf(lookupKey(l, toId, WRITE, { create: true }))
  if (from === to) return 0
  if (from.links.get(key.index) !== key) throw ENOENT
  if ((flags & MOVE_EXCL) !== 0 && to.links.has(key.index)) throw EEXIST
  checkNesting(to, key)
  keyringsOf(l.proc.kernel).link(to, key)
  keyringsOf(l.proc.kernel).unlink(from, key)
  return 0
}

const OPERATIONS: readonly (Operation | undefined)[] = [
  getKeyringId,
  joinSession,
  update,
  revoke,
  chown,
  setPermissions,
  describe,
  clear,
  link,
  unlink,
  search,
  read,
  unauthorized,
  unauthorized,
  setRequestKeyring,
  setTimeout,
  assumeAuthority,
  security,
  sessionToParent,
  unauthorized,
  unauthorized,
  invalidate,
]
const MOVE = 30

/** @throws EOPNOTSUPP for operations that are not there: those with cryptography, restrictions, what tells of changes. */
export function keyctl(l: Lwp, operation: number, a: number, b: number, c: number, d: number): number {
  const run = (operation | 0) === MOVE ? move : OPERATIONS[operation | 0]
  if (run === undefined) throw EOPNOTSUPP
  return run(l, a, b, c, d)
}
