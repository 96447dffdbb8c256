/** add_key(2) and request_key(2), which NetBSD does not have. Linux: security/keys/keyctl.c, key.c, request_key.c. */
import { type CallFamily, size } from '../compat-linux/call.ts'
import { EAGAIN, EINVAL, ENODEV, ENOENT, ENOKEY, ENOTDIR, EPERM } from '../native/errno.ts'
import { indexOf, KEYRING, type Key, type KeyType, LINK, WRITE } from '../native/keys/key.ts'
import { byName, checkKey, isPossessed, type KeyRef, ownerOf, searchHeld } from '../native/keys/key-search.ts'
import { keyringsOf } from '../native/keys/keyrings.ts'
import type { Lwp } from '../native/lwp.ts'
import {
  checkPayload,
  MOST_PAYLOAD,
  payloadArgument,
  textArgument,
  typeArgument,
  typeNamed,
  updateKey,
} from './key-arguments.ts'
import { defaultKeyring, lookupKey } from './key-lookup.ts'
import { keyctl } from './keyctl.ts'

/** How long it is known that a key could not be made, in seconds. */
const NEGATIVE_FOR = 60

function add_key(
  l: Lwp,
  typeAt: number,
  descriptionAt: number,
  payloadAt: number,
  length: number,
  ringId: number,
): number {
  if (size(length) > MOST_PAYLOAD) throw EINVAL
  const name = typeArgument(l, typeAt)
  const description = descriptionAt === 0 ? '' : textArgument(l, descriptionAt)
  if (description.startsWith('.') && name.startsWith(KEYRING)) throw EPERM
  const payload = payloadArgument(l, payloadAt, size(length))
  const ring = lookupKey(l, ringId | 0, WRITE, { create: true })
  const type = typeNamed(name, ENODEV)
  if (!ring.key.isKeyring) throw ENOTDIR
  checkPayload(type, payload)
  if (description === '' || (type.prefixed && !/^[^:]+:/.test(description))) throw EINVAL
  const keyrings = keyringsOf(l.proc.kernel)
  const old = ring.key.links.get(indexOf(name, description))
  if (old !== undefined && type.name !== KEYRING && !old.revoked && !old.invalidated) {
    updateKey(l, { key: old, possessed: ring.possessed }, payload)
    return old.serial
  }
  const key = keyrings.create(type, description, ownerOf(l.credentials))
  try {
    keyrings.fill(key, payload)
    keyrings.link(ring.key, key)
  } catch (error) {
    keyrings.discard()
    throw error
  }
  return key.serial
}

function request_key(l: Lwp, typeAt: number, descriptionAt: number, infoAt: number, ringId: number): number {
  const name = typeArgument(l, typeAt)
  const description = textArgument(l, descriptionAt)
  const info = infoAt === 0 ? undefined : textArgument(l, infoAt)
  const ring = (ringId | 0) === 0 ? undefined : lookupKey(l, ringId | 0, WRITE, { create: true })
  const type = typeNamed(name, ENOKEY)
  const keyrings = keyringsOf(l.proc.kernel)
  const found = requested(l, name, description)
  if (found === undefined) {
    if (info === undefined) throw ENOKEY
    construct(l, type, description, ring)
  }
  if (found === undefined) throw ENOKEY
  if (ring !== undefined) {
    checkKey(l, { key: found, possessed: isPossessed(l, found) }, LINK)
    if (!ring.key.isKeyring) throw ENOTDIR
    keyrings.link(ring.key, found)
  }
  found.check(keyrings.now)
  return found.serial
}

/** Undefined if there is none. @throws what the search throws */
function requested(l: Lwp, type: string, description: string): Key | undefined {
  try {
    return searchHeld(l, byName(type, description))
  } catch (error) {
    if (error === EAGAIN) return undefined
    throw error
  }
}

/**
 * Nobody makes keys on request here, as on a machine without /sbin/request-key: that there is none is remembered. @throws ENOENT; EACCES,
 * ENOTDIR, EDQUOT
 */
function construct(l: Lwp, type: KeyType, description: string, wanted: KeyRef | undefined): void {
  const ring = wanted ?? { key: defaultKeyring(l), possessed: true }
  if (wanted === undefined) checkKey(l, ring, WRITE)
  if (!ring.key.isKeyring) throw ENOTDIR
  const keyrings = keyringsOf(l.proc.kernel)
  const key = keyrings.create(type, description, ownerOf(l.credentials))
  key.negative = true
  key.expiry = keyrings.now + NEGATIVE_FOR
  keyrings.link(ring.key, key)
  throw ENOENT
}

export const keyCalls: CallFamily = { add_key, request_key, keyctl }
