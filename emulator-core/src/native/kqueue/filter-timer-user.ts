/** EVFILT_TIMER and EVFILT_USER: sys/kern/kern_event.c, filt_timer*, filt_user*. They watch nothing but themselves. */
import type { Callout } from '../clock.ts'
import { EINVAL, ENOMEM } from '../errno.ts'
import type { Kfilter } from './filters.ts'
import { EV_CLEAR, type Filterops, type Knote } from './knote.ts'

export const NOTE_MSECONDS = 0
export const NOTE_SECONDS = 1
export const NOTE_USECONDS = 2
export const NOTE_NSECONDS = 3
export const NOTE_ABSTIME = 0x10

export const NOTE_FFAND = 0x4000_0000
export const NOTE_FFOR = 0x8000_0000
export const NOTE_FFCOPY = 0xc000_0000
export const NOTE_TRIGGER = 0x0100_0000
const NOTE_FFLAGSMASK = 0x00ff_ffff

/** Nanoseconds in each unit of NOTE_MSECONDS…NOTE_NSECONDS. */
const UNITS = [1e6, 1e9, 1e3, 1]

/** kq_calloutmax: timers in the whole system. */
const CALLOUT_MAX = 4096
let callouts = 0

function start(kn: Knote): void {
  const unit = UNITS[kn.savedFflags & 3]
  const clock = kn.kqueue.kernel.clock
  if (kn.savedData < 0 || (kn.savedFflags & ~0x13) !== 0) throw EINVAL
  const absolute = (kn.savedFflags & NOTE_ABSTIME) !== 0
  const interval = Math.max(1, kn.savedData * unit)
  let at = absolute ? clock.fromRealtime(BigInt(Math.round(interval))) : clock.monotonic() + interval
  const fire = (): void => {
    kn.kevent.data++
    if (!absolute) {
      at += interval
      kn.hook = clock.schedule(at, fire)
    }
    kn.kqueue.activate(kn)
  }
  kn.hook = clock.schedule(at, fire)
}

const timerOps: Filterops = {
  name: 'timer',
  isFd: false,
  attach(kn) {
    if (callouts >= CALLOUT_MAX) throw ENOMEM
    start(kn)
    kn.kevent.flags |= EV_CLEAR
    callouts++
  },
  detach(kn) {
    stop(kn)
    callouts--
  },
  event: kn => kn.kevent.data !== 0,
}

function stop(kn: Knote): void {
  const callout = kn.hook as Callout | undefined
  callout?.cancel()
  kn.hook = undefined
}

/** The hook is whether NOTE_TRIGGER came. */
const userOps: Filterops = {
  name: 'user',
  isFd: false,
  attach(kn) {
    kn.kevent.fflags = kn.savedFflags & NOTE_FFLAGSMASK
    kn.hook = (kn.savedFflags & NOTE_TRIGGER) !== 0
  },
  detach() {},
  event: kn => kn.hook === true,
}

export const filterTimer: Kfilter = {
  name: 'EVFILT_TIMER',
  isFd: false,
  operations: () => timerOps,
  touch(kn, change) {
    stop(kn)
    kn.kevent.udata = change.udata
    kn.savedFflags = change.fflags
    kn.savedData = change.data
    kn.kevent.data = 0
    start(kn)
  },
}

export const filterUser: Kfilter = {
  name: 'EVFILT_USER',
  isFd: false,
  operations: () => userOps,
  touch(kn, change) {
    const given = change.fflags & NOTE_FFLAGSMASK
    const operation = (change.fflags & NOTE_FFCOPY) >>> 0
    if (operation === NOTE_FFAND) kn.kevent.fflags &= given
    else if (operation === NOTE_FFOR) kn.kevent.fflags |= given
    else if (operation === NOTE_FFCOPY) kn.kevent.fflags = given
    kn.kevent.udata = change.udata
    kn.savedData = change.data
    if ((change.fflags & NOTE_TRIGGER) !== 0) kn.hook = true
    if ((change.flags & EV_CLEAR) !== 0) kn.hook = (change.fflags & NOTE_TRIGGER) !== 0
  },
}
