import { describe, expect, it } from 'vitest'
import { readPlace } from './function-breakpoints.ts'

const syscalls = new Map([
  [0, 'read'],
  [2, 'open'],
  [257, 'openat'],
])

describe('a function breakpoint', () => {
  it.each([
    ['read', { kind: 'syscalls', numbers: [0] }],
    [' syscall:open* ', { kind: 'syscalls', numbers: [2, 257] }],
    ['main ', { kind: 'function', name: 'main', locations: [], inKernel: 0 }],
    ['op*', { kind: 'function', name: 'op*', locations: [], inKernel: 0 }],
  ])('on %s is understood', (text, place) => {
    expect(readPlace(text, syscalls)).toEqual(place)
  })

  it.each(['syscall:nothing', '', 'syscall:op.n'])('on "%s" is nowhere, and says why', text => {
    expect(readPlace(text, syscalls)).toMatchObject({ kind: 'nowhere', why: expect.stringContaining('no') })
  })
})
