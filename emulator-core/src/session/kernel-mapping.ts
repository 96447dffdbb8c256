/**
 * The other side of a value, to stand beside it: what NetBSD makes of Linux's, and what Linux's it stands for. Asked of the translation itself.
 */

import { EPOLLET, EPOLLONESHOT, type EpollEvent, type EpollMask } from '../compat-linux/epoll-constants.ts'
import { kevent_to_epoll, keventsOf } from '../compat-linux/epoll-events.ts'
import { inotify_mask_to_kevent_fflags } from '../compat-linux/inotify-translate.ts'
import { filterName, keventFlags, vnodeNotes } from '../events/native-names.ts'
import { bitNames } from '../events/types/names.ts'
import { epollNames } from '../events/types/polling.ts'
import { EV_CLEAR, EV_DISPATCH, EVFILT_READ, EVFILT_WRITE, type Kevent } from '../native/kqueue/knote.ts'

/** The kevents of an interest: `EVFILT_READ, EV_ADD|EV_ENABLE|EV_CLEAR`. */
export function besideEvent(event: EpollEvent): string {
  return keventsOf(0, 0, event)
    .map(({ filter, flags }) => `${filterName(filter)}, ${keventFlags(flags)}`)
    .join(' + ')
}

export const besideMask = (events: EpollMask): string => besideEvent({ events, data: 0n })

/** What a kevent of a descriptor means to epoll; empty for other filters. */
export function besideKevent(k: Kevent): string {
  if (k.filter !== EVFILT_READ && k.filter !== EVFILT_WRITE) return ''
  let { events } = kevent_to_epoll(k)
  if ((k.flags & EV_CLEAR) !== 0) events |= EPOLLET
  if ((k.flags & EV_DISPATCH) !== 0) events |= EPOLLONESHOT
  return ` ← ${bitNames(epollNames, events >>> 0).join('|')}`
}

/** What is asked of the vnode for a mask, which depends on what it is. */
export function besideWatch(mask: number): string {
  const file = vnodeNotes(inotify_mask_to_kevent_fflags(mask, 'VREG'))
  const directory = vnodeNotes(inotify_mask_to_kevent_fflags(mask, 'VDIR'))
  return file === directory ? file : `VREG ${file} / VDIR ${directory}`
}
