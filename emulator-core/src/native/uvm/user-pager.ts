/**
 * Memory whose pages a program of the guest's brings in itself. NetBSD has nothing like it (Mach had: its external pagers); Linux's are
 * told of faults by a descriptor (userfaultfd(2), linux/userfaultfd.ts). Here is what a fault has to know of it.
 */
import type { Lwp } from '../lwp.ts'
import type { Kthread } from '../sleep.ts'

/** Why a page is asked for: it is not there; it is there and not to be written; the object has it, but it is not mapped. */
export type RequestKind = 'missing' | 'protected' | 'minor'

export interface UserPager {
  /** A thread that touches a page gets a signal instead of waiting. */
  readonly signals: boolean
  /** It does not want to hear of what the kernel itself touches. */
  readonly userOnly: boolean
  /** The thread for which the kernel works; the one that may have to wait. */
  readonly current: Lwp | undefined
  /** Asks for a page and sleeps until somebody says that it may be there. `interruptible`: until a signal, too. @returns false after a signal. */
  wait(l: Lwp, request: PageRequest, interruptible: boolean): Kthread<boolean>
}

/** What of a range its pager wants to be asked for. One object for the same answers, so that neighbours can be one entry. */
export interface Paging {
  readonly pager: UserPager
  readonly missing: boolean
  readonly protects: boolean
  readonly minor: boolean
}

export interface PageRequest {
  readonly paging: Paging
  readonly kind: RequestKind
  /** As it was touched. */
  readonly address: number
  readonly isWrite: boolean
}

/** Thrown out of a system call that has to read a page which is not there yet: it is made again when the page may be. */
export class PageWait {
  readonly request: PageRequest

  constructor(request: PageRequest) {
    this.request = request
  }
}

/** The thread that may wait for a page: one in a system call. Who looks at memory from outside (a trace, a debugger) waits for nothing. */
export function sleeper({ paging: { pager } }: PageRequest): Lwp | undefined {
  const l = pager.current
  return l?.mayWaitForPages === true && !pager.userOnly ? l : undefined
}

/** @throws PageWait if the page can be waited for. */
export function waitFor(request: PageRequest): void {
  if (sleeper(request) !== undefined) throw new PageWait(request)
}
