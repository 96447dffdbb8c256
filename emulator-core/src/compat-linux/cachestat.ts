/** cachestat(2), which NetBSD does not have: how many pages of a file are in memory. Linux: mm/filemap.c. */
import { PAGE_SIZE } from '../machine/page.ts'
import { EINVAL, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import { type File, FWRITE } from '../native/file.ts'
import { Memfd } from '../native/ipc/memfd.ts'
import type { Lwp } from '../native/lwp.ts'
import type { UvmObject } from '../native/uvm/object.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { type CallFamily, size } from './call.ts'
import { notPath } from './file-arguments.ts'

function objectOf(file: File): UvmObject | undefined {
  if (file instanceof Memfd) return file.pages
  return file instanceof VnodeFile && file.vnode.type === 'VREG' ? file.vnode.object(false) : undefined
}

/** What may be written, or is one's own, may be asked about. */
function mayAsk(l: Lwp, file: File): boolean {
  const { euid } = l.credentials
  return (file.flags & FWRITE) !== 0 || euid === 0 || file.stat(l).uid === euid
}

/** struct cachestat: pages in memory, dirty, being written, thrown away, thrown away lately. @throws EBADF, EFAULT, EINVAL, EOPNOTSUPP, EPERM */
function linux_sys_cachestat(l: Lwp, fd: number, range: number, answer: number, flags: number): number {
  const file = notPath(l.fd.file(fd | 0))
  const offset = size(l.memory.readI64(range))
  const length = size(l.memory.readI64(range + 8))
  if (file.hugePages !== undefined) throw EOPNOTSUPP
  if (!mayAsk(l, file)) throw EPERM
  if ((flags | 0) !== 0) throw EINVAL
  const first = Math.floor(offset / PAGE_SIZE)
  const last = length === 0 ? Number.POSITIVE_INFINITY : Math.floor((offset + length - 1) / PAGE_SIZE)
  const counts = { cached: 0, dirty: 0, ...objectOf(file)?.countPages?.(first, last) }
  const told = [counts.cached, counts.dirty, 0, 0, 0]
  l.memory.copyout(answer, new Uint8Array(BigUint64Array.from(told, BigInt).buffer))
  return 0
}

export const cacheStatCalls: CallFamily = { cachestat: linux_sys_cachestat }
