/** io_uring_setup(2), io_uring_enter(2), io_uring_register(2), which NetBSD does not have: Linux, io_uring/. */
import { type CallFamily, size } from '../compat-linux/call.ts'
import { bufferUio, notPath, readIoVectors, vectorUio } from '../compat-linux/file-arguments.ts'
import { allocateDescriptor } from '../compat-linux/new-descriptor.ts'
import { readMaskArgument, withTemporaryMask } from '../compat-linux/temporary-mask.ts'
import { readTimespec } from '../compat-linux/time-values.ts'
import { CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import {
  EAGAIN,
  EBADF,
  EBUSY,
  EFAULT,
  EINTR,
  EINVAL,
  ENOMEM,
  ENOSPC,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  ERESTART,
  Errno,
  EWOULDBLOCK,
} from '../native/errno.ts'
import { type File, FNONBLOCK, FREAD, FWRITE } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLERR, POLLHUP, POLLIN, POLLOUT } from '../native/selinfo.ts'
import { cvTimedwaitSig, isKthread, type Kthread } from '../native/sleep.ts'
import type { Uio, UioDirection } from '../native/uio.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { CQ, IoRing, SQ, type Work } from './io-uring-ring.ts'

const CQSIZE = 8
const CLAMP = 0x10
/** Hints on when work is done: it is always done at once. */
const SUBMIT_ALL = 0x80
const COOP_TASKRUN = 0x100
const SETUP_FLAGS = CQSIZE | CLAMP | SUBMIT_ALL | COOP_TASKRUN
const MOST_ENTRIES = 32768
const PARAMS = 120
/** SINGLE_MMAP, NODROP, SUBMIT_STABLE, RW_CUR_POS, EXT_ARG. */
const FEATURES = 1 | 2 | 4 | 8 | 0x100

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n))

/** @throws EPERM where the administrator forbids it, EFAULT, EINVAL, ENOMEM, EMFILE */
function io_uring_setup(l: Lwp, entriesWord: number, address: number): number {
  const { ioUringDisabled } = l.proc.kernel.tunables
  const forbidden = ioUringDisabled === 2 || (ioUringDisabled === 1 && !hasCapability(l.credentials, CAP_SYS_ADMIN))
  if (forbidden) throw EPERM
  const v = new DataView(l.memory.copyin(address, PARAMS).buffer)
  const flags = v.getUint32(8, true)
  const asked = entriesWord >>> 0
  if ([28, 32, 36].some(at => v.getUint32(at, true) !== 0) || (flags & ~SETUP_FLAGS) !== 0 || asked === 0) throw EINVAL
  const clamps = (flags & CLAMP) !== 0
  if (asked > MOST_ENTRIES && !clamps) throw EINVAL
  const entries = powerOfTwo(Math.min(asked, MOST_ENTRIES))
  let completions = 2 * entries
  if ((flags & CQSIZE) !== 0) {
    const wanted = v.getUint32(4, true)
    if (wanted === 0 || (wanted > 2 * MOST_ENTRIES && !clamps)) throw EINVAL
    completions = powerOfTwo(Math.min(wanted, 2 * MOST_ENTRIES))
    if (completions < entries) throw EINVAL
  }
  const ring = makeRing(l, entries, completions)
  v.setUint32(0, entries, true)
  v.setUint32(4, completions, true)
  v.setUint32(20, FEATURES, true)
  const sq = [SQ.head, SQ.tail, SQ.mask, SQ.entries, SQ.flags, SQ.dropped, ring.arrayAt]
  const cq = [CQ.head, CQ.tail, CQ.mask, CQ.entries, CQ.overflow, CQ.cqes, CQ.flags]
  for (const [i, at] of sq.entries()) v.setUint32(40 + 4 * i, at, true)
  for (const [i, at] of cq.entries()) v.setUint32(80 + 4 * i, at, true)
  l.memory.copyout(address, new Uint8Array(v.buffer))
  return allocateDescriptor(l, ring, true)
}

function makeRing(l: Lwp, entries: number, completions: number): IoRing {
  try {
    return new IoRing(l.proc.kernel, entries, completions)
  } catch (error) {
    throw error === ENOSPC ? ENOMEM : error
  }
}

// --- requests ---

/** struct io_uring_sqe. */
interface Request {
  readonly opcode: number
  readonly flags: number
  readonly fd: number
  readonly offset: number
  readonly address: number
  readonly length: number
  readonly operation: number
  readonly data: bigint
  readonly buffer: number
}

const LINK = 4
const ASYNC = 0x10
/** What stands for the file's own position. */
const CURRENT = -1

const requestOf = (v: DataView): Request => ({
  opcode: v.getUint8(0),
  flags: v.getUint8(1),
  fd: v.getInt32(4, true),
  offset: Number(v.getBigInt64(8, true)),
  address: Number(v.getBigUint64(16, true)),
  length: v.getUint32(24, true),
  operation: v.getUint32(28, true),
  data: v.getBigUint64(32, true),
  buffer: v.getUint16(40, true),
})

/** Makes of a request what is to be done. @throws what is the request's result, at once. */
type Prepare = (l: Lwp, ring: IoRing, r: Request) => Omit<Work, 'data'> | undefined

const atOnce = (run: () => number): Omit<Work, 'data'> => ({ file: undefined, events: 0, run })

function openFile(l: Lwp, r: Request): File {
  return notPath(l.fd.file(r.fd))
}

/** A read or write that never waits. */
function transfer(
  direction: UioDirection,
  uioOf: (l: Lwp, ring: IoRing, r: Request, offset: number | undefined) => Uio,
): Prepare {
  return (l, ring, r) => {
    const file = openFile(l, r)
    if ((file.flags & (direction === 'in' ? FREAD : FWRITE)) === 0) throw EBADF
    const seeks = file instanceof VnodeFile || file.type === 'memfd'
    const offset = !seeks || r.offset === CURRENT ? undefined : r.offset
    const run = (): number => {
      const usual = file.flags
      file.flags = usual | FNONBLOCK
      try {
        const uio = uioOf(l, ring, r, offset)
        const done = direction === 'in' ? file.read(l, uio) : file.write(l, uio)
        if (isKthread(done)) throw EOPNOTSUPP
        return done
      } finally {
        file.flags = usual
      }
    }
    // Who asked for nonblocking files is told at once.
    return { file: file.nonblocking ? undefined : file, events: direction === 'in' ? POLLIN : POLLOUT, run }
  }
}

const plain =
  (direction: UioDirection) =>
  (l: Lwp, _ring: IoRing, r: Request, offset: number | undefined): Uio =>
    bufferUio(l, r.address, r.length, direction, offset)

const scattered =
  (direction: UioDirection) =>
  (l: Lwp, _ring: IoRing, r: Request, offset: number | undefined): Uio =>
    vectorUio(l, r.address, r.length, direction, offset)

/** Within a registered buffer. @throws EFAULT */
const registered =
  (direction: UioDirection) =>
  (l: Lwp, ring: IoRing, r: Request, offset: number | undefined): Uio => {
    const buffer = ring.buffers?.[r.buffer]
    if (buffer === undefined) throw EFAULT
    if (r.address < buffer.base || r.address + r.length > buffer.base + buffer.length) throw EFAULT
    return bufferUio(l, r.address, r.length, direction, offset)
  }

const synchronize: Prepare = (l, _ring, r) => {
  const file = openFile(l, r)
  if (r.address !== 0 || (r.operation & ~1) !== 0 || !(file instanceof VnodeFile)) throw EINVAL
  return atOnce(() => {
    file.fsync()
    return 0
  })
}

const poll: Prepare = (l, _ring, r) => {
  const file = openFile(l, r)
  if (r.length !== 0 || r.offset !== 0 || r.address !== 0) throw EINVAL
  const events = r.operation | POLLERR | POLLHUP
  const run = (): number => {
    const ready = file.poll(events) & events
    if (ready === 0) throw EAGAIN
    return ready
  }
  return { file, events, run }
}

const ETIME = -62
const ECANCELED = -125
const ENOENT = -2
const TIMEOUT_ABS = 1

/** Until a time. What counts completions is refused. */
const timeout: Prepare = (l, ring, r) => {
  if (r.length !== 1 || (r.operation & ~TIMEOUT_ABS) !== 0 || r.offset !== 0) throw EINVAL
  const wait = readTimespec(l, r.address)
  const { clock } = l.proc.kernel
  ring.hold(r.data, (r.operation & TIMEOUT_ABS) !== 0 ? wait : clock.monotonic() + wait, ETIME)
  return undefined
}

const cancel: Prepare = (_l, ring, r) => {
  if (r.operation !== 0 || r.length !== 0) throw EINVAL
  return atOnce(() => (ring.cancel(BigInt(r.address), ECANCELED) ? 0 : ENOENT))
}

const close: Prepare = (l, _ring, r) => {
  if (r.offset !== 0 || r.address !== 0 || r.length !== 0) throw EINVAL
  return atOnce(() => {
    if (l.fd.file(r.fd) instanceof IoRing) throw EBADF
    l.fd.close(l, r.fd)
    return 0
  })
}

/** By IORING_OP_…; the others are not known: EINVAL is their result. */
const OPERATIONS: Readonly<Record<number, Prepare>> = {
  0: () => atOnce(() => 0), // NOP
  1: transfer('in', scattered('in')), // READV
  2: transfer('out', scattered('out')), // WRITEV
  3: synchronize, // FSYNC
  4: transfer('in', registered('in')), // READ_FIXED
  5: transfer('out', registered('out')), // WRITE_FIXED
  6: poll, // POLL_ADD
  7: cancel, // POLL_REMOVE
  11: timeout, // TIMEOUT
  12: cancel, // TIMEOUT_REMOVE
  14: cancel, // ASYNC_CANCEL
  19: close, // CLOSE
  22: transfer('in', plain('in')), // READ
  23: transfer('out', plain('out')), // WRITE
}

/** Begins a request, and with its success those that are linked to it; the others are cancelled. */
function begin(l: Lwp, ring: IoRing, chain: readonly Request[]): void {
  const [r, ...rest] = chain
  const then = (result: number): void => {
    if (rest.length === 0) return
    if (result >= 0) begin(l, ring, rest)
    else for (const { data } of rest) ring.finish({ data, file: undefined, events: 0, run: () => 0 }, ECANCELED)
  }
  const failing = (error: Errno) =>
    atOnce(() => {
      throw error
    })
  let work: Omit<Work, 'data'> | undefined
  try {
    const prepare = Object.hasOwn(OPERATIONS, r.opcode) ? OPERATIONS[r.opcode] : undefined
    if (prepare === undefined || (r.flags & ~(LINK | ASYNC)) !== 0) throw EINVAL
    work = prepare(l, ring, r)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    work = failing(error)
  }
  if (work !== undefined) ring.start({ ...work, data: r.data, then })
}

/** Entries of the queue, up to a number; how many. */
function submit(l: Lwp, ring: IoRing, most: number): number {
  let count = 0
  let chain: Request[] = []
  while (count < most) {
    const entry = ring.take()
    if (entry === undefined) break
    count++
    chain.push(requestOf(entry))
    if ((chain.at(-1)?.flags ?? 0) & LINK) continue
    begin(l, ring, chain)
    chain = []
  }
  if (chain.length > 0) begin(l, ring, chain)
  return count
}

const GETEVENTS = 1
const SQ_WAKEUP = 2
const EXT_ARG = 8
const ENTER_FLAGS = GETEVENTS | SQ_WAKEUP | EXT_ARG

/** @throws EINVAL, EBADF, EOPNOTSUPP for what is no ring, EBUSY when too much waits, EINTR, EFAULT; ETIME */
function io_uring_enter(
  l: Lwp,
  fd: number,
  submits: number,
  least: number,
  flagWord: number,
  argument: number,
  argumentSize: number,
): number | Kthread<number> {
  const flags = flagWord >>> 0
  if ((flags & ~ENTER_FLAGS) !== 0) throw EINVAL
  const ring = l.fd.file(fd | 0)
  if (!(ring instanceof IoRing)) throw EOPNOTSUPP
  if (ring.isFull) throw EBUSY
  const submitted = submits >>> 0 === 0 ? 0 : submit(l, ring, submits >>> 0)
  ring.flush()
  const wanted = Math.min(least >>> 0, ring.completions)
  if ((flags & GETEVENTS) === 0 || ring.ready >= wanted) return submitted
  return wait(l, ring, submitted, wanted, waitArguments(l, (flags & EXT_ARG) !== 0, argument, argumentSize))
}

interface WaitArguments {
  readonly mask: ReturnType<typeof readMaskArgument>
  readonly deadline: number
}

/** A signal mask, or struct io_uring_getevents_arg with a mask and a time. */
function waitArguments(l: Lwp, extended: boolean, address: number, length: number): WaitArguments {
  const deadline = Number.POSITIVE_INFINITY
  if (!extended) return { mask: readMaskArgument(l, address, length), deadline }
  if (size(length) !== 24) throw EINVAL
  const timeAt = l.memory.readU64(address + 16)
  const mask = readMaskArgument(l, l.memory.readU64(address), l.memory.readU32(address + 8))
  return { mask, deadline: timeAt === 0 ? deadline : l.proc.kernel.clock.monotonic() + readTimespec(l, timeAt) }
}

function* untilReady(l: Lwp, ring: IoRing, wanted: number, deadline: number): Kthread<number> {
  while (ring.ready < wanted) {
    yield* cvTimedwaitSig(l, ring.changed, deadline)
    ring.flush()
  }
  return 0
}

function* wait(
  l: Lwp,
  ring: IoRing,
  submitted: number,
  wanted: number,
  { mask, deadline }: WaitArguments,
): Kthread<number> {
  try {
    yield* withTemporaryMask(l, mask, untilReady(l, ring, wanted, deadline))
  } catch (error) {
    if (submitted > 0 && (error === EINTR || error === ERESTART || error === EWOULDBLOCK)) return submitted
    if (error === EWOULDBLOCK) return ETIME
    throw error === ERESTART ? EINTR : error
  }
  return submitted
}

const REGISTER_BUFFERS = 0
const UNREGISTER_BUFFERS = 1
const REGISTER_PROBE = 8
const MOST_BUFFERS = 1024
const PROBE = 16
const PROBE_OP = 8
const OP_SUPPORTED = 1

/** @throws EBADF, EOPNOTSUPP, EINVAL, EBUSY, ENXIO, EFAULT */
function io_uring_register(l: Lwp, fd: number, operation: number, argument: number, countWord: number): number {
  const ring = l.fd.file(fd | 0)
  if (!(ring instanceof IoRing)) throw EOPNOTSUPP
  const count = countWord >>> 0
  switch (operation >>> 0) {
    case REGISTER_BUFFERS: {
      if (ring.buffers !== undefined) throw EBUSY
      if (count === 0 || count > MOST_BUFFERS) throw EINVAL
      ring.buffers = readIoVectors(l, argument, count)
      return 0
    }
    case UNREGISTER_BUFFERS:
      if (argument !== 0 || count !== 0) throw EINVAL
      if (ring.buffers === undefined) throw ENXIO
      ring.buffers = undefined
      return 0
    case REGISTER_PROBE:
      return probe(l, argument, count)
    default:
      throw EINVAL
  }
}

/** Which operations there are: struct io_uring_probe. */
function probe(l: Lwp, address: number, count: number): number {
  const known = Object.keys(OPERATIONS).map(Number)
  const last = Math.max(...known)
  const entries = Math.min(count, last + 1, 256)
  if (argumentIsUsed(l, address, PROBE + PROBE_OP * Math.min(count, 256))) throw EINVAL
  const v = new DataView(new ArrayBuffer(PROBE + PROBE_OP * entries))
  v.setUint8(0, last)
  v.setUint8(1, entries)
  for (let i = 0; i < entries; i++) {
    v.setUint8(PROBE + PROBE_OP * i, i)
    v.setUint16(PROBE + PROBE_OP * i + 2, known.includes(i) ? OP_SUPPORTED : 0, true)
  }
  l.memory.copyout(address, new Uint8Array(v.buffer))
  return 0
}

const argumentIsUsed = (l: Lwp, address: number, length: number): boolean =>
  l.memory.copyin(address, length).some(byte => byte !== 0)

export const ioUringCalls: CallFamily = { io_uring_setup, io_uring_enter, io_uring_register }
