/** Differences in memory maps. */
import type { Divergence } from './divergences.ts'

export const memoryDivergences: readonly Divergence[] = [
  {
    id: 'mmap.unknown-flags',
    summary: 'mmap knows neither MAP_FIXED_NOREPLACE nor MAP_32BIT, MAP_GROWSDOWN with a file, MAP_HUGETLB.',
    linux: 'They are honoured, or refused.',
    netbsd: 'Only MAP_SHARED, MAP_PRIVATE, MAP_FIXED and MAP_ANONYMOUS are translated; the address is a wish then.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_to_bsd_mmap_args',
  },
  {
    id: 'mmap.shared-validate',
    summary: 'mmap with MAP_SHARED_VALIDATE.',
    linux: 'As MAP_SHARED, but unknown flags are refused.',
    netbsd: 'It reads as MAP_SHARED and MAP_PRIVATE at once: EINVAL.',
    source: 'sys/uvm/uvm_mmap.c:sys_mmap',
  },
  {
    id: 'mmap.write-reads',
    summary: 'Memory that may be written may be read.',
    linux: 'So it is on this processor, but /proc/self/maps shows what was asked for.',
    netbsd: 'PROT_READ is added.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_to_bsd_mmap_args',
  },
  {
    id: 'mprotect.holes',
    summary: 'mprotect of a range with holes.',
    linux: 'What lies before the hole is changed, then it is ENOMEM.',
    netbsd: 'Holes are passed over; if any part forbids the protection, none is changed.',
    source: 'sys/uvm/uvm_map.c:uvm_map_protect',
  },
  {
    id: 'mremap.fixed',
    summary: "mremap to a place of the program's choice.",
    linux: 'MREMAP_FIXED is honoured.',
    netbsd: 'EOPNOTSUPP.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_mremap',
  },
  {
    id: 'mremap.dontunmap',
    summary: 'mremap that leaves the old range mapped.',
    linux: 'MREMAP_DONTUNMAP, since 5.7.',
    netbsd: 'EINVAL.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_mremap',
  },
  {
    id: 'madvise.own-numbers',
    summary: 'Advice above MADV_DONTNEED.',
    linux: 'MADV_FREE (8), MADV_HUGEPAGE (14) and others.',
    netbsd: "The call is passed on with NetBSD's own numbers: EINVAL.",
    source: 'sys/compat/linux/arch/amd64/syscalls.master (madvise), sys/uvm/uvm_mmap.c:sys_madvise',
  },
  {
    id: 'madvise.dontneed-keeps',
    summary: 'MADV_DONTNEED of private memory.',
    linux: 'Its contents are gone: the next touch finds zeroes, or what the file holds.',
    netbsd: 'The pages are only deactivated; what was stored stays.',
    source: 'sys/uvm/uvm_mmap.c:sys_madvise',
  },
  {
    id: 'munmap.any-address',
    summary: 'munmap of an address that is no page’s, or of no length.',
    linux: 'EINVAL.',
    netbsd: 'The address is rounded down; no length is a success.',
    source: 'sys/uvm/uvm_mmap.c:sys_munmap',
  },
  {
    id: 'msync.no-flags',
    summary: 'msync without a flag.',
    linux: 'Succeeds, and does nothing.',
    netbsd: 'EINVAL.',
    source: 'sys/uvm/uvm_mmap.c:sys___msync13',
  },
]
