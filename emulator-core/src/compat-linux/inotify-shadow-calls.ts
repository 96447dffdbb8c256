/** The inotify calls beside which Linux's are kept: what those would have answered, and the shadow told of the watches (inotify-shadow.ts). */
import { isContradictory, isKnownMask, watchable } from '../linux/inotify-checks.ts'
import { tellDivergence } from '../native/divergence.ts'
import { EBADF, EEXIST, EFTYPE, EINVAL, EMFILE, Errno } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { finish, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { type Handler, PATH_MAX } from './call.ts'
import { linuxErrno } from './errno.ts'
import { IN_MASK_CREATE, type InotifyMask, readableName } from './inotify-constants.ts'
import { InotifyFile, isWatchOf } from './inotify-file.ts'
import { InotifyShadow } from './inotify-shadow.ts'

const NO_LIMITS = 'inotify.no-limits'

/** Undefined where Linux would have refused the instance. */
export function newShadow(l: Lwp, instance: InotifyFile): InotifyShadow | undefined {
  const hangs = (vnode: Vnode) => vnode.isWatched && vnode.selinfo.klist.knotes.some(kn => isWatchOf(kn, instance))
  try {
    return new InotifyShadow(l.proc.kernel, instance.id, l.credentials.euid, hangs)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    tellDivergence(l, NO_LIMITS, 'a further instance')
    return undefined
  }
}

type Add = (l: Lwp, a0: number, a1: number, a2: number) => Kthread<number>

/** inotify_add_watch. */
export function addingBesideLinux(add: Add): Handler {
  return function* (l, a0, a1, a2) {
    const file = l.fd.slot(a0 | 0)?.file
    const shadow = file instanceof InotifyFile ? file.shadow : undefined
    const mask = a2 >>> 0
    if (shadow === undefined) return yield* addingToNone(l, add(l, a0, a1, a2), file === undefined && isKnownMask(mask))
    let answer: number | Errno
    let slept = false
    try {
      const call = add(l, a0, a1, a2)
      let step = call.next('woken')
      for (; !step.done; step = call.next(yield step.value)) slept = true
      answer = step.value
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      answer = error
    }
    const linux = linuxAnswer(l, shadow, a1, mask)
    if (slept) tellDivergence(l, 'inotify.special-files', 'the watched file was opened, which waited')
    compareAdds(l, shadow, mask, answer, linux)
    if (answer instanceof Errno) throw answer
    return answer
  }
}

/** Without an instance: of a closed descriptor Linux says EBADF, whatever the mask. */
function* addingToNone(l: Lwp, call: Kthread<number>, isBadOnLinux: boolean): Kthread<number> {
  try {
    return yield* call
  } catch (error) {
    if (error === EINVAL && isBadOnLinux) tellDivergence(l, 'inotify.refused-mask', 'of a descriptor that is not open')
    throw error
  }
}

/** What Linux would watch, or its error. */
function linuxAnswer(l: Lwp, shadow: InotifyShadow, path: number, mask: InotifyMask): Vnode | Errno {
  if (!isKnownMask(mask) || isContradictory(mask)) return EINVAL
  try {
    const vnode = watchable(l, l.memory.copyinstr(path, PATH_MAX), mask)
    return (mask & IN_MASK_CREATE) !== 0 && shadow.watches(vnode) ? EEXIST : vnode
  } catch (error) {
    if (error instanceof Errno) return error
    throw error
  }
}

function compareAdds(
  l: Lwp,
  shadow: InotifyShadow,
  mask: InotifyMask,
  answer: number | Errno,
  linux: Vnode | Errno,
): void {
  const bits = `mask 0x${mask.toString(16)}`
  if (typeof answer === 'number') {
    if (linux instanceof Errno) {
      const id = linux === EINVAL ? 'inotify.any-mask' : 'inotify.watched-already'
      tellDivergence(l, id, `${bits}, which is ${linux.name} on Linux`)
      shadow.refused(answer, id)
    } else watchedToo(l, shadow, linux, answer, mask)
    return
  }
  if (linux instanceof Errno && linuxErrno(linux) === linuxErrno(answer)) return
  if (answer === EINVAL) tellDivergence(l, 'inotify.refused-mask', bits)
  else if (linux === EINVAL) tellDivergence(l, 'inotify.any-mask', bits)
  else if (answer === EFTYPE) tellDivergence(l, 'inotify.symlink-watch', bits)
  else if (answer === EMFILE || answer === EBADF) tellDivergence(l, 'inotify.descriptor-watches', answer.name)
  else tellDivergence(l, 'inotify.special-files', `opening it is ${answer.name}`)
}

function watchedToo(l: Lwp, shadow: InotifyShadow, vnode: Vnode, wd: number, mask: InotifyMask): void {
  try {
    shadow.watched(vnode, wd, mask)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    shadow.refused(wd, NO_LIMITS)
    tellDivergence(l, NO_LIMITS, `a watch of ${readableName(l.proc.kernel.vfs.pathOf(vnode))}`)
  }
}

/** inotify_rm_watch. */
export function removingBesideLinux(remove: (l: Lwp, a0: number, a1: number) => MaybeBlocking<number>): Handler {
  return function* (l, a0, a1) {
    const result = yield* finish(remove(l, a0, a1))
    const file = l.fd.slot(a0 | 0)?.file
    const shadow = file instanceof InotifyFile ? file.shadow : undefined
    if (shadow?.unwatched(a1 | 0) === false) tellDivergence(l, 'inotify.rm-after-end', `watch ${a1 | 0}`)
    return result
  }
}
