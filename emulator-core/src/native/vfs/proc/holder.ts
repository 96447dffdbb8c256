/** Whose things the files of a process or of a thread show. */
import type { Lwp } from '../../lwp.ts'
import type { Proc } from '../../proc.ts'
import type { ProcContext } from './proc-mount.ts'

/** Whose descriptors, directories and identity a directory shows: its thread's, or the first one's; of a process that has ended, its own. */
export const holderOf = ({ proc, thread }: ProcContext): Lwp | Proc | undefined =>
  thread ?? proc?.lwps.get(proc.pid) ?? proc
