/**
 * Whether an epoll may watch another: sys/kern/sys_epoll.c, epoll_recover_watch_tree, epoll_dfs, epoll_check_loop_and_depth.
 * The graph is recovered from the knotes that hang on the process's kqueues. Its vertices are descriptor *numbers* as they were when the
 * interest was added: dup, close and reuse of a number can make it wrong.
 */
import { EINVAL, ELOOP } from '../native/errno.ts'
import { Kqueue } from '../native/kqueue/kqueue.ts'
import type { Lwp } from '../native/lwp.ts'

export const EPOLL_MAX_DEPTH = 5

interface EpollEdge {
  readonly epfd: number
  readonly fd: number
}

/** Every "epfd watches fd" among the caller's kqueues. */
export function epoll_recover_watch_tree(l: Lwp): EpollEdge[] {
  const edges: EpollEdge[] = []
  for (const [, slot] of l.fd.entries()) {
    if (!(slot.file instanceof Kqueue)) continue
    for (const kn of slot.file.watchers) {
      const [, epfd, fd] = kn.kevent.ext
      const watcher = l.fd.slot(Number(epfd))?.file
      if (watcher instanceof Kqueue) edges.push({ epfd: Number(epfd), fd: Number(fd) })
    }
  }
  return edges
}

/**
 * Walks down from `current`. What was seen stays seen on the way back, so two ways to one descriptor (a diamond) count as a loop.
 * @throws ELOOP, EINVAL for more than EPOLL_MAX_DEPTH levels.
 */
export function epoll_dfs(edges: readonly EpollEdge[], seen: Set<number>, current: number, depth: number): void {
  if (seen.has(current)) throw ELOOP
  seen.add(current)
  if (depth + 1 > EPOLL_MAX_DEPTH) throw EINVAL
  for (const edge of edges) if (edge.epfd === current) epoll_dfs(edges, seen, edge.fd, depth + 1)
}

/** Only for an `fd` that is a kqueue itself: would watching it make a loop, or too many levels below `epfd`? @throws ELOOP, EINVAL. */
export function epoll_check_loop_and_depth(l: Lwp, epfd: number, fd: number): void {
  if (!(l.fd.slot(fd)?.file instanceof Kqueue)) return
  epoll_dfs([{ epfd, fd }, ...epoll_recover_watch_tree(l)], new Set(), epfd, 0)
}
