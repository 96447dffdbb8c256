import { describe, expect, it } from 'vitest'
import { EBADF } from '../native/errno.ts'
import { kevent } from '../native/kqueue/kevent.ts'
import { EV_ADD, EV_CLEAR, EVFILT_WRITE } from '../native/kqueue/knote.ts'
import { knownValue } from './kernel-values.ts'

const value = (type: string, given: unknown) => knownValue('x', type, given)?.value

describe('values of the kernel', () => {
  it('are masks by the name of their type', () => {
    expect(value('EpollMask', 0x80000001)).toBe('EPOLLIN|EPOLLET')
    expect(value('KeventFlags', EV_ADD | EV_CLEAR)).toBe('EV_ADD|EV_CLEAR')
    expect(value('EpollOperation', 3)).toBe('EPOLL_CTL_MOD')
    expect(value('EpollOperation', 77)).toBe('77')
  })

  it('are the native line of a record, with its parts', () => {
    const shown = knownValue('kevents', 'Kevent[]', [kevent(7, EVFILT_WRITE, EV_ADD)])
    expect(shown).toMatchObject({ value: '[{7, EVFILT_WRITE, EV_ADD}]', type: 'Kevent[1]' })
    const fields = shown?.parts?.[0].parts?.map(field => `${field.name}=${field.value}`)
    expect(fields).toContain('filter=EVFILT_WRITE')
  })

  it('are errors by name, addresses in hexadecimal, bytes as far as they go', () => {
    expect(value('', EBADF)).toBe('EBADF')
    expect(value('number', 0x7fff_0000)).toBe('0x7fff0000 (2147418112)')
    expect(value('', new Uint8Array(40))).toMatch(/^40 bytes: 00 00 .* …$/)
  })

  it('end, however deep and long they are, and functions are none', () => {
    const ring: { self?: unknown } = {}
    ring.self = ring
    expect(knownValue('x', '', ring)?.parts?.[0].parts?.[0].parts?.[0].parts).toBeUndefined()
    expect(knownValue('x', '', Array(1000).fill(1))?.parts?.length).toBe(64)
    expect(knownValue('x', '', () => 1)).toBeUndefined()
  })
})
