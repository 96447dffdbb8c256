import { expect, it } from 'vitest'
import { functionNamed, translations } from './translation-list.ts'

const TABLE = {
  files: ['compat-linux/epoll.ts', 'compat-linux/process.ts', 'native/kqueue/kqueue.ts'],
  functions: [
    ['kevent1', 2, 7, 9],
    ['sys_getpid', 1, 3, 5],
    ['linux_sys_epoll_ctl', 0, 40, 60],
    ['epoll_ctl_common', 0, 70, 90],
  ] as const,
}

it('lists the functions that answer calls, by the names of the calls', () => {
  expect(translations(TABLE)).toEqual([
    { name: 'linux_sys_epoll_ctl', file: 'compat-linux/epoll.ts', line: 40 },
    { name: 'sys_getpid', file: 'compat-linux/process.ts', line: 3 },
  ])
})

it('finds the function behind a call, whichever of the two names it has', () => {
  expect(functionNamed('linux_sys_epoll_ctl', TABLE)?.line).toBe(40)
  expect(functionNamed('linux_sys_getpid', TABLE)).toEqual({
    name: 'sys_getpid',
    file: 'compat-linux/process.ts',
    line: 3,
  })
  expect(functionNamed('linux_sys_nothing', TABLE)).toBeUndefined()
})
