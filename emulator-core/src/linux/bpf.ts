/**
 * bpf(2), which NetBSD does not have: its maps. There is no verifier and nothing to attach a program to, so that of programs nothing is known: EINVAL,
 * as of a kernel that is too old for a command. Linux: kernel/bpf/syscall.c.
 */
import { type CallFamily, size } from '../compat-linux/call.ts'
import { allocateDescriptor } from '../compat-linux/new-descriptor.ts'
import { CAP_BPF, CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import { E2BIG, EINVAL, EPERM } from '../native/errno.ts'
import { latin1 } from '../native/latin1.ts'
import type { Lwp } from '../native/lwp.ts'
import { ArrayMap, BPF_ANY, BpfMap, HashMap, type MapShape } from './bpf-map.ts'

const PAGE = 4096
/** sizeof(union bpf_attr), of Linux 6.12. */
const ATTRIBUTES = 152
const KINDS: Readonly<Record<number, new (shape: MapShape) => BpfMap>> = { 1: HashMap, 2: ArrayMap }
/** NO_PREALLOC (hash tables only), RDONLY, WRONLY. */
const MAP_FLAGS = 0x19
const NO_PREALLOC = 1
const ARRAY = 2

type Command = (l: Lwp, attributes: DataView) => number

/** Nothing may be given behind what a command knows. @throws EINVAL */
function checkEnd(attributes: DataView, used: number): void {
  for (let i = used; i < attributes.byteLength; i++) if (attributes.getUint8(i) !== 0) throw EINVAL
}

const NAME = { at: 28, length: 16 }

const create: Command = (l, v) => {
  checkEnd(v, NAME.at + NAME.length)
  const [type, keySize, valueSize, most, flags] = [0, 4, 8, 12, 16].map(at => v.getUint32(at, true))
  const make = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (make === undefined || (flags & ~MAP_FLAGS) !== 0 || (type === ARRAY && (flags & NO_PREALLOC) !== 0)) throw EINVAL
  const bytes = new Uint8Array(v.buffer, NAME.at, NAME.length)
  const end = bytes.indexOf(0)
  if (end < 0) throw EINVAL
  const name = latin1(bytes.subarray(0, end))
  if (!/^[\w.]*$/.test(name)) throw EINVAL
  return allocateDescriptor(l, new make({ keySize, valueSize, most, flags, name }), true)
}

/** What the commands on an entry have in common: descriptor, key, value or next key, flags. @throws EBADF, EINVAL */
function entry(l: Lwp, v: DataView, used = 32) {
  checkEnd(v, used)
  const map = l.fd.file(v.getInt32(0, true))
  if (!(map instanceof BpfMap)) throw EINVAL
  const [keyAt, valueAt, flags] = [8, 16, 24].map(at => Number(v.getBigUint64(at, true)))
  const key = (): Uint8Array => l.memory.copyin(keyAt, map.shape.keySize)
  return { map, keyAt, valueAt, flags, key }
}

const lookup: Command = (l, v) => {
  const { map, key, valueAt, flags } = entry(l, v)
  if (flags !== BPF_ANY) throw EINVAL
  map.checkAccess(false)
  l.memory.copyout(valueAt, map.lookup(key()))
  return 0
}

const update: Command = (l, v) => {
  const { map, key, valueAt, flags } = entry(l, v)
  map.checkAccess(true)
  map.update(key(), l.memory.copyin(valueAt, map.shape.valueSize), flags)
  return 0
}

const remove: Command = (l, v) => {
  const { map, key } = entry(l, v, 16)
  map.checkAccess(true)
  map.delete(key())
  return 0
}

const nextKey: Command = (l, v) => {
  const { map, keyAt, key, valueAt } = entry(l, v, 24)
  map.checkAccess(false)
  l.memory.copyout(valueAt, map.next(keyAt === 0 ? undefined : key()))
  return 0
}

const freeze: Command = (l, v) => {
  const { map } = entry(l, v, 4)
  map.checkAccess(true)
  map.frozen = true
  return 0
}

const COMMANDS: Readonly<Record<number, Command>> = {
  0: create,
  1: lookup,
  2: update,
  3: remove,
  4: nextKey,
  22: freeze,
}

/** @throws EPERM without privileges, E2BIG, EFAULT, EINVAL, and what the command throws. */
function bpf(l: Lwp, command: number, address: number, sizeArgument: number): number {
  const length = size(sizeArgument) % 2 ** 32
  const { credentials } = l
  if (!hasCapability(credentials, CAP_BPF) && !hasCapability(credentials, CAP_SYS_ADMIN)) throw EPERM
  if (length > PAGE) throw E2BIG
  const given = l.memory.copyin(address, length)
  if (given.subarray(ATTRIBUTES).some(byte => byte !== 0)) throw E2BIG
  const attributes = new Uint8Array(ATTRIBUTES)
  attributes.set(given.subarray(0, ATTRIBUTES))
  const run = COMMANDS[command | 0]
  if (run === undefined) throw EINVAL
  return run(l, new DataView(attributes.buffer))
}

export const bpfCalls: CallFamily = { bpf }
