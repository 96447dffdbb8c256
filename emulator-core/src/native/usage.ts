/** What a process or thread has used: struct rusage, sys/kern/kern_resource.c. */
export interface Usage {
  /** Processor time in ns. */
  user: number
  system: number
  /** The most pages that were in memory at once, as often as was looked. */
  maxResident: number
  /** Faults that came to the kernel: fresh anonymous pages do not. */
  faults: number
  /** How often it slept, and how often its turn was over. */
  sleeps: number
  preemptions: number
}

export function newUsage(): Usage {
  return { user: 0, system: 0, maxResident: 0, faults: 0, sleeps: 0, preemptions: 0 }
}

/** ruadd: a child has been waited for. */
export function addUsage(to: Usage, from: Usage): void {
  to.user += from.user
  to.system += from.system
  to.maxResident = Math.max(to.maxResident, from.maxResident)
  to.faults += from.faults
  to.sleeps += from.sleeps
  to.preemptions += from.preemptions
}
