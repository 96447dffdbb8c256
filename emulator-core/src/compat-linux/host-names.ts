/** sethostname(2), setdomainname(2): sys/compat/linux/common/linux_misc.c (linux_sys_setdomainname), sysctl kern.hostname and kern.domainname. */
import { CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import { EINVAL, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { CallFamily } from './call.ts'

const LONGEST = 64

/** @throws EPERM, EINVAL, EFAULT */
const setter =
  (field: 'hostname' | 'domainname') =>
  (l: Lwp, address: number, lengthArgument: number): number => {
    if (!hasCapability(l.credentials, CAP_SYS_ADMIN)) throw EPERM
    const length = lengthArgument | 0
    if (length < 0 || length > LONGEST) throw EINVAL
    const text = String.fromCharCode(...l.memory.copyin(address, length))
    const end = text.indexOf('\0')
    l.proc.kernel.tunables[field] = end < 0 ? text : text.slice(0, end)
    return 0
  }

export const hostNameCalls: CallFamily = {
  sethostname: setter('hostname'),
  setdomainname: setter('domainname'),
}
