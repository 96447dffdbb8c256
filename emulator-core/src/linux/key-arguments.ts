/** What the calls of keys are given: texts, types, contents. Linux: security/keys/keyctl.c. */
import { EINVAL, ENAMETOOLONG, EPERM, type Errno } from '../native/errno.ts'
import { KEY_TYPES, type KeyType, WRITE } from '../native/keys/key.ts'
import { checkKey, type KeyRef } from '../native/keys/key-search.ts'
import { keyringsOf } from '../native/keys/keyrings.ts'
import type { Lwp } from '../native/lwp.ts'

const TYPE_BYTES = 32
const TEXT_BYTES = 4096
export const MOST_PAYLOAD = 1024 * 1024 - 1
/** strndup_user. @throws EFAULT, EINVAL if it is too long. */
export function textArgument(l: Lwp, address: number, most = TEXT_BYTES): string {
  try {
    return l.memory.copyinstr(address, most)
  } catch (error) {
    throw error === ENAMETOOLONG ? EINVAL : error
  }
}

/** @throws EFAULT, EINVAL, EPERM for the kernel's own. */
export function typeArgument(l: Lwp, address: number): string {
  const name = textArgument(l, address, TYPE_BYTES)
  if (name === '') throw EINVAL
  if (name.startsWith('.')) throw EPERM
  return name
}

/** @throws ENODEV for who would add one, ENOKEY for who looks for one. */
export function typeNamed(name: string, otherwise: Errno): KeyType {
  const type = KEY_TYPES.get(name)
  if (type === undefined) throw otherwise
  return type
}

/** @throws EFAULT, EINVAL */
export function payloadArgument(l: Lwp, address: number, length: number): Uint8Array<ArrayBuffer> {
  if (length > MOST_PAYLOAD) throw EINVAL
  return length === 0 ? new Uint8Array(0) : Uint8Array.from(l.memory.copyin(address, length))
}

/** What a type takes. @throws EINVAL */
export function checkPayload(type: KeyType, payload: Uint8Array): void {
  if (payload.length > type.most || payload.length < type.least) throw EINVAL
}

/** user_update and its kin: contents anew, for ever. @throws EACCES, EDQUOT */
export function updateKey(l: Lwp, ref: KeyRef, payload: Uint8Array<ArrayBuffer>): void {
  checkKey(l, ref, WRITE)
  keyringsOf(l.proc.kernel).fill(ref.key, payload)
  ref.key.negative = false
  ref.key.expiry = Number.POSITIVE_INFINITY
}
