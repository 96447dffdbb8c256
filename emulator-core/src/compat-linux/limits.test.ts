import { describe, expect, it } from 'vitest'
import { threadWorld } from '../../test/support/thread-world.ts'
import { initialLimits } from '../native/resource-limits.ts'
import { limitCalls } from './limits.ts'
import { schedCalls } from './sched.ts'

const OUT = 0x9000
const NOFILE = 7
const CORE = 4

function world() {
  const w = threadWorld({ ...limitCalls, ...schedCalls })
  const a = w.process(100)
  const b = w.process(200)
  for (const t of [a, b]) {
    Object.assign(t.p, { limits: initialLimits(), nice: 0 })
    Object.assign(t.l, { policy: 0 })
    Object.assign(t.p.vm, { residentPages: 10 })
  }
  const ordinary = (uid = 1000) => {
    const all = { uid, euid: uid, suid: uid, gid: uid, egid: uid, sgid: uid, groups: [] }
    a.p.credentials = { ...all }
    b.p.credentials = { ...all }
  }
  return { ...w, a, b, ordinary }
}

describe('limits', () => {
  it('are kept, told and lowered for good', () => {
    const { a, memory, put, ordinary } = world()
    ordinary()
    expect(a.call('setrlimit', CORE, put(5, 20))).toBe(0)
    expect(a.call('getrlimit', CORE, OUT)).toBe(0)
    expect([memory.readU64(OUT), memory.readU64(OUT + 8)]).toEqual([5, 20])
    expect(a.call('setrlimit', CORE, put(5, 21))).toBe('EPERM')
    expect(a.call('setrlimit', CORE, put(6, 5))).toBe('EINVAL')
    expect(a.call('setrlimit', 16, put(1, 1))).toBe('EINVAL')
    expect(a.call('getrlimit', -1, OUT)).toBe('EINVAL')
    expect(a.call('setrlimit', CORE, 0)).toBe('EFAULT')
  })

  it('infinity is all ones', () => {
    const { a, memory, put } = world()
    expect(a.call('getrlimit', 0, OUT)).toBe(0)
    expect(memory.readBigU64(OUT)).toBe(2n ** 64n - 1n)
    expect(a.call('setrlimit', 0, put(7, -1))).toBe(0)
    expect(a.p.limits[0]).toEqual({ soft: 7, hard: Number.POSITIVE_INFINITY })
  })

  it('that of descriptors reaches the table, and not beyond what the kernel has', () => {
    const { a, put } = world()
    expect(a.call('setrlimit', NOFILE, put(10, 10))).toBe(0)
    expect(a.p.fd.limit).toBe(10)
    expect(a.call('setrlimit', NOFILE, put(1, 2 ** 30))).toBe('EPERM')
  })

  it('of another process: for its owner on Linux, for nobody on NetBSD', () => {
    const { a, b, kernel, put, ordinary } = world()
    ordinary()
    expect(a.call('prlimit64', 200, CORE, put(1, 2), OUT)).toBe(0)
    expect(b.p.limits[CORE]).toEqual({ soft: 1, hard: 2 })
    b.p.credentials = { ...b.p.credentials, suid: 0 }
    expect(a.call('prlimit64', 200, CORE, 0, OUT)).toBe('EPERM')
    expect(a.call('prlimit64', 999, CORE, 0, 0)).toBe('ESRCH')
    kernel.netbsd = true
    expect(a.call('prlimit64', 200, CORE, 0, OUT)).toBe('EPERM')
    expect(a.call('prlimit64', 0, CORE, 0, OUT)).toBe(0)
    expect(kernel.kinds('divergence')).toHaveLength(1)
  })
})

it('usage is that of the process, its children or the thread', () => {
  const { a, kernel, memory } = world()
  Object.assign(a.p.usage, { user: 1.5e9, system: 2e3 })
  Object.assign(a.p.childUsage, { user: 3e9 })
  Object.assign(a.l.usage, { user: 4e9 })
  const seconds = [0, -1, 1].map(who => {
    expect(a.call('getrusage', who, OUT)).toBe(0)
    return memory.readI64(OUT)
  })
  expect(seconds).toEqual([1, 3, 4])
  expect(a.call('getrusage', 2, OUT)).toBe('EINVAL')
  kernel.netbsd = true
  expect(a.call('getrusage', 1, OUT)).toBe('EINVAL')
})

describe('priorities', () => {
  it('are raised by anybody, lowered by root', () => {
    const { a, b, ordinary } = world()
    expect(a.call('setpriority', 0, 200, -5)).toBe(0)
    expect(a.call('getpriority', 0, 200)).toBe(25)
    expect(a.call('setpriority', 0, 0, 99)).toBe(0)
    expect(a.call('getpriority', 0, 0)).toBe(1)
    ordinary()
    expect(a.call('setpriority', 0, 0, 18)).toBe('EACCES')
    b.p.credentials = { ...b.p.credentials, uid: 1, euid: 1 }
    expect(a.call('setpriority', 0, 200, 19)).toBe('EPERM')
    expect(a.call('getpriority', 2, 1000)).toBe(1)
    expect([a.call('getpriority', 3, 0), a.call('getpriority', 0, 999)]).toEqual(['EINVAL', 'ESRCH'])
  })
})

describe('scheduling', () => {
  it('remembers the class, and refuses those in real time to all but root', () => {
    const { a, put, ordinary } = world()
    expect(a.call('sched_setscheduler', 0, 1, put(10))).toBe(0)
    expect(a.call('sched_getscheduler', 0)).toBe(1)
    ordinary()
    const zero = put(0)
    expect(a.call('sched_setscheduler', 0, 3, zero)).toBe(0)
    expect(a.call('sched_getscheduler', 100)).toBe(3)
    expect(a.call('sched_setscheduler', 0, 1, put(10))).toBe('EPERM')
    expect(a.call('sched_setscheduler', 0, 1, zero)).toBe('EINVAL')
    expect(a.call('sched_setscheduler', 0, 0, put(1))).toBe('EINVAL')
    expect(a.call('sched_setscheduler', 999, 0, zero)).toBe('ESRCH')
    expect(a.call('sched_setscheduler', 999, 0, 16)).toBe('EFAULT')
    expect(a.call('sched_setscheduler', -1, 0, 16)).toBe('EINVAL')
  })

  it('has one processor', () => {
    const { a, memory, put } = world()
    expect(a.call('sched_getaffinity', 0, 128, OUT)).toBe(8)
    expect(memory.readU64(OUT)).toBe(1)
    expect(a.call('sched_getaffinity', 0, 7, OUT)).toBe('EINVAL')
    expect(a.call('sched_getaffinity', 999, 8, OUT)).toBe('ESRCH')
    expect(a.call('sched_setaffinity', 0, 8, put(3))).toBe(0)
    expect(a.call('sched_setaffinity', 0, 8, put(2))).toBe('EINVAL')
  })

  it('tells the bounds of priorities', () => {
    const { a } = world()
    const bounds = (name: string) => [0, 1, 2, 3, 4, 5, 6, 9].map(policy => a.call(name, policy))
    expect(bounds('sched_get_priority_max')).toEqual([0, 99, 99, 0, 'EINVAL', 0, 0, 'EINVAL'])
    expect(bounds('sched_get_priority_min')).toEqual([0, 1, 1, 0, 'EINVAL', 0, 0, 'EINVAL'])
  })
})
