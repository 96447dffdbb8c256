/** Knotes of vnodes: genfs_kqfilter (sys/miscfs/genfs/genfs_vnops.c). */
import type { Errno } from '../errno.ts'
import { EINVAL } from '../errno.ts'
import {
  EV_EOF,
  EVFILT_READ,
  EVFILT_VNODE,
  EVFILT_WRITE,
  type Filterops,
  type Knote,
  NOTE_REVOKE,
} from '../kqueue/knote.ts'
import type { VnodeFile } from './vnode-file.ts'

function vnodeOf(kn: Knote): VnodeFile {
  return kn.file as VnodeFile
}

const common = {
  isFd: true,
  attach: (kn: Knote): void => vnodeOf(kn).vnode.selinfo.klist.insert(kn),
  detach: (kn: Knote): void => vnodeOf(kn).vnode.selinfo.klist.remove(kn),
}

/** Data is what lies between the offset and the end, maybe negative. */
const genfsread: Filterops = {
  ...common,
  name: 'genfsread',
  event(kn, hint) {
    if (hint === NOTE_REVOKE) {
      kn.kevent.flags |= EV_EOF
      return true
    }
    const file = vnodeOf(kn)
    kn.kevent.data = file.vnode.size() - file.offset
    return kn.kevent.data !== 0
  },
}

const genfswrite: Filterops = {
  ...common,
  name: 'genfswrite',
  event(kn, hint) {
    if (hint === NOTE_REVOKE) kn.kevent.flags |= EV_EOF
    kn.kevent.data = 0
    return true
  },
}

const genfsvnode: Filterops = {
  ...common,
  name: 'genfsvnode',
  event(kn, hint) {
    if (hint === NOTE_REVOKE) {
      kn.kevent.flags |= EV_EOF
      kn.kevent.fflags |= hint & kn.savedFflags
      return true
    }
    kn.kevent.fflags |= hint & kn.savedFflags
    return kn.kevent.fflags !== 0
  },
}

const filters = new Map<number, Filterops>([
  [EVFILT_READ, genfsread],
  [EVFILT_WRITE, genfswrite],
  [EVFILT_VNODE, genfsvnode],
])

/** @throws EINVAL. */
export function genfsKqfilter(kn: Knote): Filterops {
  const ops = filters.get(kn.kevent.filter)
  const error: Errno = EINVAL
  if (ops === undefined) throw error
  return ops
}
