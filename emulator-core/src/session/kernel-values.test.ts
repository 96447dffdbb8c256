import { expect, it } from 'vitest'
import { EEXIST, EOPNOTSUPP } from '../native/errno.ts'
import { kevent } from '../native/kqueue/kevent.ts'
import { EV_ADD, EV_CLEAR, EV_DISPATCH, EVFILT_WRITE } from '../native/kqueue/knote.ts'
import { knownValue, outcomeValue } from './kernel-values.ts'
import type { Names } from './system.ts'

const names: Names = {
  syscall: String,
  handler: String,
  errno: code => ({ 17: 'EEXIST', 95: 'EOPNOTSUPP' })[code] ?? String(code),
  signal: String,
  syscalls: [],
}

it('has what NetBSD makes of a value of Linux beside it', () => {
  const text = (type: string, value: number) => knownValue('x', type, value)?.value
  expect(text('EpollMask', 0x8000_0001)).toBe('EPOLLIN|EPOLLET → EVFILT_READ, EV_ADD|EV_ENABLE|EV_CLEAR')
  expect(text('EpollMask', 5)).toBe('EPOLLIN|EPOLLOUT → EVFILT_READ, EV_ADD|EV_ENABLE + EVFILT_WRITE, EV_ADD|EV_ENABLE')
  expect(text('InotifyMask', 2)).toBe(
    'IN_MODIFY → VREG NOTE_DELETE|NOTE_WRITE|NOTE_REVOKE / VDIR NOTE_DELETE|NOTE_REVOKE',
  )
})

it('has what a kevent is to epoll beside it', () => {
  expect(knownValue('k', 'Kevent', kevent(7, EVFILT_WRITE, EV_ADD | EV_CLEAR | EV_DISPATCH))?.value).toBe(
    '{7, EVFILT_WRITE, EV_ADD|EV_CLEAR|EV_DISPATCH} ← EPOLLOUT|EPOLLONESHOT|EPOLLET',
  )
})

it('leaves the other side away where nothing is translated', () => {
  expect(knownValue('x', 'EpollMask', 1, false)?.value).toBe('EPOLLIN')
})

it('says how a function ends, and which number Linux has for an error', () => {
  expect(outcomeValue('', { value: 3 }, names)).toEqual({ name: 'returns', value: '3' })
  expect(outcomeValue('kevent1 ', { error: EOPNOTSUPP }, names)).toMatchObject({
    name: 'kevent1 throws',
    value: 'EOPNOTSUPP (45) → EOPNOTSUPP (95)',
  })
  expect(outcomeValue('', { error: EEXIST }, names)?.value).toBe('EEXIST (17) → EEXIST (17)')
  expect(outcomeValue('', { value: undefined }, names)).toBeUndefined()
})
