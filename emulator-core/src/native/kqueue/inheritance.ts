/** What becomes of kqueues when a descriptor table is copied: sys/kern/kern_descrip.c, fd_copy. */
import { divergencesAreHeard, tellDivergence } from '../divergence.ts'
import type { File } from '../file.ts'
import type { CopyFate, Filedesc } from '../filedesc.ts'
import type { Lwp } from '../lwp.ts'
import { Kqueue } from './kqueue.ts'

const NOT_INHERITED = 'epoll.not-inherited'

/** A kqueue that the program does not know of (inotify's) is never in a copy. */
function fatesFor(l: Lwp): (file: File) => CopyFate {
  const ofEpoll = !l.proc.kernel.diverges(NOT_INHERITED) ? 'kept' : divergencesAreHeard(l) ? 'lost' : 'left out'
  return file => (!(file instanceof Kqueue) ? 'kept' : file.isEpoll ? ofEpoll : 'left out')
}

/** A copy of the thread's descriptor table, without kqueues. @throws ENOMEM. */
export function copyDescriptors(l: Lwp): Filedesc {
  const copy = l.fd.copy(fatesFor(l), l.proc.kernel.tunables.mostDescriptors)
  watchLost(l, copy)
  return copy
}

/** The table becomes what a copy of it would be. */
export function loseKqueues(l: Lwp): void {
  const { fd } = l
  const fate = fatesFor(l)
  for (const [number, { file, closeOnExec }] of [...fd.entries()]) {
    const becomes = fate(file)
    if (becomes === 'kept') continue
    fd.close(l, number)
    if (becomes === 'lost') fd.lost.set(number, closeOnExec)
  }
  watchLost(l, fd)
}

const MET = {
  taken: 'another file has taken the number of the epoll instance that fork has left behind',
  missed: 'fork has left the epoll instance of the parent behind',
} as const

/** That a number was lost is met by a call that finds nothing there, or another file where it wants an epoll. */
function watchLost({ proc: { kernel } }: Lwp, fd: Filedesc): void {
  if (fd.lost.size === 0) return
  fd.onLost ??= (number, how) => {
    const { current } = kernel
    if (current !== undefined) tellDivergence(current, NOT_INHERITED, `descriptor ${number}: ${MET[how]}`)
  }
}
