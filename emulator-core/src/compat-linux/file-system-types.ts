/** sysfs(2), ustat(2): what Linux keeps of System V's ways to ask for file systems (fs/filesystems.c, fs/statfs.c). NetBSD has neither. */
import { EINVAL } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { fileSystemTypes } from '../native/vfs/proc/system-text.ts'
import { type CallFamily, PATH_MAX } from './call.ts'

const BY_NAME = 1
const BY_NUMBER = 2
const COUNT = 3

/** The number of a kind of file system, the kind of a number, or how many there are. @throws EINVAL, EFAULT */
function sysfs(l: Lwp, option: number, first: number, buffer: number): number {
  switch (option | 0) {
    case BY_NAME: {
      const index = fileSystemTypes.indexOf(l.memory.copyinstr(first, PATH_MAX))
      if (index < 0) throw EINVAL
      return index
    }
    case BY_NUMBER: {
      const name = fileSystemTypes[first >>> 0]
      if (name === undefined) throw EINVAL
      l.memory.copyout(buffer, new TextEncoder().encode(`${name}\0`))
      return 0
    }
    case COUNT:
      return fileSystemTypes.length
    default:
      throw EINVAL
  }
}

/** struct ustat, 32 bytes: free blocks, free inodes, two names that are always empty. @throws EINVAL if no such device is mounted, EFAULT */
function ustat(l: Lwp, device: number, address: number): number {
  const found = l.proc.kernel.vfs.mounts.find(({ root }) => root.getattr().dev === device >>> 0)
  if (found === undefined) throw EINVAL
  const { free, filesFree } = found.size()
  const v = new DataView(new ArrayBuffer(32))
  v.setInt32(0, free, true)
  v.setBigUint64(8, BigInt(filesFree), true)
  l.memory.copyout(address, new Uint8Array(v.buffer))
  return 0
}

export const fileSystemTypeCalls: CallFamily = { sysfs, ustat }
