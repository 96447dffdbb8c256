/** splice(2), tee(2), vmsplice(2): bytes moved through pipes. NetBSD's table has none of them; fs/splice.c. */
import { EBADF, EINVAL, ESPIPE } from '../native/errno.ts'
import { FAPPEND, type File, FNONBLOCK, FREAD, FWRITE } from '../native/file.ts'
import { PipeEnd } from '../native/ipc/pipe.ts'
import type { Lwp } from '../native/lwp.ts'
import { finish, type Kthread } from '../native/sleep.ts'
import { KernelUio } from '../native/uio.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import type { CallFamily } from './call.ts'
import { fileOf, MAX_TRANSFER, notPath, vectorUio } from './file-arguments.ts'

const SPLICE_F_NONBLOCK = 2
const SPLICE_F_ALL = 0xf

/** Where the other end than the pipe stands: at an offset in the guest's memory, or at its own. */
function offsetAt(l: Lwp, file: File, address: number): number | undefined {
  if (address === 0) return undefined
  const at = l.memory.readI64(address)
  // Only what has positions can be told one.
  try {
    file.seek(l, 0, 1)
  } catch {
    throw EINVAL
  }
  if (at < 0) throw EINVAL
  return at
}

function* linux_sys_splice(
  l: Lwp,
  inFd: number,
  inOffset: number,
  outFd: number,
  outOffset: number,
  length: number,
  flags: number,
): Kthread<number> {
  if (length === 0) return 0
  if ((flags & ~SPLICE_F_ALL) !== 0) throw EINVAL
  const from = notPath(fileOf(l, inFd))
  const to = notPath(fileOf(l, outFd))
  if ((from instanceof PipeEnd && inOffset !== 0) || (to instanceof PipeEnd && outOffset !== 0)) throw ESPIPE
  for (const address of [inOffset, outOffset]) if (address !== 0) l.memory.readI64(address)
  if ((from.flags & FREAD) === 0 || (to.flags & FWRITE) === 0) throw EBADF
  const count = Math.min(length < 0 ? MAX_TRANSFER : length, MAX_TRANSFER)
  const waits = (flags & SPLICE_F_NONBLOCK) === 0
  if (from instanceof PipeEnd && to instanceof PipeEnd) return yield* pipeToPipe(l, from, to, count, waits, true)
  if (!spliceable(from instanceof PipeEnd ? to : from)) throw EINVAL
  if (from instanceof PipeEnd) return yield* fromPipe(l, from, to, outOffset, count, waits)
  if (to instanceof PipeEnd) return yield* toPipe(l, from, inOffset, to, count, waits)
  throw EINVAL
}

/** Whether bytes can be moved between it and a pipe without a program: files, devices, sockets, memory; not epolls and their like. */
function spliceable(file: File): boolean {
  if (file instanceof VnodeFile) return file.vnode.type !== 'VDIR'
  return ['socket', 'memfd', 'vnode'].includes(file.type)
}

const mayWait = (end: PipeEnd, waits: boolean): boolean => waits && (end.flags & FNONBLOCK) === 0

function* fromPipe(l: Lwp, from: PipeEnd, to: File, outOffset: number, count: number, waits: boolean): Kthread<number> {
  const at = offsetAt(l, to, outOffset)
  if ((to.flags & FAPPEND) !== 0) throw EINVAL
  if ((yield* from.awaitData(l, mayWait(from, waits))) === 0) return 0
  const bytes = from.peek(count)
  const put = yield* finish(to.write(l, new KernelUio(bytes, 'out', at)))
  from.take(new KernelUio(new Uint8Array(put), 'in'))
  if (at !== undefined) l.memory.writeI64(outOffset, at + put)
  return put
}

function* toPipe(l: Lwp, from: File, inOffset: number, to: PipeEnd, count: number, waits: boolean): Kthread<number> {
  const at = offsetAt(l, from, inOffset)
  const room = yield* to.awaitRoom(l, mayWait(to, waits))
  const bytes = new Uint8Array(Math.min(count, room))
  const got = yield* finish(from.read(l, new KernelUio(bytes, 'in', at)))
  // Others may have written meanwhile, if reading took its time; what was read must not be lost.
  if (got > 0) yield* finish(to.write(l, new KernelUio(bytes.subarray(0, got), 'out')))
  if (at !== undefined) l.memory.writeI64(inOffset, at + got)
  return got
}

function* pipeToPipe(
  l: Lwp,
  from: PipeEnd,
  to: PipeEnd,
  count: number,
  waits: boolean,
  takes: boolean,
): Kthread<number> {
  if (from.pipe === to.pipe) throw EINVAL
  const patient = mayWait(from, waits) && mayWait(to, waits)
  for (;;) {
    if ((yield* from.awaitData(l, patient)) === 0) return 0
    yield* to.awaitRoom(l, patient)
    // Either may have changed while the other was waited for.
    if (from.pipe.buffer.length > 0) break
  }
  const bytes = from.peek(Math.min(count, to.pipe.slots.room))
  const put = to.put(new KernelUio(bytes, 'out'))
  if (takes) from.take(new KernelUio(new Uint8Array(put), 'in'))
  return put
}

function* linux_sys_tee(l: Lwp, inFd: number, outFd: number, length: number, flags: number): Kthread<number> {
  if ((flags & ~SPLICE_F_ALL) !== 0) throw EINVAL
  if (length === 0) return 0
  const from = notPath(fileOf(l, inFd))
  const to = notPath(fileOf(l, outFd))
  if ((from.flags & FREAD) === 0 || (to.flags & FWRITE) === 0) throw EBADF
  if (!(from instanceof PipeEnd && to instanceof PipeEnd)) throw EINVAL
  const count = Math.min(length < 0 ? MAX_TRANSFER : length, MAX_TRANSFER)
  return yield* pipeToPipe(l, from, to, count, (flags & SPLICE_F_NONBLOCK) === 0, false)
}

/** Into a pipe from memory, or from a pipe into memory. */
function* linux_sys_vmsplice(l: Lwp, fd: number, vector: number, count: number, flags: number): Kthread<number> {
  if ((flags & ~SPLICE_F_ALL) !== 0) throw EINVAL
  const file = notPath(fileOf(l, fd))
  const writes = (file.flags & FWRITE) !== 0
  if (!writes && (file.flags & FREAD) === 0) throw EBADF
  const uio = vectorUio(l, vector, count, writes ? 'out' : 'in')
  if (uio.resid === 0) return 0
  if (!(file instanceof PipeEnd)) throw EBADF
  const patient = mayWait(file, (flags & SPLICE_F_NONBLOCK) === 0)
  if (!writes) return (yield* file.awaitData(l, patient)) === 0 ? 0 : file.take(uio)
  yield* file.awaitRoom(l, patient)
  return file.put(uio)
}

export const spliceCalls: CallFamily = { splice: linux_sys_splice, tee: linux_sys_tee, vmsplice: linux_sys_vmsplice }
