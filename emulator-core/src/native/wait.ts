/** Waiting for children: find_stopped_child and do_sys_waitid, sys/kern/kern_exit.c. */
import { meets } from './divergence.ts'
import { ECHILD } from './errno.ts'
import { reapWaited } from './exit.ts'
import type { Lwp } from './lwp.ts'
import type { Proc } from './proc.ts'
import { cvWaitSig, type Kthread } from './sleep.ts'
import { addUsage, type Usage } from './usage.ts'

export interface WaitRequest {
  /** Which children: all, one, or a process group. */
  readonly matches: (child: Proc) => boolean
  readonly exited: boolean
  readonly stopped: boolean
  readonly continued: boolean
  readonly noHang: boolean
  /** Leaves it to be waited for again (WNOWAIT). */
  readonly peek: boolean
}

export type ChildNews =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'stopped'; readonly signo: number }
  | { readonly kind: 'continued' }

export interface Waited {
  readonly child: Proc
  readonly news: ChildNews
  readonly usage: Usage
}

/** Undefined: nothing to tell, and the caller would not wait. @throws ECHILD, EINTR, ERESTART. */
export function* waitForChild(l: Lwp, request: WaitRequest): Kthread<Waited | undefined> {
  const p = l.proc
  for (;;) {
    const found = findChild(p, request)
    if (found !== undefined) return take(found, request)
    if (request.noHang) return undefined
    try {
      yield* cvWaitSig(l, p.childChanged)
    } catch (interruption) {
      const late = findChild(p, request)
      if (late === undefined) throw interruption
      if (!meets(l, INTERRUPTED, `the signal of child ${late.child.pid}`)) return take(late, request)
      throw interruption
    }
  }
}

/** exit1 posts SIGCHLD before it wakes who waits, and cv_wait_sig prefers the signal. Linux looks at the children first. */
const INTERRUPTED = 'wait.interrupted-by-child'

interface Found {
  readonly child: Proc
  readonly news: ChildNews
}

/** @throws ECHILD */
function findChild(p: Proc, request: WaitRequest): Found | undefined {
  const children = [...p.children].filter(request.matches)
  if (children.length === 0) throw ECHILD
  for (const child of children) {
    const news = newsOf(child, request)
    if (news !== undefined) return { child, news }
  }
  return undefined
}

function take({ child, news }: Found, request: WaitRequest): Waited {
  const usage = { ...child.usage }
  addUsage(usage, child.childUsage)
  if (!request.peek) {
    if (news.kind === 'exited') reapWaited(child)
    else child.waitEvent = undefined
  }
  return { child, news, usage }
}

function newsOf(child: Proc, request: WaitRequest): ChildNews | undefined {
  if (child.exitStatus !== undefined) return request.exited ? { kind: 'exited', status: child.exitStatus } : undefined
  const event = child.waitEvent
  if (event?.kind === 'stopped' && request.stopped) return event
  return event?.kind === 'continued' && request.continued ? event : undefined
}
