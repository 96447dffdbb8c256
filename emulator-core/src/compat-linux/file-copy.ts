/** Calls that move bytes from file to file inside the kernel. NetBSD's emulation has none of them; Linux's mechanism, for the other personality. */
import { EBADF, EFBIG, EINVAL, EISDIR, EOVERFLOW } from '../native/errno.ts'
import { FAPPEND, type File, FREAD, FWRITE } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { finish, type Kthread } from '../native/sleep.ts'
import { KernelUio } from '../native/uio.ts'
import { MAX_FILE_SIZE } from '../native/vfs/file-pages.ts'
import { type CallFamily, size } from './call.ts'
import { fileOf, MAX_TRANSFER, notPath, vnodeFileOf } from './file-arguments.ts'

const PIECE = 1 << 16

/** An offset in the guest's memory, or the file's own when there is none. */
interface Position {
  readonly file: File
  readonly address: number
  at: number
}

function position(l: Lwp, file: File, address: number): Position {
  return { file, address, at: address === 0 ? file.offset : l.memory.readI64(address) }
}

/** @throws EINVAL before the beginning. */
function checkPosition({ at }: Position): void {
  if (at < 0) throw EINVAL
}

function store(l: Lwp, p: Position): void {
  if (p.address === 0) p.file.offset = p.at
  else l.memory.writeI64(p.address, p.at)
}

/** Moves up to `count` bytes; without `to` the target writes where it stands. */
function* transfer(l: Lwp, from: Position, out: File, to: Position | undefined, count: number): Kthread<number> {
  const piece = new Uint8Array(Math.min(PIECE, count))
  let done = 0
  try {
    while (done < count) {
      const room = piece.subarray(0, Math.min(piece.length, count - done))
      const got = yield* finish(from.file.read(l, new KernelUio(room, 'in', from.at)))
      if (got === 0) break
      const put = yield* finish(out.write(l, new KernelUio(room.subarray(0, got), 'out', to?.at)))
      done += put
      from.at += put
      if (to !== undefined) to.at += put
      if (put < got) break
    }
  } catch (error) {
    if (done === 0) throw error
  }
  store(l, from)
  if (to !== undefined) store(l, to)
  return done
}

function* linux_sys_sendfile(l: Lwp, outFd: number, inFd: number, offset: number, count: number): Kthread<number> {
  const from = notPath(fileOf(l, inFd))
  const out = notPath(fileOf(l, outFd))
  if ((from.flags & FREAD) === 0 || (out.flags & FWRITE) === 0) throw EBADF
  if ((out.flags & FAPPEND) !== 0 || count < 0) throw EINVAL
  const file = vnodeFileOf(l, inFd, EINVAL)
  if (file.vnode.type === 'VDIR') throw EINVAL
  const source = position(l, file, offset)
  checkPosition(source)
  return yield* transfer(l, source, out, undefined, Math.min(count, MAX_TRANSFER))
}

function* linux_sys_copy_file_range(
  l: Lwp,
  inFd: number,
  inOffset: number,
  outFd: number,
  outOffset: number,
  count: number,
  flags: number,
): Kthread<number> {
  const from = vnodeFileOf(l, inFd, EINVAL)
  const out = vnodeFileOf(l, outFd, EINVAL)
  notPath(from)
  notPath(out)
  const source = position(l, from, inOffset)
  const target = position(l, out, outOffset)
  if (flags !== 0) throw EINVAL
  if (from.vnode.type === 'VDIR' || out.vnode.type === 'VDIR') throw EISDIR
  if (from.vnode.type !== 'VREG' || out.vnode.type !== 'VREG') throw EINVAL
  if ((from.flags & FREAD) === 0 || (out.flags & FWRITE) === 0 || (out.flags & FAPPEND) !== 0) throw EBADF
  const wanted = size(count)
  // Offsets are compared without their sign.
  for (const { at } of [source, target]) if (size(at) + wanted >= 2 ** 64) throw EOVERFLOW
  checkPosition(source)
  checkPosition(target)
  if (target.at >= MAX_FILE_SIZE) throw EFBIG
  const length = Math.min(wanted, Math.max(0, from.vnode.size() - source.at), MAX_TRANSFER)
  if (from.vnode === out.vnode && source.at < target.at + length && target.at < source.at + length) throw EINVAL
  return yield* transfer(l, source, out, target, length)
}

export const fileCopyCalls: CallFamily = {
  sendfile: linux_sys_sendfile,
  copy_file_range: linux_sys_copy_file_range,
}
