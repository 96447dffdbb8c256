/** Reading, writing and positions: read(2) and its relatives. Most of Linux's numbers lead to the native calls. */

import { meets } from '../native/divergence.ts'
import { EINVAL, EOPNOTSUPP } from '../native/errno.ts'
import { FAPPEND, type File, FNONBLOCK } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread, MaybeBlocking } from '../native/sleep.ts'
import type { Uio, UioDirection } from '../native/uio.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import type { CallFamily, Handler } from './call.ts'
import { bufferUio, fileOf, notPath, vectorUio } from './file-arguments.ts'

function sys_read(l: Lwp, fd: number, buffer: number, count: number): MaybeBlocking<number> {
  return notPath(fileOf(l, fd)).read(l, bufferUio(l, buffer, count, 'in'))
}

function sys_write(l: Lwp, fd: number, buffer: number, count: number): MaybeBlocking<number> {
  return notPath(fileOf(l, fd)).write(l, bufferUio(l, buffer, count, 'out'))
}

function sys_readv(l: Lwp, fd: number, vector: number, count: number): MaybeBlocking<number> {
  return readVector(l, notPath(fileOf(l, fd)), vectorUio(l, vector, count, 'in'))
}

/** Linux tells of a read into a vector also if there was nothing to read. */
function readVector(l: Lwp, file: File, uio: Uio): MaybeBlocking<number> {
  const done = file.read(l, uio)
  if (done === 0 && file instanceof VnodeFile) file.vfs.notes.tellOf('access', file.vnode, file.place)
  return done
}

function sys_writev(l: Lwp, fd: number, vector: number, count: number): MaybeBlocking<number> {
  const file = notPath(fileOf(l, fd))
  return file.write(l, vectorUio(l, vector, count, 'out'))
}

/** A file that has positions. @throws EBADF, ESPIPE, EINVAL for a negative offset. */
function seekable(l: Lwp, fd: number, offset: number): File {
  const file = notPath(fileOf(l, fd))
  if (offset < 0) throw EINVAL
  file.seek(l, 0, 1)
  return file
}

function linux_sys_pread(l: Lwp, fd: number, buffer: number, count: number, offset: number): MaybeBlocking<number> {
  return seekable(l, fd, offset).read(l, bufferUio(l, buffer, count, 'in', offset))
}

function linux_sys_pwrite(l: Lwp, fd: number, buffer: number, count: number, offset: number): MaybeBlocking<number> {
  return seekable(l, fd, offset).write(l, bufferUio(l, buffer, count, 'out', offset))
}

function linux_sys_preadv(l: Lwp, fd: number, vector: number, count: number, offset: number): MaybeBlocking<number> {
  return readVector(l, seekable(l, fd, offset), vectorUio(l, vector, count, 'in', offset))
}

function linux_sys_pwritev(l: Lwp, fd: number, vector: number, count: number, offset: number): MaybeBlocking<number> {
  return seekable(l, fd, offset).write(l, vectorUio(l, vector, count, 'out', offset))
}

/** High priority and the two kinds of synchronous writing change nothing that can be seen here. */
const RWF_HIPRI = 0x1
const RWF_DSYNC = 0x2
const RWF_SYNC = 0x4
const RWF_NOWAIT = 0x8
const RWF_APPEND = 0x10
const RWF_NOAPPEND = 0x20
const RWF_KNOWN = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND | RWF_NOAPPEND

/** The flags that the open file would have if it had been opened for this one transfer. @throws EOPNOTSUPP, EINVAL */
export function flagsFor(file: File, flags: number): number {
  if ((flags & ~RWF_KNOWN) !== 0) throw EOPNOTSUPP
  if ((flags & RWF_APPEND) !== 0 && (flags & RWF_NOAPPEND) !== 0) throw EINVAL
  let now = file.flags
  if ((flags & RWF_NOWAIT) !== 0) now |= FNONBLOCK
  if ((flags & RWF_APPEND) !== 0) now |= FAPPEND
  if ((flags & RWF_NOAPPEND) !== 0) now &= ~FAPPEND
  return now
}

/** preadv2 and pwritev2; an offset of -1 is the file's own. @throws EOPNOTSUPP for a flag that is not known. */
function flagged(direction: UioDirection) {
  return (
    l: Lwp,
    fd: number,
    vector: number,
    count: number,
    offset: number,
    _high: number,
    flags = 0,
  ): MaybeBlocking<number> => {
    const file = offset === -1 ? notPath(fileOf(l, fd)) : seekable(l, fd, offset)
    const uio = vectorUio(l, vector, count, direction, offset === -1 ? undefined : offset)
    const wanted = flagsFor(file, flags | 0)
    const usual = file.flags
    // What depends on them is decided before the call could block.
    file.flags = wanted
    try {
      return direction === 'in' ? file.read(l, uio) : file.write(l, uio)
    } finally {
      file.flags = usual
    }
  }
}

function compat_43_sys_lseek(l: Lwp, fd: number, offset: number, whence: number): number {
  const file = notPath(fileOf(l, fd))
  const how = whence | 0
  if (how < 0 || how > 4) throw EINVAL
  if (how >= 3 && meets(l, 'lseek.data-hole', `lseek ${fd | 0}`)) throw EINVAL
  return file.seek(l, offset, how)
}

/** Counts what a call moves, for /proc/PID/io. */
function counting(handler: Handler, writes: boolean): Handler {
  const count = (l: Lwp, moved: number): number => {
    const t = l.proc.transfers
    if (writes) {
      t.writes++
      t.writtenBytes += moved
    } else {
      t.reads++
      t.readBytes += moved
    }
    return moved
  }
  function* later(l: Lwp, transfer: Kthread<number>): Kthread<number> {
    return count(l, yield* transfer)
  }
  return (l, a0, a1, a2, a3, a4, a5) => {
    const moved = handler(l, a0, a1, a2, a3, a4, a5)
    return typeof moved === 'number' ? count(l, moved) : later(l, moved)
  }
}

export const transferCalls: CallFamily = {
  read: counting(sys_read, false),
  write: counting(sys_write, true),
  readv: counting(sys_readv, false),
  writev: counting(sys_writev, true),
  pread64: counting(linux_sys_pread, false),
  pwrite64: counting(linux_sys_pwrite, true),
  preadv: counting(linux_sys_preadv, false),
  pwritev: counting(linux_sys_pwritev, true),
  preadv2: counting(flagged('in'), false),
  pwritev2: counting(flagged('out'), true),
  lseek: compat_43_sys_lseek,
}
