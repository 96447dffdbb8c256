/**
 * Where the kernel reports what happens. `kernel.trace` is undefined when nobody listens: callers write `kernel.trace?.emit(…)`, so an untraced
 * run pays one test. Payloads are the event grammar's (events/grammar.ts).
 */
import type { Decoded, EventKind, schemas } from '../events/grammar.ts'
import type { File } from './file.ts'
import type { Lwp } from './lwp.ts'

export interface Trace {
  /** Reports an event of the thread `l` (undefined: of nobody, as a timer's). Cheap, but not free: payload objects are made for it. */
  emit<K extends EventKind>(kind: K, l: Lwp | undefined, payload: Decoded<(typeof schemas)[K]>): void
  /** Whether events of the kind are kept: what is made for them alone need not be made otherwise. */
  records(kind: EventKind): boolean
  descriptorOpened(l: Lwp, fd: number, file: File, closeOnExec: boolean): void
  descriptorClosed(l: Lwp, fd: number, file: File): void
}
