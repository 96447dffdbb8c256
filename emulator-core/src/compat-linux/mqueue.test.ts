import { describe, expect, it } from 'vitest'
import { BUFFER, callFixture } from '../../test/support/call-fixture.ts'
import { PosixQueues } from '../native/ipc/mqueue.ts'
import { initialLimits } from '../native/resource-limits.ts'
import { mqueueCalls } from './mqueue.ts'

const O_CREAT = 0x40
const O_RDWR = 2
const O_NONBLOCK = 0x800

function fixture() {
  const f = callFixture(mqueueCalls)
  const { kernel } = f.l.proc
  kernel.current = f.l
  Object.assign(f.l.proc, { limits: initialLimits() })
  Object.assign(f.l.proc.credentials, { euid: 1000, uid: 1000 })
  const mqueues = new PosixQueues()
  Object.assign(kernel, { mqueues })
  const openQueue = (name: string, maxmsg: number, msgsize: number) => {
    f.memory.copyout(BUFFER, new Uint8Array(BigInt64Array.of(0n, BigInt(maxmsg), BigInt(msgsize), 0n).buffer))
    return f.call('mq_open', name, O_CREAT | O_RDWR | O_NONBLOCK, 0o600, BUFFER)
  }
  return Object.assign(f, { mqueues, openQueue })
}

describe('the limits', () => {
  it('count what all queues of a user could hold, and give it back', () => {
    const f = fixture()
    // 10 * (8192 + 8) + 10 * 48 bytes each, of 819200.
    for (let i = 0; i < 9; i++) expect(f.openQueue(`q${i}`, 10, 8192)).toBeTypeOf('number')
    expect(f.openQueue('one more', 10, 8192)).toBe('EMFILE')
    expect(f.call('mq_unlink', 'q0')).toBe(0)
    // It is still open.
    expect(f.openQueue('one more', 10, 8192)).toBe('EMFILE')
    const [fd] = [...f.l.proc.fd.entries()].map(([n]) => n).slice(-9)
    f.l.proc.fd.close(f.l, fd)
    expect(f.openQueue('one more', 10, 8192)).toBeTypeOf('number')
  })

  it('are higher for root', () => {
    const f = fixture()
    expect(f.openQueue('q', 11, 10)).toBe('EINVAL')
    expect(f.openQueue('q', 10, 8193)).toBe('EINVAL')
    Object.assign(f.l.proc.credentials, { euid: 0 })
    expect(f.openQueue('q', 11, 8193)).toBeTypeOf('number')
    expect(f.openQueue('r', 65537, 1)).toBe('EINVAL')
    expect(f.openQueue('r', 65536, 16 << 20)).toBe('EMFILE')
  })
})

it('messages that nobody received are given back with their queue', () => {
  const f = fixture()
  const fd = f.openQueue('q', 10, 8192) as number
  for (let i = 0; i < 10; i++) expect(f.call('mq_timedsend', fd, BUFFER, 8192, i)).toBe(0)
  expect(f.call('mq_timedsend', fd, BUFFER, 1, 0)).toBe('EAGAIN')
  expect(f.mqueues.bytes).toBe(10 * (8192 + 64))
  f.call('mq_unlink', 'q')
  f.l.proc.fd.close(f.l, fd)
  expect(f.mqueues.bytes).toBe(0)
})
