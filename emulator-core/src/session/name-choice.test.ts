import { expect, it } from 'vitest'
import { NameChoice } from './name-choice.ts'

it.each([
  [[], ['openat', 'ENOENT'], true],
  [['openat'], ['openat', 'ENOENT'], true],
  [['open*', 'E*'], ['read', 'EAGAIN'], true],
  [['open*'], ['read', 'EAGAIN'], false],
  [['!EAGAIN'], ['read', 'EAGAIN'], false],
  [['!EAGAIN'], ['read', 'EINTR'], true],
  [['epoll_*', '!epoll_wait'], ['epoll_wait'], false],
  [['epoll_*', '!epoll_wait'], ['epoll_ctl'], true],
  // What is special in a pattern of another kind is not here.
  [['epoll.refused'], ['epoll_refused'], false],
])('%j of %j: %s', (patterns, names, has) => {
  expect(new NameChoice(patterns).has(...names)).toBe(has)
})
