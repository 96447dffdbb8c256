/** /dev/userfaultfd: who may open it needs no privilege to make the kernel wait. Linux: fs/userfaultfd.c, userfaultfd_dev_ioctl. */
import { EINVAL } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { makedev } from '../native/vfs/device.ts'
import type { Vfs } from '../native/vfs/vfs.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { newUserFault } from './userfaultfd.ts'

/** A misc device, whose number Linux chooses. */
const NUMBER = makedev(10, 257)
const USERFAULTFD_IOC_NEW = 0xaa00

export class UserFaultDevice extends VnodeFile {
  override read(): never {
    throw EINVAL
  }

  override write(): never {
    throw EINVAL
  }

  /** @throws EINVAL, EMFILE */
  control(l: Lwp, command: number, flags: number): number {
    if (command !== USERFAULTFD_IOC_NEW) throw EINVAL
    return newUserFault(l, flags | 0)
  }
}

export function makeUserFaultDevice(vfs: Vfs): void {
  const dev = vfs.root.lookup('dev', undefined)?.vnode.mountedHere?.root
  dev?.create('userfaultfd', { type: 'VCHR', mode: 0o600, uid: 0, gid: 0, rdev: NUMBER })
  vfs.devices.register(NUMBER, (_l, v, vnode, flags) => new UserFaultDevice(v, vnode, vnode.place, flags))
}
