/** Names that an expression may use as the sources do: EPOLLIN, EV_ADD, EVFILT_READ, ENOENT, SIGTERM, O_CLOEXEC. */
import { linuxErrno, signalNumber } from '../events/linux-names.ts'
import { keventConstants } from '../events/native-names.ts'
import { openConstants } from '../events/types/files.ts'
import { epollNames, inotifyNames } from '../events/types/polling.ts'

const EPOLL = [
  ['EPOLL_CTL_ADD', 1],
  ['EPOLL_CTL_DEL', 2],
  ['EPOLL_CTL_MOD', 3],
] as const

const values: ReadonlyMap<string, number> = new Map([
  ...EPOLL,
  ...epollNames,
  ...inotifyNames,
  ...openConstants,
  ...keventConstants,
])

export function constant(name: string): number | undefined {
  return values.get(name) ?? (name.startsWith('SIG') ? signalNumber(name) : linuxErrno(name))
}
