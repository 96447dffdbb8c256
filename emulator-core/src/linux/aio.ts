/** io_setup(2) and its family, which NetBSD does not have: Linux, fs/aio.c. */
import { type CallFamily, size } from '../compat-linux/call.ts'
import { linuxErrno } from '../compat-linux/errno.ts'
import { bufferUio, fileOf, notPath, vectorUio } from '../compat-linux/file-arguments.ts'
import { flagsFor } from '../compat-linux/file-transfer.ts'
import { readMaskArgument, withTemporaryMask } from '../compat-linux/temporary-mask.ts'
import { readTimespec } from '../compat-linux/time-values.ts'
import { EBADF, EFAULT, EINTR, EINVAL, ERESTART, Errno, EWOULDBLOCK } from '../native/errno.ts'
import { type File, FREAD, FWRITE } from '../native/file.ts'
import { Eventfd } from '../native/ipc/eventfd.ts'
import type { Lwp } from '../native/lwp.ts'
import { cvTimedwaitSig, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import type { UioDirection } from '../native/uio.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { type AioContext, contextsOf, newContext } from './aio-context.ts'

const PAGE = 4096
const IOCB = 64
const IOCB_FLAG_RESFD = 1
const IO_EVENT = 32

/** @throws EFAULT, EINVAL unless the number at `address` is 0, EAGAIN, ENOMEM */
function io_setup(l: Lwp, eventsArgument: number, address: number): number {
  const events = eventsArgument >>> 0
  if (l.memory.readBigU64(address) !== 0n || events === 0) throw EINVAL
  const { vm, kernel } = l.proc
  const context = newContext(kernel, events)
  // A context's name is where Linux maps its ring. Ours is empty, which tells programs to ask the kernel.
  const id = vm.mmap({ address: undefined, length: PAGE, prot: 3, shared: false, name: '/[aio] (deleted)' })
  vm.alter(id, id + PAGE, { inherit: 'none' })
  contextsOf(vm).set(id, context)
  l.memory.writeBigU64(address, BigInt(id))
  return 0
}

/** @throws EINVAL */
function contextOf(l: Lwp, id: number): AioContext {
  const context = contextsOf(l.proc.vm).get(id)
  if (context === undefined) throw EINVAL
  return context
}

function io_destroy(l: Lwp, id: number): number {
  contextOf(l, id).destroy()
  contextsOf(l.proc.vm).delete(id)
  l.proc.vm.munmap(id, PAGE)
  return 0
}

// --- requests ---

/** struct iocb. */
interface Request {
  readonly address: number
  readonly data: bigint
  readonly opcode: number
  readonly fd: number
  readonly buffer: number
  readonly bytes: number
  readonly offset: number
  /** RWF_… */
  readonly transferFlags: number
  readonly flags: number
  readonly resultFd: number
}

/** @throws EFAULT, EINVAL */
function readRequest(l: Lwp, address: number): Request {
  const v = new DataView(l.memory.copyin(address, IOCB).buffer)
  const bytes = Number(v.getBigInt64(32, true))
  if (v.getBigUint64(48, true) !== 0n || bytes < 0) throw EINVAL
  return {
    address,
    data: v.getBigUint64(0, true),
    transferFlags: v.getInt32(12, true),
    opcode: v.getUint16(16, true),
    fd: v.getInt32(20, true),
    buffer: Number(v.getBigUint64(24, true)),
    bytes,
    offset: Number(v.getBigInt64(40, true)),
    flags: v.getUint32(56, true),
    resultFd: v.getInt32(60, true),
  }
}

type Work = (l: Lwp, file: File, r: Request) => () => MaybeBlocking<number>

/** @throws EINVAL for a file that cannot, or arguments that mean nothing */
const synchronize: Work = (_l, file, r) => {
  if (r.buffer !== 0 || r.offset !== 0 || r.bytes !== 0 || !(file instanceof VnodeFile)) throw EINVAL
  return () => {
    file.fsync()
    return 0
  }
}

/** @throws EBADF for a file that is not open for it, EINVAL, EFAULT */
const transfer =
  (direction: UioDirection, uioOf: typeof bufferUio): Work =>
  (l, file, r) => {
    if ((file.flags & (direction === 'in' ? FREAD : FWRITE)) === 0) throw EBADF
    const uio = uioOf(l, r.buffer, r.bytes, direction, r.offset)
    const wanted = flagsFor(file, r.transferFlags)
    return () => {
      const usual = file.flags
      // What depends on them is decided before the work could wait.
      file.flags = wanted
      try {
        return direction === 'in' ? file.read(l, uio) : file.write(l, uio)
      } finally {
        file.flags = usual
      }
    }
  }

/** By IOCB_CMD_… What is thrown at once fails the submission, what the work itself throws is the request's result. */
const WORK: Readonly<Record<number, Work>> = {
  0: transfer('in', bufferUio),
  1: transfer('out', bufferUio),
  2: synchronize,
  3: synchronize,
  7: transfer('in', vectorUio),
  8: transfer('out', vectorUio),
}

/** The result, or a negative error number as Linux has it. */
function* outcome(work: () => MaybeBlocking<number>): Kthread<number> {
  try {
    const result = work()
    return typeof result === 'number' ? result : yield* result
  } catch (error) {
    if (error === ERESTART || error === EINTR) return -4
    if (!(error instanceof Errno)) throw error
    return -linuxErrno(error)
  }
}

/** io_submit_one. @throws EFAULT, EINVAL, EAGAIN, EBADF */
function* submit(l: Lwp, context: AioContext, address: number): Kthread<void> {
  const r = readRequest(l, address)
  const file = notPath(fileOf(l, r.fd))
  const notified = (r.flags & IOCB_FLAG_RESFD) !== 0 ? fileOf(l, r.resultFd) : undefined
  if (notified !== undefined && !(notified instanceof Eventfd)) throw EINVAL
  const begin = Object.hasOwn(WORK, r.opcode) ? WORK[r.opcode] : undefined
  if (begin === undefined) throw EINVAL
  const work = begin(l, file, r)
  context.reserve()
  file.references++
  let result = -4
  try {
    result = yield* outcome(work)
  } finally {
    file.references--
    if (file.references === 0) file.close()
    context.complete({ data: r.data, request: r.address, result })
    notified?.signal()
  }
}

/** io_submit(2): how many were taken. @throws the error of the first, if it was not. */
function* io_submit(l: Lwp, id: number, countArgument: number, list: number): Kthread<number> {
  const count = size(countArgument)
  if (countArgument < 0) throw EINVAL
  const context = contextOf(l, id)
  let taken = 0
  try {
    for (; taken < count; taken++) {
      if (context.destroyed) throw EINVAL
      yield* submit(l, context, l.memory.readU64(list + 8 * taken))
    }
  } catch (error) {
    if (taken === 0 || !(error instanceof Errno)) throw error
  }
  return taken
}

/** Everything is finished when it has been submitted: there is never anything to cancel. @throws EFAULT, EINVAL */
function io_cancel(l: Lwp, id: number, request: number): number {
  if (l.memory.readU32(request + 8) !== 0) throw EINVAL
  contextOf(l, id)
  throw EINVAL
}

// --- answers ---

/** Takes up to `most` answers to the program. @throws EFAULT if not even the first can be told. */
function give(l: Lwp, context: AioContext, most: number, into: number): number {
  let given = 0
  while (given < most && context.done.length > 0) {
    const { data, request, result } = context.done[0]
    const v = new DataView(new ArrayBuffer(IO_EVENT))
    v.setBigUint64(0, data, true)
    v.setBigUint64(8, BigInt(request), true)
    v.setBigInt64(16, BigInt(result), true)
    try {
      l.memory.copyout(into + IO_EVENT * given, new Uint8Array(v.buffer))
    } catch (error) {
      if (error === EFAULT && given > 0) break
      throw error
    }
    context.done.shift()
    given++
  }
  return given
}

function* readEvents(
  l: Lwp,
  id: number,
  least: number,
  most: number,
  into: number,
  timeoutAddress: number,
): Kthread<number> {
  const { clock } = l.proc.kernel
  const deadline = timeoutAddress === 0 ? Number.POSITIVE_INFINITY : clock.monotonic() + readTimespec(l, timeoutAddress)
  const context = contextOf(l, id)
  if (least < 0 || most < 0 || least > most) throw EINVAL
  let given = give(l, context, most, into)
  while (given < least && !context.destroyed && clock.monotonic() < deadline) {
    try {
      yield* cvTimedwaitSig(l, context.changed, deadline)
    } catch (error) {
      if (error === EWOULDBLOCK || (given > 0 && error instanceof Errno)) break
      // No SA_RESTART restarts it.
      throw error === ERESTART ? EINTR : error
    }
    given += give(l, context, most - given, into + IO_EVENT * given)
  }
  return given
}

/** io_getevents(2). @throws EINVAL, EFAULT, EINTR */
function io_getevents(l: Lwp, id: number, least: number, most: number, into: number, timeout: number): Kthread<number> {
  return readEvents(l, id, least, most, into, timeout)
}

/** io_pgetevents(2): the last argument leads to a mask and its size. */
function* io_pgetevents(
  l: Lwp,
  id: number,
  least: number,
  most: number,
  into: number,
  timeout: number,
  signals = 0,
): Kthread<number> {
  const mask = signals === 0 ? 0 : l.memory.readU64(signals)
  const set = mask === 0 ? undefined : readMaskArgument(l, mask, l.memory.readU64(signals + 8))
  return yield* withTemporaryMask(l, set, readEvents(l, id, least, most, into, timeout))
}

export const aioCalls: CallFamily = { io_setup, io_destroy, io_submit, io_cancel, io_getevents, io_pgetevents }
