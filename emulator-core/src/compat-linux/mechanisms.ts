/** An epoll instance is a kqueue, and inotify watches are vnode filters; Linux has a mechanism of its own for each. */
export const MECHANISMS = { epoll: 'mechanism.epoll', inotify: 'mechanism.inotify' } as const
