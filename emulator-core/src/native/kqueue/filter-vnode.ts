/** The filters of files in a file system: sys/miscfs/genfs/genfs_vnops.c, genfs_kqfilter and filt_genfs*. */
import { EINVAL } from '../errno.ts'
import type { Vnode } from '../vfs/vnode.ts'
import { selinfoFilter } from './filterops.ts'
import { EV_EOF, EVFILT_READ, EVFILT_VNODE, EVFILT_WRITE, type Filterops, type Knote, NOTE_REVOKE } from './knote.ts'

/**
 * Operations of a knote on a vnode; notes come by `vnode.selinfo.klist.notify(NOTE_…)`.
 * `ahead`: how many bytes are between the open file's offset and the end, maybe negative; EVFILT_READ is true unless it is 0.
 */
export function genfsKqfilter(vnode: Vnode, kn: Knote, ahead: () => number): Filterops {
  switch (kn.kevent.filter) {
    case EVFILT_READ:
      return selinfoFilter('genfsread', vnode.selinfo, (k, hint) => {
        if ((hint & NOTE_REVOKE) !== 0) {
          k.kevent.flags |= EV_EOF
          return true
        }
        k.kevent.data = ahead()
        return k.kevent.data !== 0
      })
    case EVFILT_WRITE:
      return selinfoFilter('genfswrite', vnode.selinfo, (k, hint) => {
        if ((hint & NOTE_REVOKE) !== 0) k.kevent.flags |= EV_EOF
        k.kevent.data = 0
        return true
      })
    case EVFILT_VNODE:
      return selinfoFilter('genfsvnode', vnode.selinfo, (k, hint) => {
        k.kevent.fflags |= hint & k.savedFflags
        if ((hint & NOTE_REVOKE) !== 0) {
          k.kevent.flags |= EV_EOF
          return true
        }
        return k.kevent.fflags !== 0
      })
    default:
      throw EINVAL
  }
}
