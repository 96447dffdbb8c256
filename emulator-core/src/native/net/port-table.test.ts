import { describe, expect, test } from 'vitest'
import type { Socket } from '../ipc/socket.ts'
import { type SocketOption, SocketOptions } from '../ipc/socket-option.ts'
import type { Endpoint } from './address.ts'
import { PortTable, type PortUser } from './port-table.ts'

interface Wish {
  readonly options?: readonly SocketOption[]
  readonly peer?: Endpoint
  readonly isListening?: boolean
  readonly uid?: number
}

function user(ip: string, { options = [], peer, isListening = false, uid = 0 }: Wish = {}): PortUser {
  const set = new SocketOptions()
  for (const option of options) set.set(option, 1)
  return { socket: { options: set, uid } as unknown as Socket, bound: { ip, port: 80 }, peer, isListening }
}

function conflict(first: PortUser, second: PortUser): boolean {
  const table = new PortTable<PortUser>()
  table.add(first)
  return table.conflicts(second, 80)
}

describe('who may share a port', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0', '127.0.0.1', true],
    ['::', '127.0.0.1', true],
    ['0.0.0.0', '::', true],
    ['::1', '0.0.0.0', false],
    ['::1', '::', true],
  ])('%s and %s', (a, b, meets) => {
    expect(conflict(user(a), user(b))).toBe(meets)
    expect(conflict(user(b), user(a))).toBe(meets)
  })

  test('IPv6 only', () => {
    expect(conflict(user('0.0.0.0'), user('::', { options: ['IPV6_V6ONLY'] }))).toBe(false)
  })

  test('SO_REUSEADDR of both, as long as nobody listens', () => {
    const options = ['SO_REUSEADDR'] as const
    expect(conflict(user('::1', { options }), user('::1', { options }))).toBe(false)
    expect(conflict(user('::1', { options, isListening: true }), user('::1', { options }))).toBe(true)
    expect(conflict(user('::1'), user('::1', { options }))).toBe(true)
  })

  test('SO_REUSEPORT of both, listening too, but of one user', () => {
    const options = ['SO_REUSEPORT'] as const
    expect(conflict(user('::1', { options, isListening: true }), user('::1', { options }))).toBe(false)
    expect(conflict(user('::1', { options, uid: 1 }), user('::1', { options }))).toBe(true)
  })
})

describe('who gets what comes', () => {
  const to = { ip: '127.0.0.1', port: 80 }
  const from = { ip: '127.0.0.1', port: 4000 }
  const best = (...users: PortUser[]) => {
    const table = new PortTable<PortUser>()
    for (const u of users) table.add(u)
    return table.best(to, from, () => true)
  }

  test('the connected one, then the more exact address, then the newest', () => {
    const [any6, any4, exact] = ['::', '0.0.0.0', '127.0.0.1'].map(ip => user(ip))
    const connected = user('127.0.0.1', { peer: from })
    const another = user('127.0.0.1', { peer: { ...from, port: 1 } })
    expect(best(connected, exact, any4, another)).toBe(connected)
    expect(best(exact, any4, any6, another)).toBe(exact)
    expect(best(any4, any6)).toBe(any4)
    expect(best(exact, user('127.0.0.2'))).toBe(exact)
    const newest = user('127.0.0.1')
    expect(best(exact, newest)).toBe(newest)
    expect(best(another)).toBeUndefined()
  })
})

test('ephemeral ports: even for connections, odd for bind, each only once until all were tried', () => {
  const table = new PortTable<PortUser>()
  const seen = Array.from({ length: 100 }, (_, i) => table.ephemeral(() => true, i % 2 === 0))
  expect(seen.every((port, i) => port % 2 === i % 2)).toBe(true)
  expect(new Set(seen).size).toBe(100)
  expect(() => table.ephemeral(() => false, true)).toThrow(expect.objectContaining({ name: 'EADDRNOTAVAIL' }))
})
