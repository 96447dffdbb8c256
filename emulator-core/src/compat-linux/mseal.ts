/** mseal(2), which NetBSD does not have: memory that stays mapped as it is until the process ends or executes something else. Linux: mm/mseal.c. */
import { PAGE_SIZE, pageUp } from '../machine/page.ts'
import { EINVAL, ENOMEM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { type CallFamily, size } from './call.ts'
import { isPageAligned } from './memory-place.ts'

/** All of it, or nothing. @throws EINVAL, ENOMEM */
function linux_sys_mseal(l: Lwp, addressArgument: number, lengthArgument: number, flags: number): number {
  if (flags !== 0 || !isPageAligned(addressArgument)) throw EINVAL
  const start = size(addressArgument)
  const length = size(lengthArgument)
  const end = start + pageUp(length)
  if (length > 2 ** 64 - PAGE_SIZE || end >= 2 ** 64) throw EINVAL
  if (length === 0) return 0
  const { vm } = l.proc
  if (!vm.map.covers(start, end)) throw ENOMEM
  vm.alter(start, end, { sealed: true })
  vm.hasSeals = true
  return 0
}

export const sealCalls: CallFamily = { mseal: linux_sys_mseal }
