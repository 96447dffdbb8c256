/** Differences of the calls about files. */
import type { Divergence } from './divergences.ts'

export const fileDivergences: readonly Divergence[] = [
  {
    id: 'open.nofollow-symlink',
    summary: 'Opening a symbolic link with O_NOFOLLOW fails with an error that Linux does not have.',
    linux: 'ELOOP.',
    netbsd: 'EFTYPE, which has no Linux number and arrives as ENOSYS.',
    source: 'sys/kern/vfs_vnops.c:vn_open; sys/compat/linux/common/linux_errno.c',
  },
  {
    id: 'open.path-flag',
    summary: 'O_PATH is dropped: the file is really opened.',
    linux: 'The descriptor stands for the place alone: no permission to read is needed, nothing can be read.',
    netbsd: 'An ordinary open, read-only by its other flags.',
    source: 'sys/compat/linux/common/linux_file.c:linux_to_bsd_ioflags',
  },
  {
    id: 'open.tmpfile-flag',
    summary: 'O_TMPFILE is dropped: what remains is opening the directory.',
    linux: 'A file without a name is made in the directory.',
    netbsd: 'EISDIR, because a directory cannot be opened for writing.',
    source: 'sys/compat/linux/common/linux_file.c:linux_to_bsd_ioflags',
  },
  {
    id: 'lseek.data-hole',
    summary: 'lseek does not know SEEK_DATA and SEEK_HOLE.',
    linux: 'They find the next data or hole.',
    netbsd: 'EINVAL.',
    source: 'sys/kern/vfs_syscalls.c:sys_lseek (inferred)',
  },
  {
    id: 'fallocate.modes',
    summary: 'fallocate knows no modes.',
    linux: 'Keeping the size, punching holes and zeroing ranges work.',
    netbsd: 'EOPNOTSUPP for any mode but 0.',
    source: 'sys/compat/linux/common/linux_file.c:linux_sys_fallocate (inferred)',
  },
  {
    id: 'fcntl.commands',
    summary: 'fcntl refuses the commands that NetBSD has no counterpart for.',
    linux: 'Open-file-description locks, pipe sizes, owners by structure and signals work.',
    netbsd: 'EOPNOTSUPP.',
    source: 'sys/compat/linux/common/linux_file.c:linux_sys_fcntl',
  },
  {
    id: 'stat.link-count',
    summary: 'The number of links is cut.',
    linux: 'st_nlink is exact.',
    netbsd: 'At most 32767.',
    source: 'sys/compat/linux/common/linux_file64.c:bsd_to_linux_stat64',
  },
  {
    id: 'statx.sync-flags',
    summary: 'statx refuses the flags about synchronisation.',
    linux: 'AT_STATX_FORCE_SYNC and AT_STATX_DONT_SYNC are accepted.',
    netbsd: 'EINVAL.',
    source: 'sys/compat/linux/common/linux_file64.c:linux_sys_statx',
  },
  {
    id: 'statx.device-numbers',
    summary: 'statx tells the wrong device.',
    linux: 'stx_dev is the file system, stx_rdev the device that a node stands for.',
    netbsd: 'stx_dev is taken from st_rdev for files that are no devices (so 0), and is 0 for device nodes.',
    source: 'sys/compat/linux/common/linux_file64.c:bsd_to_linux_statx',
  },
  {
    id: 'statx.mount-id',
    summary: 'statx tells no mount number.',
    linux: 'STATX_MNT_ID is answered.',
    netbsd: 'It is not.',
    source: 'sys/compat/linux/common/linux_file64.c:bsd_to_linux_statx',
  },
]
