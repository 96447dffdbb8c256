/** memfd_create: linux_misc.c, linux_sys_memfd_create, over sys/kern/sys_memfd.c. */

import { meets } from '../native/divergence.ts'
import { EINVAL, ENAMETOOLONG, ENODEV } from '../native/errno.ts'
import { createMemfd, F_SEAL_EXEC, F_SEAL_SEAL } from '../native/ipc/memfd.ts'
import type { Lwp } from '../native/lwp.ts'
import type { HugePagePool } from '../native/uvm/huge-pages.ts'
import type { CallFamily } from './call.ts'
import { hugePagesOf } from './huge-pages.ts'
import { allocateDescriptor } from './new-descriptor.ts'

const MFD_CLOEXEC = 1
const MFD_ALLOW_SEALING = 2
const MFD_HUGETLB = 4
const MFD_NOEXEC_SEAL = 8
const MFD_EXEC = 0x10
/** Six bits with the logarithm of the huge page's size. */
const MFD_HUGE_BITS = 0x3f << 26
const KNOWN = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_NOEXEC_SEAL | MFD_EXEC | MFD_HUGE_BITS

/** NAME_MAX less the prefix `memfd:`. */
const MEMFD_NAME_MAX = 249

/**
 * memfd_create(2): a file without a name over an anonymous uvm object; without MFD_ALLOW_SEALING it is sealed against seals.
 * linux_misc.c, linux_sys_memfd_create; sys_memfd.c, sys_memfd_create.
 * @throws EINVAL for flags or a name that is too long, EFAULT, EMFILE.
 */
export function linux_sys_memfd_create(l: Lwp, a0: number, a1: number): number {
  const flags = a1 | 0
  if ((flags & ~KNOWN) !== 0) throw EINVAL
  if ((flags & MFD_HUGE_BITS) !== 0 && (flags & MFD_HUGETLB) === 0) throw EINVAL
  const both = MFD_HUGETLB | MFD_ALLOW_SEALING
  if ((flags & both) === both && meets(l, 'memfd.hugetlb-sealing', 'MFD_HUGETLB | MFD_ALLOW_SEALING')) throw EINVAL
  const name = memfdName(l, a0)
  const file = createMemfd(l.proc.kernel, name, ...sealsAndMode(l, flags), hugePool(l, flags))
  return allocateDescriptor(l, file, (flags & MFD_CLOEXEC) !== 0)
}

/** MFD_NOEXEC_SEAL implies that seals are allowed; NetBSD does not look at it. @throws EINVAL for MFD_EXEC with it. */
function sealsAndMode(l: Lwp, flags: number): [seals: number, mode: number] {
  const seals = (flags & MFD_ALLOW_SEALING) !== 0 ? 0 : F_SEAL_SEAL
  if ((flags & MFD_NOEXEC_SEAL) === 0 || meets(l, 'memfd.exec-seal', 'MFD_NOEXEC_SEAL')) return [seals, 0o777]
  if ((flags & MFD_EXEC) !== 0) throw EINVAL
  return [F_SEAL_EXEC, 0o666]
}

/** NetBSD takes the flag and gives ordinary pages. @throws ENODEV for a size that there is not. */
function hugePool(l: Lwp, flags: number): HugePagePool | undefined {
  if ((flags & MFD_HUGETLB) === 0 || meets(l, 'memfd.hugetlb', 'MFD_HUGETLB')) return undefined
  const pool = hugePagesOf(l, flags)
  if (pool === undefined) throw ENODEV
  return pool
}

/** The name, which only describe() shows. @throws EINVAL if it is longer than NAME_MAX with its prefix, EFAULT. */
function memfdName(l: Lwp, address: number): string {
  try {
    return l.memory.copyinstr(address, MEMFD_NAME_MAX + 1)
  } catch (e) {
    throw e === ENAMETOOLONG ? EINVAL : e
  }
}

export const memfdCalls: CallFamily = { memfd_create: linux_sys_memfd_create }
