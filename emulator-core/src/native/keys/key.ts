/**
 * Keys that the kernel keeps for programs: keyrings(7). NetBSD has none. Linux: security/keys/key.c, include/linux/key.h.
 * Who may do what is four sets of six bits: of who possesses it, of its user, of its group, of everybody.
 */
import { EKEYEXPIRED, EKEYREVOKED, ENOKEY } from '../errno.ts'

export const VIEW = 1
export const READ = 2
export const WRITE = 4
export const SEARCH = 8
export const LINK = 0x10
export const SETATTR = 0x20
const ALL = 0x3f

/** The sets' places in a key's 32 bits. */
export const POSSESSOR = 24
export const USER = 16
export const GROUP = 8
export const ALL_PERMISSIONS = (ALL << POSSESSOR) | (ALL << USER) | (ALL << GROUP) | ALL
export const POSSESSOR_ALL = ALL << POSSESSOR

export interface KeyType {
  readonly name: string
  readonly readable: boolean
  readonly updatable: boolean
  /** The most bytes of contents, and the least. */
  readonly most: number
  readonly least: number
  /** What counts of its contents against its owner's quota. */
  quota(length: number): number
  /** Descriptions must begin with a word and a colon. */
  readonly prefixed: boolean
}

const MOST_USER = 32767
const user: Omit<KeyType, 'name'> = {
  readable: true,
  updatable: true,
  most: MOST_USER,
  least: 1,
  quota: length => length,
  prefixed: false,
}
/** A big key's contents are in a file, and count as the structure that says where. */
const BIG_KEY_QUOTA = 16

export const KEYRING = 'keyring'
export const KEY_TYPES: ReadonlyMap<string, KeyType> = new Map(
  [
    { ...user, name: KEYRING, most: 0, least: 0 },
    { ...user, name: 'user' },
    { ...user, name: 'logon', readable: false, prefixed: true },
    { ...user, name: 'big_key', most: 1024 * 1024, quota: () => BIG_KEY_QUOTA },
  ].map(type => [type.name, type]),
)

/** Whose a key is, for how long, and what is in it. */
export class Key {
  readonly serial: number
  readonly type: KeyType
  readonly description: string
  uid: number
  gid: number
  permissions: number
  payload = new Uint8Array(0)
  /** Of a keyring: in the order of linking, one of each type and description. */
  readonly links = new Map<string, Key>()
  /** A program asked for it and it was not there: asking again says so for a while. */
  negative = false
  revoked = false
  invalidated = false
  /** Seconds since 1970. */
  expiry = Number.POSITIVE_INFINITY
  /** Its bytes that count against its owner's quota. */
  charged: number

  constructor(serial: number, type: KeyType, description: string, owner: { uid: number; gid: number }) {
    this.serial = serial
    this.type = type
    this.description = description
    this.uid = owner.uid
    this.gid = owner.gid
    this.charged = description.length + 1
    this.permissions =
      ((VIEW | SEARCH | LINK | SETATTR | (type.readable ? READ : 0) | (type.updatable ? WRITE : 0)) << POSSESSOR) |
      (VIEW << USER)
  }

  get isKeyring(): boolean {
    return this.type.name === KEYRING
  }

  /** What it is found by in a keyring. */
  get index(): string {
    return indexOf(this.type.name, this.description)
  }

  /** key_validate. @throws ENOKEY, EKEYREVOKED, EKEYEXPIRED */
  check(now: number): void {
    if (this.invalidated) throw ENOKEY
    if (this.revoked) throw EKEYREVOKED
    if (now >= this.expiry) throw EKEYEXPIRED
  }
}

/** No group's. */
export const NO_GROUP = 0xffff_ffff
const OVERFLOW_GROUP = 65_534

export const shownGid = ({ gid }: Key): number => (gid === NO_GROUP ? OVERFLOW_GROUP : gid)

export const indexOf = (type: string, description: string): string => `${type} ${description}`
