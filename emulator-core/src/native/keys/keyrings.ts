/** All keys of a machine: their numbers, their owners' quotas, which of them are still of use. Linux: security/keys/key.c, gc.c, process_keys.c. */
import { EDQUOT, ENOKEY, ENOMEM } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { Credentials } from '../proc.ts'
import {
  KEY_TYPES,
  KEYRING,
  Key,
  type KeyType,
  NO_GROUP,
  POSSESSOR,
  POSSESSOR_ALL,
  SETATTR,
  USER,
  VIEW,
} from './key.ts'

/** What a thread's identity holds of keys. */
export interface HeldKeys {
  readonly thread: Key | undefined
  readonly process: Key | undefined
  readonly session: Key | undefined
  /** Where requested keys go: KEY_REQKEY_DEFL_…. */
  readonly requestTo: number
}

export const HOLDS_NONE: HeldKeys = { thread: undefined, process: undefined, session: undefined, requestTo: 0 }

/** A new process has its maker's session; so has one that executes a program. */
export function inheritedKeys(c: Credentials): HeldKeys | undefined {
  return c.keys && { ...c.keys, thread: undefined, process: undefined }
}

export interface KeyUse {
  keys: number
  bytes: number
}

/** Of all users together, so that the machine's host bears it whatever the quotas are. */
const MOST_KEYS = 1 << 16
const MOST_BYTES = 64 << 20
/** What a link counts of a keyring's quota. */
export const LINK_BYTES = 4
const KEYRING_TYPE = KEY_TYPES.get(KEYRING) as KeyType
const users = (what: string, uid: number): string => `${what}.${uid}`

export class Keyrings {
  readonly #kernel: Kernel
  readonly #keys = new Map<number, Key>()
  readonly #ofUsers = new Map<string, Key>()
  #bytes = 0
  #newest: Key | undefined
  /** Something may have lost its last holder. */
  stale = false

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Seconds since 1970. */
  get now(): number {
    return Number(this.#kernel.clock.realtime() / 1_000_000_000n)
  }

  /** @throws ENOKEY */
  find(serial: number): Key {
    this.collect()
    const key = this.#keys.get(serial)
    if (key === undefined) throw ENOKEY
    return key
  }

  /** All that somebody holds, by number. */
  all(): Key[] {
    this.collect()
    return [...this.#keys.values()].sort((a, b) => a.serial - b.serial)
  }

  use(): Map<number, KeyUse> {
    const found = new Map<number, KeyUse>()
    for (const key of this.all()) {
      const use = found.get(key.uid) ?? { keys: 0, bytes: 0 }
      use.keys++
      use.bytes += key.charged
      found.set(key.uid, use)
    }
    return found
  }

  quota(uid: number): { keys: number; bytes: number } {
    const t = this.#kernel.tunables
    return uid === 0 ? { keys: t.rootKeys, bytes: t.rootKeyBytes } : { keys: t.userKeys, bytes: t.userKeyBytes }
  }

  /** What nobody holds any more does not count. @throws EDQUOT */
  #checkQuota(uid: number, keys: number, bytes: number): void {
    this.collect()
    const most = this.quota(uid)
    let [leftKeys, leftBytes] = [most.keys - keys, most.bytes - bytes]
    for (const key of this.#keys.values()) {
      if (key.uid !== uid) continue
      leftKeys--
      leftBytes -= key.charged
    }
    if (leftKeys < 0 || leftBytes < 0) throw EDQUOT
  }

  /**
   * It is to be linked or held before the next one is made. `overruns`: whatever its owner's quota is, against which it counts nevertheless.
   * @throws EDQUOT, ENOMEM
   */
  create(type: KeyType, description: string, owner: { uid: number; gid: number }, overruns = false): Key {
    if (!overruns) this.#checkQuota(owner.uid, 1, description.length + 1)
    if (this.#keys.size >= MOST_KEYS) this.collect()
    if (this.#keys.size >= MOST_KEYS) throw ENOMEM
    const key = new Key(this.#freeSerial(), type, description, owner)
    this.#keys.set(key.serial, key)
    this.#newest = key
    this.stale = true
    return key
  }

  /** Nothing came of the newest. */
  discard(): void {
    this.#newest = undefined
    this.stale = true
  }

  /** A thread's or a process's own, made at need, whatever its owner's quota is. @throws ENOMEM */
  createOwn(description: '_tid' | '_pid', owner: { uid: number; gid: number }): Key {
    const key = this.create(KEYRING_TYPE, description, owner, true)
    key.permissions = POSSESSOR_ALL | (VIEW << USER)
    return key
  }

  #freeSerial(): number {
    const word = new Uint32Array(1)
    const bytes = new Uint8Array(word.buffer)
    for (;;) {
      this.#kernel.host.random(bytes)
      const serial = (word[0] & 0x7fff_ffff) >>> 0
      if (serial >= 3 && !this.#keys.has(serial)) return serial
    }
  }

  /** key_payload_reserve: its contents' size changes. @throws EDQUOT */
  recharge(key: Key, change: number): void {
    if (change > 0) this.#checkQuota(key.uid, 0, change)
    key.charged += change
  }

  /** The contents are new, or what was not there is. @throws EDQUOT, ENOMEM */
  fill(key: Key, payload: Uint8Array<ArrayBuffer>): void {
    const { type } = key
    if (this.#bytes + payload.length - key.payload.length > MOST_BYTES) this.collect()
    if (this.#bytes + payload.length - key.payload.length > MOST_BYTES) throw ENOMEM
    this.recharge(
      key,
      (payload.length && type.quota(payload.length)) - (key.payload.length && type.quota(key.payload.length)),
    )
    this.#bytes += payload.length - key.payload.length
    key.payload = payload
  }

  /** Puts a key into a keyring in the place of one of the same type and description. @throws EDQUOT */
  link(ring: Key, key: Key): void {
    const old = ring.links.get(key.index)
    if (old === undefined) this.recharge(ring, LINK_BYTES)
    ring.links.set(key.index, key)
    if (key === this.#newest) this.#newest = undefined
    this.stale = true
  }

  unlink(ring: Key, key: Key): void {
    ring.links.delete(key.index)
    this.recharge(ring, -LINK_BYTES)
    this.stale = true
  }

  clear(ring: Key): void {
    this.recharge(ring, -LINK_BYTES * ring.links.size)
    ring.links.clear()
    this.stale = true
  }

  changeOwner(key: Key, uid: number, gid: number): void {
    if (uid !== key.uid) this.#checkQuota(uid, 1, key.charged)
    key.uid = uid
    key.gid = gid
  }

  /** A user's own keyring, and the one that is the session of who has none; they are there for good. */
  ofUser(uid: number): { own: Key; session: Key } {
    const own = this.#userKeyring('_uid', uid)
    const session = this.#userKeyring('_uid_ses', uid)
    if (session.links.size === 0) this.link(session, own)
    return { own, session }
  }

  #userKeyring(what: string, uid: number): Key {
    const name = users(what, uid)
    let key = this.#ofUsers.get(name)
    if (key === undefined || key.revoked || key.invalidated) {
      key = this.create(KEYRING_TYPE, name, { uid, gid: NO_GROUP })
      key.permissions = (POSSESSOR_ALL & ~(SETATTR << POSSESSOR)) | (0x3f << USER)
      this.#ofUsers.set(name, key)
    }
    return key
  }

  /** Forgets what no thread, no user and no keyring holds any more; what is invalid goes from the keyrings first. */
  collect(): void {
    if (!this.stale) return
    this.stale = false
    const reached = new Set<Key>()
    const waiting: Key[] = [...this.#ofUsers.values()]
    if (this.#newest !== undefined) waiting.push(this.#newest)
    for (const p of this.#kernel.processes.values()) {
      for (const { keys } of [p.credentials, ...[...p.lwps.values()].map(l => l.credentials)])
        for (const key of keys ? [keys.thread, keys.process, keys.session] : [])
          if (key !== undefined) waiting.push(key)
    }
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      if (reached.has(key) || key.invalidated) continue
      reached.add(key)
      for (const each of [...key.links.values()]) if (each.invalidated) this.unlink(key, each)
      for (const each of key.links.values()) waiting.push(each)
    }
    this.stale = false
    for (const key of this.#keys.values()) {
      if (reached.has(key)) continue
      this.#keys.delete(key.serial)
      this.#bytes -= key.payload.length
    }
  }
}

const machines = new WeakMap<Kernel, Keyrings>()

export function keyringsOf(kernel: Kernel): Keyrings {
  let found = machines.get(kernel)
  if (found === undefined) {
    found = new Keyrings(kernel)
    machines.set(kernel, found)
  }
  return found
}
