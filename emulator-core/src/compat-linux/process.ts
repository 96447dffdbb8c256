/** Executing and ending: sys/compat/linux/common/linux_exec.c, linux_misc.c; sys/kern/kern_exit.c. */
import { exit1, lwpExit } from '../native/exit.ts'
import type { Lwp } from '../native/lwp.ts'
import type { CallFamily } from './call.ts'
import { linux_sys_execve, linux_sys_execveat } from './execve.ts'

/** exit(2) ends the thread, exit_group(2) the process. */
function linux_sys_exit(l: Lwp, code: number): number {
  lwpExit(l, code & 0xff)
  return 0
}

function linux_sys_exit_group(l: Lwp, code: number): number {
  exit1(l, { code })
  return 0
}

export const processCalls: CallFamily = {
  execve: linux_sys_execve,
  execveat: linux_sys_execveat,
  exit: linux_sys_exit,
  exit_group: linux_sys_exit_group,
}
