/** What System V's shared memory, semaphores and message queues have in common: keys, identifiers, permissions. NetBSD: sys/kern/sysv_ipc.c. */
import { EACCES, EEXIST, EINVAL, ENOENT, ENOSPC, EPERM } from '../errno.ts'
import type { Lwp } from '../lwp.ts'
import type { Credentials } from '../proc.ts'
import { type CountLimit, isBeyond, type SysvLimits } from './sysv-limits.ts'

export const IPC_PRIVATE = 0
export const IPC_CREAT = 0o1000
export const IPC_EXCL = 0o2000
export const IPC_NOWAIT = 0o4000
export const IPC_R = 0o444
export const IPC_W = 0o222
const MODE = 0o777

/** struct ipc_perm. */
export interface IpcPerm {
  key: number
  uid: number
  gid: number
  readonly cuid: number
  readonly cgid: number
  /** Permission bits, and with them what a kind says of an object's state (SHM_DEST). */
  mode: number
}

export interface IpcObject {
  readonly perm: IpcPerm
  /** Index and a count of the index's uses, so that an old identifier is not a new object's. */
  readonly id: number
}

/** An identifier's index is its low 15 bits. */
const INDEX_BITS = 15
const SEQUENCES = 0x1_0000
/** So many indices are used before one is used again. */
const MIN_CYCLE = 64

export class IpcTable<T extends IpcObject> {
  readonly #objects: (T | undefined)[] = []
  readonly #byKey = new Map<number, T>()
  count = 0
  /** The identifier that the next object is to have if its index is free, as a program that was saved needs it back; -1: any (kernel.…_next_id). */
  nextId = -1
  #sequence = 0
  #last = -1

  /** The largest index in use; 0 if there is none. */
  get highest(): number {
    return Math.max(0, this.#objects.length - 1)
  }

  *[Symbol.iterator](): Generator<T> {
    for (const o of this.#objects) if (o !== undefined) yield o
  }

  /** @throws EINVAL */
  byIndex(index: number): T {
    const object = index >= 0 ? this.#objects[index] : undefined
    if (object === undefined) throw EINVAL
    return object
  }

  /** @throws EINVAL also for the identifier of something that is gone. */
  byId(id: number): T {
    const object = this.byIndex(id < 0 ? -1 : id & ((1 << INDEX_BITS) - 1))
    if (object.id !== id) throw EINVAL
    return object
  }

  /**
   * The object of a key, or a new one, as the flags say.
   * @param suits throws if an existing one is not what is asked for. @param most which limit says how many there may be.
   * @throws EEXIST, ENOENT, EACCES, ENOSPC
   */
  get(
    l: Lwp,
    key: number,
    flags: number,
    [limits, most]: readonly [SysvLimits, CountLimit],
    suits: (o: T) => void,
    make: (id: number, perm: IpcPerm) => T,
  ): T {
    const present = this.#byKey.get(key)
    if (present !== undefined) {
      if ((flags & IPC_CREAT) !== 0 && (flags & IPC_EXCL) !== 0) throw EEXIST
      suits(present)
      ipcperm(l.credentials, present.perm, flags & MODE)
      return present
    }
    if (key !== IPC_PRIVATE && (flags & IPC_CREAT) === 0) throw ENOENT
    if (this.count >= 1 << INDEX_BITS || isBeyond(l, limits, most, this.count + 1)) throw ENOSPC
    const index = this.#wantedIndex() ?? this.#freeIndex()
    const { euid, egid } = l.credentials
    const perm = { key, uid: euid, gid: egid, cuid: euid, cgid: egid, mode: flags & MODE }
    const id = (this.#sequence << INDEX_BITS) | index
    const object = make(id, perm)
    this.#objects[index] = object
    if (key !== IPC_PRIVATE) this.#byKey.set(key, object)
    this.#last = index
    this.count++
    return object
  }

  /** Takes `nextId` up: the first free index from its own on, and its count of uses (Linux: ipc_idr_alloc). */
  #wantedIndex(): number | undefined {
    if (this.nextId < 0) return undefined
    let index = this.nextId & ((1 << INDEX_BITS) - 1)
    while (this.#objects[index] !== undefined) index++
    this.#sequence = (this.nextId >> INDEX_BITS) % SEQUENCES
    this.nextId = -1
    return index < 1 << INDEX_BITS ? index : undefined
  }

  /** Indices are given in turn, so that one is not soon another object's; when they begin again, the sequence goes on (Linux: ipc_idr_alloc). */
  #freeIndex(): number {
    const end = Math.min(1 << INDEX_BITS, Math.max(MIN_CYCLE, Math.floor(this.count * 1.5)))
    let index = this.#last + 1
    for (let tries = 0; tries <= end && (index >= end || this.#objects[index] !== undefined); tries++)
      index = index >= end ? 0 : index + 1
    if (index <= this.#last) this.#sequence = (this.#sequence + 1) % SEQUENCES
    return index
  }

  /** Nobody finds it by its key any more; its identifier stays. */
  forgetKey({ perm }: T): void {
    this.#byKey.delete(perm.key)
    perm.key = IPC_PRIVATE
  }

  remove(object: T): void {
    this.#byKey.delete(object.perm.key)
    const index = object.id & ((1 << INDEX_BITS) - 1)
    if (this.#objects[index] !== object) return
    this.#objects[index] = undefined
    this.count--
    while (this.#objects.length > 0 && this.#objects.at(-1) === undefined) this.#objects.pop()
  }
}

function isOfGroup({ egid, groups }: Credentials, gid: number): boolean {
  return egid === gid || groups.includes(gid)
}

/** Whether the bits asked for (for whom they are does not matter) are granted. @throws EACCES */
export function ipcperm(c: Credentials, perm: IpcPerm, mode: number): void {
  if (c.euid === 0) return
  const wanted = ((mode >> 6) | (mode >> 3) | mode) & 7
  const isOwner = c.euid === perm.uid || c.euid === perm.cuid
  const shift = isOwner ? 6 : isOfGroup(c, perm.gid) || isOfGroup(c, perm.cgid) ? 3 : 0
  if ((wanted & ~(perm.mode >> shift)) !== 0) throw EACCES
}

/** Owner, creator and root may change or remove an object. @throws EPERM */
export function ipcOwner({ euid }: Credentials, perm: IpcPerm): void {
  if (euid !== 0 && euid !== perm.uid && euid !== perm.cuid) throw EPERM
}

/** IPC_SET of the permissions. */
export function setIpcPerm(perm: IpcPerm, from: { uid: number; gid: number; mode: number }): void {
  perm.uid = from.uid
  perm.gid = from.gid
  perm.mode = (perm.mode & ~MODE) | (from.mode & MODE)
}
