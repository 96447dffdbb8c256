/** poll, select, epoll, inotify, eventfd, timerfd. */

import { listValue, pointerValue, structValue, type Value } from '../value.ts'
import { approximate } from '../wide.ts'
import { address } from './basic.ts'
import { choice, flags, names } from './names.ts'
import { signalSet } from './signals.ts'
import { type ArgumentType, array, ELEMENT_LIMIT, type Layout, pointer } from './type.ts'

const pollBits = flags(
  names(
    'POLL',
    'IN=1 PRI=2 OUT=4 ERR=8 HUP=16 NVAL=32 RDNORM=64 RDBAND=128 WRNORM=256 WRBAND=512 MSG=1024 REMOVE=0x1000 RDHUP=0x2000',
  ),
  'POLL???',
)

const pollFd: Layout = {
  size: 8,
  read: (call, view, at) => {
    const fd = view.getInt32(at, true)
    if (fd < 0) return structValue([['fd', fd]])
    return structValue([
      ['fd', call.fd(fd)],
      ['events', pollBits.value(call, view.getUint16(at + 4, true), 0) ?? 0],
    ])
  },
}
/** strace says it without -y's path. */
const readyFd: Layout = {
  size: 8,
  read: (call, view, at) =>
    structValue([
      ['fd', view.getInt32(at, true)],
      ['revents', pollBits.value(call, view.getUint16(at + 6, true), 0) ?? 0],
    ]),
}
export const pollFds = array(pollFd, source => source.argument(1))

/** What became ready: the part in parentheses behind poll's result. */
export function readyFds(call: Parameters<ArgumentType['value']>[0]): Value[] {
  const count = Math.min(call.argument(1), ELEMENT_LIMIT)
  const items: Value[] = []
  for (let i = 0; i < count; i++) {
    const view = call.exit.find(call.argument(0) + 8 * i, 8)
    if (view === undefined) break
    if (view.getUint16(6, true) !== 0) items.push(readyFd.read(call, view, 0))
  }
  return items
}

/** fd_set: `[0 3]`, of descriptors below the call's first argument. */
const setBytes = (count: number) => Math.ceil(Math.min(Math.max(count, 0), 1 << 16) / 64) * 8
export const fdSet: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, setBytes(sink.argument(0) | 0)),
  value: (call, low, high) => fdSetValue(call, low, high) ?? pointerValue(low, high),
}
/** `bare`: numbers only. */
export function fdSetValue(
  call: Parameters<ArgumentType['value']>[0],
  low: number,
  high: number,
  bare = false,
): Value | undefined {
  const count = call.int(0)
  const bytes = (low | high) === 0 ? undefined : call.upTo(approximate(low, high), setBytes(count))
  if (bytes === undefined) return undefined
  const members: Value[] = []
  for (let fd = 0; fd < Math.min(count, bytes.length * 8); fd++) {
    if ((bytes[fd >> 3] >> (fd & 7)) & 1) members.push(bare ? fd : call.fd(fd))
  }
  return listValue(members, false, ' ')
}

/** pselect6's sixth: pointer to a mask and its size. */
export const maskAndSize: ArgumentType = {
  capture: (sink, at) => {
    sink.bytes(at, 16)
    const mask = sink.word(at)
    if (mask > 0) sink.bytes(mask, 8)
  },
  value: (call, low, high) => {
    const view = (low | high) === 0 ? undefined : call.find(approximate(low, high), 16)
    if (view === undefined) return pointerValue(low, high)
    const [maskLow, maskHigh] = [view.getUint32(0, true), view.getUint32(4, true)]
    const mask = call.find(approximate(maskLow, maskHigh), 8)
    return structValue([
      [
        'sigmask',
        mask === undefined
          ? pointerValue(maskLow, maskHigh)
          : signalSet(mask.getUint32(0, true), mask.getUint32(4, true)),
      ],
      ['sigsetsize', view.getUint32(8, true)],
    ])
  },
}

export const epollNames = names(
  'EPOLL',
  'IN=1 PRI=2 OUT=4 ERR=8 HUP=16 NVAL=32 RDNORM=64 RDBAND=128 WRNORM=256 WRBAND=512 MSG=1024 RDHUP=0x2000 EXCLUSIVE=0x10000000 WAKEUP=0x20000000 ONESHOT=0x40000000 ET=0x80000000',
)
const epollBits = flags(epollNames, 'EPOLL???')
/** struct epoll_event is packed on x86-64: 12 bytes. */
const epollEvent: Layout = {
  size: 12,
  read: (call, view, at) => {
    const low = view.getUint32(at + 4, true)
    const wide = view.getBigUint64(at + 4, true)
    const u64 = wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide
    return structValue([
      ['events', epollBits.value(call, view.getUint32(at, true), 0) ?? 0],
      [
        'data',
        structValue([
          ['u32', low],
          ['u64', u64],
        ]),
      ],
    ])
  },
}
const EPOLL_CTL_DEL = 2
/** What epoll_ctl was given; a removal takes nothing. */
export const epollEventAt: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, epollEvent.size),
  value: (call, low, high) => (call.low[1] === EPOLL_CTL_DEL ? address : pointer(epollEvent)).value(call, low, high),
}
export const epollEvents = array(epollEvent, source => source.result)
export const epollOperation = choice(names('EPOLL_CTL_', 'ADD=1 DEL=2 MOD=3'), 'EPOLL_CTL_???')
export const epollFlags = flags(names('EPOLL_', 'CLOEXEC=0o2000000'), 'EPOLL_???')

export const inotifyNames = names(
  'IN_',
  'ACCESS=1 MODIFY=2 ATTRIB=4 CLOSE_WRITE=8 CLOSE_NOWRITE=0x10 OPEN=0x20 MOVED_FROM=0x40 MOVED_TO=0x80 CREATE=0x100 DELETE=0x200 DELETE_SELF=0x400 MOVE_SELF=0x800 UNMOUNT=0x2000 Q_OVERFLOW=0x4000 IGNORED=0x8000 ONLYDIR=0x1000000 DONT_FOLLOW=0x2000000 EXCL_UNLINK=0x4000000 MASK_CREATE=0x10000000 MASK_ADD=0x20000000 ISDIR=0x40000000 ONESHOT=0x80000000',
)
export const inotifyMask = flags(inotifyNames, 'IN_???')
export const inotifyFlags = flags(names('IN_', 'NONBLOCK=0o4000 CLOEXEC=0o2000000'), 'IN_???')
export const eventfdFlags = flags(names('EFD_', 'SEMAPHORE=1 CLOEXEC=0o2000000 NONBLOCK=0o4000'), 'EFD_???')
/** Those of timerfd_create and of timerfd_settime, as strace has them in one table. */
export const timerfdFlags = flags(
  names('TFD_', 'TIMER_ABSTIME=1 TIMER_CANCEL_ON_SET=2 CLOEXEC=0o2000000 NONBLOCK=0o4000'),
  'TFD_???',
)
export const signalfdFlags = flags(names('SFD_', 'CLOEXEC=0o2000000 NONBLOCK=0o4000'), 'SFD_???')
