/** Differences in files that are nothing but memory. */
import { LINUX_MEMFD, LINUX_MISC, SYS_MEMFD } from './divergence-versions.ts'
import type { Divergence } from './divergences.ts'

export const memfdDivergences: readonly Divergence[] = [
  {
    id: 'memfd.whole-pages',
    summary: 'The last, partial page of a memfd cannot be mapped.',
    linux: 'It can.',
    netbsd: 'EINVAL unless offset and length, rounded up to pages, lie within the size.',
    source: 'sys/kern/sys_memfd.c:memfd_mmap',
    ...SYS_MEMFD,
    severity: 'medium',
    advice: 'Make the size a multiple of the page size before mapping.',
  },
  {
    id: 'memfd.seal-any-mapping',
    summary: 'F_SEAL_WRITE is refused while any mapping of the memfd exists.',
    linux: 'Only shared writable mappings prevent it.',
    netbsd: 'EBUSY even for a read-only or private mapping.',
    source: 'sys/kern/sys_memfd.c:memfd_fcntl',
    ...SYS_MEMFD,
    severity: 'medium',
    advice: 'Unmap before sealing, and map again read-only.',
  },
  {
    id: 'memfd.bare-stat',
    summary: 'fstat of a memfd shows no file type, and poll never finds it ready.',
    linux: 'It is a regular file, always ready.',
    netbsd: 'The mode is 0600 without S_IFREG, inode and device are 0; poll answers nothing.',
    source: 'sys/kern/sys_memfd.c:memfd_stat',
    ...SYS_MEMFD,
    severity: 'medium',
    advice: 'Do not test S_ISREG of a descriptor that is known to be a memfd, nor poll it.',
  },
  {
    id: 'memfd.hugetlb',
    summary: 'memfd_create with MFD_HUGETLB makes an ordinary file.',
    linux:
      'Its pages are huge ones of the pool (vm.nr_hugepages), ENOMEM at mmap if there are too few; ENODEV for a size that there is not.',
    netbsd: 'The flag is taken and ignored.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_memfd_create',
    ...LINUX_MISC,
    severity: 'low',
    advice: 'Do not count on huge pages; ask fstat for st_blksize.',
  },
  {
    id: 'memfd.hugetlb-sealing',
    summary: 'memfd_create refuses huge pages together with sealing.',
    linux: 'Both can be had since 4.16.',
    netbsd: 'EINVAL.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_memfd_create',
    ...LINUX_MEMFD,
    severity: 'low',
    advice: 'Ask again without MFD_HUGETLB; NetBSD ignores it anyway.',
  },
]
