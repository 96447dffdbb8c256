import { expect, test } from 'vitest'
import { Errno } from '../../errno.ts'
import { LINUX_LIMITS } from '../../ipc/sysv-limits.ts'
import type { Kernel } from '../../kernel.ts'
import { Tunables } from '../../tunables.ts'
import type { ProcContext, ProcNode } from './proc-mount.ts'
import { procTree } from './proc-tree.ts'

const kernel = { tunables: new Tunables(), sysv: { limits: LINUX_LIMITS } } as unknown as Kernel
const context: ProcContext = { kernel, proc: undefined, number: -1 }

function file(path: string): ProcNode & { kind: 'file' } {
  let node: ProcNode = procTree
  for (const name of path.split('/')) {
    if (node.kind !== 'directory') throw new Error(`${name} is in no directory`)
    node = node.entries[name]
  }
  if (node.kind !== 'file') throw new Error(`${path} is no file`)
  return node
}

function put(path: string, text: string): string {
  try {
    file(path).write?.(context, text, undefined)
    return file(path).text(context)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return error.name
  }
}

test('one number, within its bounds', () => {
  const path = 'sys/kernel/pid_max'
  expect(put(path, '400\n')).toBe('400\n')
  expect(put(path, ' 500 600')).toBe('500\n')
  for (const wrong of ['', ' \n', 'x', '5x', '-1', '300', '4194305', '99999999999999999999999'])
    expect(put(path, wrong)).toBe('EINVAL')
  expect(kernel.tunables.pidMax).toBe(500)
})

test('several numbers: those that are not given stay', () => {
  expect(put('sys/kernel/sem', '7')).toBe('7\t1024000000\t500\t32000\n')
  expect(put('sys/kernel/sem', '8\t9\t10\t11\n')).toBe('8\t9\t10\t11\n')
  expect(put('sys/kernel/sem', '1 2 x')).toBe('EINVAL')
  expect(kernel.sysv.limits).toMatchObject({ semmsl: 8, semmns: 9, semopm: 10, semmni: 11, msgmni: 32000 })
})

test('64 bits', () => {
  expect(put('sys/kernel/shmmax', '18446744073709551615')).toBe('18446744073709551615\n')
  expect(put('sys/kernel/shmmax', '18446744073709551616')).toBe('EINVAL')
  expect(kernel.sysv.limits.shmmax).toBe(2n ** 64n - 1n)
})
