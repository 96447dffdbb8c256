import { expect, it } from 'vitest'
import type { Lwp } from '../lwp.ts'
import { IPC_PRIVATE, type IpcObject, IpcTable } from './sysv-ipc.ts'
import { LINUX_LIMITS } from './sysv-limits.ts'

const l = { credentials: { euid: 0, egid: 0, groups: [] } } as unknown as Lwp

it('gives the identifier that is wanted, once', () => {
  const table = new IpcTable<IpcObject>()
  const make = () =>
    table.get(
      l,
      IPC_PRIVATE,
      0o600,
      [LINUX_LIMITS, 'shmmni'],
      () => undefined,
      (id, perm) => ({ id, perm }),
    ).id
  expect([make(), make()]).toEqual([0, 1])
  table.nextId = 5 * 2 ** 15 + 7
  expect(make()).toBe(5 * 2 ** 15 + 7)
  expect(table.nextId).toBe(-1)
  // The index is taken: the next one, with the same count of uses.
  table.nextId = 6 * 2 ** 15 + 7
  expect(make()).toBe(6 * 2 ** 15 + 8)
  expect(table.byId(5 * 2 ** 15 + 7).id).toBe(5 * 2 ** 15 + 7)
})
