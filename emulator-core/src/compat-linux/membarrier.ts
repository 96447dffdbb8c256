/**
 * membarrier(2): Linux, kernel/sched/membarrier.c. There is one processor, which a thread leaves only between two instructions, and a thread that has
 * left it finds its restartable sequence begun anew: every barrier is there already, what is left is who has asked to use which. NetBSD has no such call.
 */
import { EINVAL, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { CallFamily } from './call.ts'

const QUERY = 0
const GLOBAL = 1 << 0
const GLOBAL_EXPEDITED = 1 << 1
const REGISTER_GLOBAL_EXPEDITED = 1 << 2
const PRIVATE_EXPEDITED_RSEQ = 1 << 7
const GET_REGISTRATIONS = 1 << 9
const FLAG_CPU = 1

/** Commands that a program must register for, with the command that does so. */
const REGISTRATIONS: Readonly<Record<number, number>> = {
  [1 << 3]: 1 << 4,
  [1 << 5]: 1 << 6,
  [PRIVATE_EXPEDITED_RSEQ]: 1 << 8,
}
const REGISTERING = new Set([REGISTER_GLOBAL_EXPEDITED, ...Object.values(REGISTRATIONS)])
const ALL = 0x3ff

/** @throws EINVAL; EPERM for a command that was not registered for. */
function linux_sys_membarrier(l: Lwp, commandArgument: number, flagsArgument: number): number {
  const command = commandArgument | 0
  const flags = flagsArgument | 0
  if (flags !== 0 && !(command === PRIVATE_EXPEDITED_RSEQ && flags === FLAG_CPU)) throw EINVAL
  const { vm } = l.proc
  if (command === QUERY) return ALL
  if (command === GLOBAL || command === GLOBAL_EXPEDITED) return 0
  if (command === GET_REGISTRATIONS) return vm.barriers
  if (REGISTERING.has(command)) {
    vm.barriers |= command
    return 0
  }
  const registration = REGISTRATIONS[command]
  if (registration === undefined) throw EINVAL
  if ((vm.barriers & registration) === 0) throw EPERM
  return 0
}

export const membarrierCalls: CallFamily = { membarrier: linux_sys_membarrier }
