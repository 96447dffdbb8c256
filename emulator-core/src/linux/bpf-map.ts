/** bpf(2)'s maps: tables that programs share by descriptor. Linux: kernel/bpf/arraymap.c, hashtab.c. */
import { E2BIG, EEXIST, EINVAL, ENOENT, ENOMEM, EPERM } from '../native/errno.ts'
import { FREAD, FWRITE } from '../native/file.ts'
import { POLLERR } from '../native/selinfo.ts'
import { AnonymousFile } from './anonymous-file.ts'

export const BPF_ANY = 0
export const BPF_NOEXIST = 1
export const BPF_EXIST = 2

export interface MapShape {
  readonly keySize: number
  readonly valueSize: number
  readonly most: number
  /** The flags of its making: who has the descriptor may only read, or only write. */
  readonly flags: number
  readonly name: string
}

const F_RDONLY = 8
const F_WRONLY = 0x10
/** All maps together, in bytes with what an entry costs beyond its contents. */
const MOST_BYTES = 64 << 20
const ENTRY = 128
/** MAX_BPF_STACK: the longest key. */
const LONGEST_KEY = 512
let bytes = 0

export abstract class BpfMap extends AnonymousFile {
  override readonly name = 'bpf-map'
  readonly shape: MapShape
  readonly #charged: number
  frozen = false

  /** @throws ENOMEM */
  constructor(shape: MapShape) {
    super(FREAD | FWRITE)
    const charged = shape.most * (shape.keySize + shape.valueSize + ENTRY)
    if (bytes + charged > MOST_BYTES) throw ENOMEM
    bytes += charged
    this.#charged = charged
    this.shape = shape
  }

  abstract lookup(key: Uint8Array): Uint8Array
  abstract update(key: Uint8Array, value: Uint8Array, flags: number): void
  abstract delete(key: Uint8Array): void
  /** The key behind one; the first without one, or if that is not there. @throws ENOENT behind the last. */
  abstract next(key: Uint8Array | undefined): Uint8Array

  /** @throws EPERM */
  checkAccess(writes: boolean): void {
    const refused = writes ? F_RDONLY : F_WRONLY
    if ((this.shape.flags & refused) !== 0 || (writes && this.frozen)) throw EPERM
  }

  override poll(events: number): number {
    return POLLERR & (events | POLLERR)
  }

  override close(): void {
    bytes -= this.#charged
  }
}

const indexOf = (key: Uint8Array): number => new DataView(key.buffer, key.byteOffset).getUint32(0, true)
const keyOf = (index: number): Uint8Array => new Uint8Array(Uint32Array.of(index).buffer)

export class ArrayMap extends BpfMap {
  readonly #values: Uint8Array

  /** @throws EINVAL, E2BIG, ENOMEM */
  constructor(shape: MapShape) {
    if (shape.keySize !== 4 || shape.valueSize === 0 || shape.most === 0) throw EINVAL
    if (shape.valueSize > 0x7fff_ffff) throw E2BIG
    super(shape)
    this.#values = new Uint8Array(shape.most * shape.valueSize)
  }

  #value(index: number): Uint8Array {
    const { valueSize } = this.shape
    return this.#values.subarray(index * valueSize, (index + 1) * valueSize)
  }

  lookup(key: Uint8Array): Uint8Array {
    if (indexOf(key) >= this.shape.most) throw ENOENT
    return this.#value(indexOf(key)).slice()
  }

  update(key: Uint8Array, value: Uint8Array, flags: number): void {
    if (flags > BPF_EXIST) throw EINVAL
    if (indexOf(key) >= this.shape.most) throw E2BIG
    if (flags === BPF_NOEXIST) throw EEXIST
    this.#value(indexOf(key)).set(value)
  }

  delete(): void {
    throw EINVAL
  }

  next(key: Uint8Array | undefined): Uint8Array {
    const index = key === undefined ? -1 : indexOf(key)
    if (index === this.shape.most - 1) throw ENOENT
    return keyOf(index >= this.shape.most ? 0 : index + 1)
  }
}

/** In the order of their making, each with its neighbours, so that the one behind a key is found at once. */
interface Entry {
  readonly key: Uint8Array
  value: Uint8Array
  before: Entry
  behind: Entry
}

function newEnds(): Entry {
  const ends = { key: new Uint8Array(0), value: new Uint8Array(0) } as Entry
  ends.before = ends.behind = ends
  return ends
}

export class HashMap extends BpfMap {
  readonly #entries = new Map<string, Entry>()
  /** Before the first and behind the last entry. */
  readonly #ends: Entry = newEnds()

  /** @throws EINVAL, E2BIG, ENOMEM */
  constructor(shape: MapShape) {
    if (shape.keySize === 0 || shape.valueSize === 0 || shape.most === 0) throw EINVAL
    if (shape.keySize > LONGEST_KEY) throw E2BIG
    super(shape)
  }

  lookup(key: Uint8Array): Uint8Array {
    const found = this.#entries.get(text(key))
    if (found === undefined) throw ENOENT
    return found.value
  }

  update(key: Uint8Array, value: Uint8Array, flags: number): void {
    if (flags > BPF_EXIST) throw EINVAL
    const there = this.#entries.get(text(key))
    if (there !== undefined) {
      if (flags === BPF_NOEXIST) throw EEXIST
      there.value = value
      return
    }
    if (flags === BPF_EXIST) throw ENOENT
    if (this.#entries.size >= this.shape.most) throw E2BIG
    const entry: Entry = { key, value, before: this.#ends.before, behind: this.#ends }
    entry.before.behind = entry.behind.before = entry
    this.#entries.set(text(key), entry)
  }

  delete(key: Uint8Array): void {
    const entry = this.#entries.get(text(key))
    if (entry === undefined) throw ENOENT
    entry.before.behind = entry.behind
    entry.behind.before = entry.before
    this.#entries.delete(text(key))
  }

  next(key: Uint8Array | undefined): Uint8Array {
    const entry = (key && this.#entries.get(text(key))) ?? this.#ends
    if (entry.behind === this.#ends) throw ENOENT
    return entry.behind.key.slice()
  }
}

const text = (key: Uint8Array): string => String.fromCharCode(...key)
