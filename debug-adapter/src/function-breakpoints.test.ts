import { describe, expect, it } from 'vitest'
import { resolvePlace } from './function-breakpoints.ts'

const syscalls = new Map([
  [0, 'read'],
  [2, 'open'],
  [257, 'openat'],
])
const main = { address: 0x401000, name: 'main', module: '/a' }
const functions = async (name: string) => (name === 'main' || name === 'ma*' || name === 'read' ? [main] : [])

describe('a function breakpoint', () => {
  it.each([
    ['read', { kind: 'syscalls', numbers: [0] }],
    [' syscall:open* ', { kind: 'syscalls', numbers: [2, 257] }],
    ['main', { kind: 'functions', locations: [main] }],
    ['ma*', { kind: 'functions', locations: [main] }],
  ])('on %s is found', async (text, place) => {
    expect(await resolvePlace(text, syscalls, functions)).toEqual(place)
  })

  it.each(['syscall:nothing', 'nothing', '', 'syscall:op.n'])('on "%s" is nowhere, and says why', async text => {
    expect(await resolvePlace(text, syscalls, functions)).toMatchObject({
      kind: 'nowhere',
      why: expect.stringContaining('no'),
    })
  })
})
