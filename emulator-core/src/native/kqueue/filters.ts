/**
 * The system's filters by number: sys/kern/kern_event.c, sys_kfilters[] and kfilter_register(9).
 * EVFILT_AIO is not implemented, as in NetBSD. PROC, SIGNAL and FS have no user here: only a native program could ask for them.
 */
import { EEXIST, EINVAL } from '../errno.ts'
import { filterTimer, filterUser } from './filter-timer-user.ts'
import {
  EVFILT_EMPTY,
  EVFILT_READ,
  EVFILT_TIMER,
  EVFILT_USER,
  EVFILT_VNODE,
  EVFILT_WRITE,
  type Filterops,
  type Knote,
} from './knote.ts'

export interface Kfilter {
  readonly name: string
  readonly isFd: boolean
  /** The operations for a new knote: the file's own for descriptor filters. */
  operations(kn: Knote): Filterops
  /** filter_touch: what a change does to a knote that is there. The default overwrites udata, fflags and data. */
  readonly touch?: (kn: Knote, change: { flags: number; fflags: number; data: number; udata: bigint }) => void
}

function fileFilter(name: string): Kfilter {
  return {
    name,
    isFd: true,
    operations(kn) {
      if (kn.file === undefined) throw EINVAL
      return kn.file.kqfilter(kn)
    },
  }
}

const filters = new Map<number, Kfilter>([
  [EVFILT_READ, fileFilter('EVFILT_READ')],
  [EVFILT_WRITE, fileFilter('EVFILT_WRITE')],
  [EVFILT_VNODE, fileFilter('EVFILT_VNODE')],
  [EVFILT_EMPTY, fileFilter('EVFILT_EMPTY')],
  [EVFILT_TIMER, filterTimer],
  [EVFILT_USER, filterUser],
])

const FIRST_PRIVATE = 10
let nextPrivate = FIRST_PRIVATE

export function kfilter(filter: number): Kfilter | undefined {
  return filters.get(filter)
}

/** kfilter_register(9): a filter of a kernel module's own; its number. @throws EINVAL for an empty name, EEXIST for one that is taken. */
export function kfilterRegister(name: string, ops: Filterops): number {
  if (name === '') throw EINVAL
  for (const f of filters.values()) if (f.name === name) throw EEXIST
  const id = nextPrivate++
  filters.set(id, { name, isFd: ops.isFd, operations: () => ops })
  return id
}

/** A filter's name for people: EVFILT_READ…. */
export function kfilterName(filter: number): string {
  return filters.get(filter)?.name ?? `filter ${filter}`
}
