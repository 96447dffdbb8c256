import { describe, expect, it } from 'vitest'
import { threadWorld } from '../../test/support/thread-world.ts'
import { capabilityCalls } from './capability.ts'
import { identityCalls } from './identity.ts'

const KEEP = -1
/** Where calls put their answers. */
const OUT = 0x9000

function world() {
  const w = threadWorld({ ...identityCalls, ...capabilityCalls })
  const a = w.process(100)
  const b = w.process(200)
  const words = (n: number) => Array.from({ length: n }, (_, i) => w.memory.readU32(OUT + 4 * i))
  const become = (uid: number, euid: number, suid: number) => {
    a.p.credentials = { uid, euid, suid, gid: uid, egid: euid, sgid: suid, groups: [] }
  }
  const uids = () => {
    expect(a.call('getresuid', OUT, OUT + 4, OUT + 8)).toBe(0)
    return words(3)
  }
  const gids = () => {
    expect(a.call('getresgid', OUT, OUT + 4, OUT + 8)).toBe(0)
    return words(3)
  }
  return { ...w, a, b, words, become, uids, gids }
}

describe('user ids', () => {
  it.each([
    ['setuid', [1], [1, 1, 1]],
    ['setreuid', [KEEP, 2], [0, 2, 2]],
    ['setreuid', [1, KEEP], [1, 0, 0]],
    ['setresuid', [1, 2, 3], [1, 2, 3]],
    ['setresuid', [KEEP, KEEP, 3], [0, 0, 3]],
  ])('root may take any: %s%j', (name, args, ids) => {
    const { a, uids, gids } = world()
    expect(a.call(name, ...args)).toBe(0)
    expect(uids()).toEqual(ids)
    a.p.credentials = { ...a.p.credentials, uid: 0, euid: 0, suid: 0 }
    expect(a.call(name.replace('uid', 'gid'), ...args)).toBe(0)
    expect(gids()).toEqual(ids)
  })

  it.each([
    ['setuid', [3], [1, 3, 3]],
    ['setuid', [1], [1, 1, 3]],
    ['setuid', [2], 'EPERM'],
    ['setuid', [KEEP], 'EINVAL'],
    ['setreuid', [2, 1], [2, 1, 1]],
    ['setreuid', [KEEP, 1], [1, 1, 3]],
    ['setreuid', [KEEP, 3], [1, 3, 3]],
    ['setreuid', [3, KEEP], 'EPERM'],
    ['setreuid', [KEEP, 4], 'EPERM'],
    ['setreuid', [KEEP, KEEP], [1, 2, 3]],
    ['setresuid', [3, 1, 2], [3, 1, 2]],
    ['setresuid', [KEEP, KEEP, 1], [1, 2, 1]],
    ['setresuid', [1, 2, 4], 'EPERM'],
  ])('others change among their own: %s%j', (name, args, outcome) => {
    const { a, uids, gids, become } = world()
    become(1, 2, 3)
    expect(a.call(name, ...args)).toBe(typeof outcome === 'string' ? outcome : 0)
    expect(uids()).toEqual(typeof outcome === 'string' ? [1, 2, 3] : outcome)
    become(1, 2, 3)
    expect(a.call(name.replace('uid', 'gid'), ...args)).toBe(typeof outcome === 'string' ? outcome : 0)
    expect(gids()).toEqual(typeof outcome === 'string' ? [1, 2, 3] : outcome)
  })

  it('are told one by one, and for files', () => {
    const { a, kernel, become } = world()
    become(1, 2, 3)
    expect(['getuid', 'geteuid', 'getgid', 'getegid'].map(name => a.call(name))).toEqual([1, 2, 1, 2])
    expect(a.call('setfsuid', 1)).toBe(2)
    kernel.netbsd = true
    expect([a.call('setfsuid', 1), a.call('setfsgid', 2)]).toEqual([0, 'ENOSYS'])
    expect(kernel.kinds('divergence')).toHaveLength(2)
  })

  it('groups are set by root alone, and told if there is room', () => {
    const { a, put, words, become } = world()
    expect(a.call('setgroups', 3, put(5 + 2 ** 32 * 6, 7))).toBe(0)
    expect(a.call('getgroups', 0, 0)).toBe(3)
    expect(a.call('getgroups', 2, OUT)).toBe('EINVAL')
    expect(a.call('getgroups', -1, OUT)).toBe('EINVAL')
    expect(a.call('getgroups', 10, OUT)).toBe(3)
    expect(words(3)).toEqual([5, 6, 7])
    expect(a.call('setgroups', 65537, OUT)).toBe('EINVAL')
    expect(a.call('setgroups', 1, 0)).toBe('EFAULT')
    become(1, 1, 1)
    expect(a.call('setgroups', 0, 0)).toBe('EPERM')
  })

  it('root has all capabilities, others none; an unknown version is answered with the newest', () => {
    const { a, put, words, become, memory } = world()
    const header = put(0x2008_0522)
    expect(a.call('capget', header, OUT)).toBe(0)
    expect(words(6)).toEqual([0xffff_ffff, 0xffff_ffff, 0, 0x1ff, 0x1ff, 0])
    become(1, 1, 1)
    expect(a.call('capget', header, OUT)).toBe(0)
    expect(words(6)).toEqual([0, 0, 0, 0, 0, 0])
    expect(a.call('capget', header, 0)).toBe(0)
    memory.writeU32(header, 1)
    expect(a.call('capget', header, OUT)).toBe('EINVAL')
    expect(memory.readU32(header)).toBe(0x2008_0522)
    memory.writeU32(header + 4, 999)
    expect(a.call('capget', header, OUT)).toBe('ESRCH')
  })
})

describe('process groups and sessions', () => {
  it('a process leads its own, joins one of its session, and leaves with setsid', () => {
    const { a, b } = world()
    a.p.session = b.p.session = 50
    a.p.pgrp = 50
    b.p.parent = a.p
    expect(a.call('setpgid', 0, 0)).toBe(0)
    expect([a.call('getpgrp'), a.call('getpgid', 0), a.call('getsid', 0)]).toEqual([100, 100, 50])
    expect(a.call('setpgid', 200, 100)).toBe(0)
    expect(a.call('getpgid', 200)).toBe(100)
    expect(a.call('setpgid', 200, 77)).toBe('EPERM')
    expect(b.call('setpgid', 100, 0)).toBe('ESRCH')
    // Another process is in the group that would be the session's.
    expect(a.call('setsid')).toBe('EPERM')
    expect(b.call('setsid')).toBe(200)
    expect([b.call('getsid', 0), b.call('getpgrp')]).toEqual([200, 200])
    expect(b.call('setpgid', 0, 0)).toBe('EPERM')
    expect(a.call('setpgid', 200, 100)).toBe('EPERM')
  })

  it('refuses what cannot be', () => {
    const { a } = world()
    expect([
      a.call('setpgid', 0, -1),
      a.call('setpgid', -1, 0),
      a.call('setpgid', 999, 1),
      a.call('getpgid', 999),
      a.call('getsid', -1),
    ]).toEqual(['EINVAL', 'EINVAL', 'ESRCH', 'ESRCH', 'ESRCH'])
  })
})
