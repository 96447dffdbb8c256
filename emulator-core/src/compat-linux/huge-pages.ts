/** Huge pages as calls ask for them: include/uapi/asm-generic/hugetlb_encode.h; Linux's mm/hugetlb.c. */
import type { Lwp } from '../native/lwp.ts'
import { HugeObject, type HugePagePool } from '../native/uvm/huge-pages.ts'

/** Where six bits hold the logarithm of the size, of the flags of mmap, memfd_create and shmget; 0: the usual one. */
const SIZE_SHIFT = 26
const SIZE_MASK = 0x3f

/** The pool that flags ask for; undefined: there are no pages of that size. */
export function hugePagesOf(l: Lwp, flags: number): HugePagePool | undefined {
  const { hugePages } = l.proc.kernel
  const logarithm = (flags >>> SIZE_SHIFT) & SIZE_MASK
  return logarithm === 0 ? hugePages[0] : hugePages.find(({ size }) => size === 2 ** logarithm)
}

const NAME = '/anon_hugepage (deleted)'
const DEVICE = 17

/** Memory of huge pages that has no file, `length` bytes in whole pages; undefined if there are not as many. */
export function anonymousHugePages(pool: HugePagePool, length: number, promised: boolean): HugeObject | undefined {
  const object = new HugeObject(pool, { name: NAME, device: DEVICE, inode: 0, size: length, pageSize: pool.size })
  return !promised || object.store.promise(0, length) ? object : undefined
}
