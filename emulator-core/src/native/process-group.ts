/** Process groups: struct pgrp, sys/kern/kern_proc.c. */
import type { Proc } from './proc.ts'

/** The processes of a group, ended ones too. */
export function membersOf(p: Proc): Proc[] {
  return [...p.kernel.processes.values()].filter(q => q.pgrp === p.pgrp)
}

/**
 * Whether nobody is left who would let a group go on that was stopped: no member has a parent in another group of the session (pg_jobc; Linux:
 * will_become_orphaned_pgrp). The parent of the first program is who started the emulator. `gone`: who no longer counts.
 */
export function isOrphaned(p: Proc, gone?: Proc): boolean {
  return !membersOf(p).some(q => {
    if (q === gone || q.exitStatus !== undefined) return false
    return (
      q === q.kernel.first || (q.parent !== undefined && q.parent.session === q.session && q.parent.pgrp !== q.pgrp)
    )
  })
}
