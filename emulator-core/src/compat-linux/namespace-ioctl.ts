/** ioctl_nsfs(2): what a namespace belongs to. */
import { EINVAL, ENOTTY, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { NAMESPACES, NamespaceFile } from '../native/vfs/proc/namespaces.ts'
import { allocateDescriptor } from './new-descriptor.ts'

const NS_GET_USERNS = 0xb701
const NS_GET_PARENT = 0xb702
const NS_GET_NSTYPE = 0xb703
const NS_GET_OWNER_UID = 0xb704

/** All are initial ones: above them is nothing that could be seen. @throws EPERM, EINVAL, ENOTTY. */
export function namespaceIoctl(l: Lwp, { namespace }: NamespaceFile, command: number, argument: number): number {
  switch (command) {
    case NS_GET_USERNS: {
      const user = NAMESPACES.find(({ name }) => name === 'user')
      if (user === undefined || namespace === user) throw EPERM
      return allocateDescriptor(l, new NamespaceFile(user), true)
    }
    case NS_GET_PARENT:
      throw namespace.name === 'pid' || namespace.name === 'user' ? EPERM : EINVAL
    case NS_GET_NSTYPE:
      return namespace.flag
    case NS_GET_OWNER_UID:
      if (namespace.name !== 'user') throw EINVAL
      l.memory.writeU32(argument, 0)
      return 0
    default:
      throw ENOTTY
  }
}
