/** What Linux's epoll_ctl says and does once it has found both files: fs/eventpoll.c, do_epoll_ctl. */
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDNORM,
  EPOLLWAKEUP,
  EPOLLWRNORM,
  type EpollEvent,
  type EpollOperation,
} from '../compat-linux/epoll-constants.ts'
import { EEXIST, EINVAL, ENOENT } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import type { Watchable } from './epoll-item.ts'
import type { ReadyList } from './ready-list.ts'

/** What may stand beside EPOLLEXCLUSIVE. */
const EXCLUSIVE_OK =
  EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE

/** file_can_poll: whether there is anything to wait for. Files of a file system and the devices that are always ready have nothing. */
export function canPoll(file: File): boolean {
  if (file.type === 'memfd' || !file.pollable) return false
  return file.type !== 'vnode' || file.pollSources().length > 0
}

/** @throws EINVAL, EEXIST, ENOENT, ELOOP. */
export function controlItems(
  list: ReadyList,
  op: EpollOperation,
  file: Watchable,
  fd: number,
  event: EpollEvent,
): void {
  if (op !== EPOLL_CTL_DEL && (event.events & EPOLLEXCLUSIVE) !== 0) {
    if (op === EPOLL_CTL_MOD) throw EINVAL
    const isRefused = file.readyList !== undefined || (event.events & ~EXCLUSIVE_OK) !== 0
    if (op === EPOLL_CTL_ADD && isRefused) throw EINVAL
  }
  const item = list.find(file, fd)
  if (op === EPOLL_CTL_ADD) {
    if (item !== undefined) throw EEXIST
    list.insert(file, fd, event)
    return
  }
  if (op !== EPOLL_CTL_MOD && op !== EPOLL_CTL_DEL) throw EINVAL
  if (item === undefined) throw ENOENT
  if (op === EPOLL_CTL_DEL) list.remove(item)
  else if ((item.events & EPOLLEXCLUSIVE) !== 0) throw EINVAL
  else list.modify(item, event)
}
