/** Why NetBSD's epoll_ctl has answered otherwise than Linux's would. */
import {
  EPOLL_CTL_ADD,
  EPOLLOUT,
  EPOLLWRNORM,
  type EpollMask,
  type EpollOperation,
} from '../compat-linux/epoll-constants.ts'
import { SUPPORTED } from '../compat-linux/epoll-events.ts'
import { EBADF, EEXIST, EINVAL, ELOOP, ENOENT, EPERM, type Errno } from '../native/errno.ts'
import type { File } from '../native/file.ts'

export interface Answers {
  readonly op: EpollOperation
  readonly file: File
  /** It is the epoll that it is to be added to. */
  readonly isItself: boolean
  readonly events: EpollMask
  /** undefined: success. */
  readonly linux: Errno | undefined
  readonly netbsd: Errno | undefined
  /** Why NetBSD has already a knote for the descriptor that Linux would not have. */
  readonly reason: string | undefined
}

const WRITE = EPOLLOUT | EPOLLWRNORM

/** The first that applies. */
const RULES: readonly (readonly [id: string, applies: (a: Answers) => boolean])[] = [
  ['epoll.pollable-files', ({ linux, netbsd }) => linux === EPERM || netbsd === EPERM],
  ['epoll.nesting', ({ linux, netbsd }) => linux === ELOOP || netbsd === ELOOP],
  ['epoll.broken-pipe', ({ file, netbsd }) => file.type === 'pipe' && netbsd === EBADF],
  ['epoll.last-descriptor', ({ linux }) => linux === EEXIST || linux === ENOENT],
  ['epoll.half-registered', ({ events, netbsd }) => netbsd === EINVAL && (events & WRITE) !== 0],
  ['epoll.nesting', ({ op, file, netbsd }) => op === EPOLL_CTL_ADD && file.type === 'kqueue' && netbsd === EINVAL],
  ['epoll.last-descriptor', ({ netbsd }) => netbsd === ENOENT],
]

export function answerDifference(answers: Answers): string {
  const { events, netbsd, reason, isItself } = answers
  if (isItself) return 'epoll.numbers-compared'
  if (netbsd === EINVAL && (events & ~SUPPORTED) !== 0) return 'epoll.refused-events'
  if (reason !== undefined) return reason
  return RULES.find(([, applies]) => applies(answers))?.[0] ?? 'epoll.check-order'
}
