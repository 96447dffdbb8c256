import * as fs from 'node:fs'
import { join } from 'node:path'
import { Reg } from 'unicorn-engine-node'
import { afterEach, expect, test, vi } from 'vitest'
import { BUFFER, type CallFixture, callFixture } from '../../test/support/call-fixture.ts'
import { threadWorld } from '../../test/support/thread-world.ts'
import { cloneCalls } from './clone.ts'
import { CLONE_SIGHAND, CLONE_THREAD, CLONE_VM } from './clone-flags.ts'
import { randomCalls } from './random.ts'
import { statCalls } from './stat.ts'
import { systemCalls } from './system.ts'
import { waitCalls } from './wait.ts'

/** What of netbsd-linux-semantics 4 a guest cannot show, because it depends on who runs it, or on more files than it is worth. */

let g: CallFixture | undefined
afterEach(() => {
  g?.dispose()
  g = undefined
})

function fixture(): CallFixture {
  g = callFixture(statCalls)
  fs.writeFileSync(join(g.host, 'a'), 'text')
  return g
}

test('tells no more than 32767 links', () => {
  const { vfs, call, view, diverging, l } = fixture()
  const { vnode } = vfs.namei(l, '/a', { start: vfs.root, follow: true })
  if (vnode === undefined) throw new Error('no file')
  const stat = vnode.getattr()
  vi.spyOn(vnode, 'getattr').mockReturnValue({ ...stat, nlink: 40_000 })
  const links = () => {
    call('stat', '/a', BUFFER)
    return Number(view(BUFFER, 144).getBigUint64(16, true))
  }
  expect(links()).toBe(40_000)
  diverging.add('stat.link-count')
  expect(links()).toBe(32_767)
})

test('tells the release of NetBSD’s emulation', () => {
  const w = threadWorld(systemCalls)
  const thread = w.process(100)
  Object.assign(thread.p, { persona: 0 })
  const release = () => {
    expect(thread.call('uname', 0x9000)).toBe(0)
    const bytes = w.memory.copyin(0x9000 + 130, 65)
    return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString()
  }
  expect(release()).toBe('6.12.0')
  w.kernel.netbsd = true
  expect(release()).toBe('6.3.10')
})

test('tells the effective user of a child', () => {
  const w = threadWorld(waitCalls)
  const [parent, child] = [w.process(100), w.process(200)]
  Object.assign(parent.p, { children: new Set([child.p]) })
  Object.assign(child.p, { exitStatus: 0, exitSignal: 17, parent: parent.p })
  child.p.credentials = { ...child.p.credentials, uid: 5, euid: 6 }
  const uid = () => {
    expect(parent.call('waitid', 0, 0, 0x9000, 0x100_0004, 0)).toBe(0)
    return w.memory.readU32(0x9000 + 20)
  }
  expect(uid()).toBe(5)
  w.kernel.netbsd = true
  expect(uid()).toBe(6)
})

test('tells whether a core was dumped', () => {
  const w = threadWorld(waitCalls)
  const [parent, child] = [w.process(100), w.process(200)]
  Object.assign(parent.p, { children: new Set([child.p]) })
  Object.assign(child.p, { exitSignal: 17, parent: parent.p })
  const told = (exitStatus: number) => {
    Object.assign(child.p, { exitStatus })
    expect(parent.call('waitid', 0, 0, 0x9000, 0x100_0004, 0)).toBe(0)
    return { code: w.memory.readI32(0x9000 + 8), status: w.memory.readI32(0x9000 + 24) }
  }
  w.kernel.netbsd = true
  expect(told(6)).toEqual({ code: 2, status: 6 })
  expect(told(6 | 0x80)).toEqual({ code: 3, status: 6 })
})

test('tells the time of birth unless it is 0 or -1', () => {
  const { vfs, call, view, diverging, l } = fixture()
  const { vnode } = vfs.namei(l, '/a', { start: vfs.root, follow: true })
  if (vnode === undefined) throw new Error('no file')
  const stat = vnode.getattr()
  diverging.add('statx.mount-id')
  const told = (birthtime: bigint) => {
    vi.spyOn(vnode, 'getattr').mockReturnValue({ ...stat, birthtime })
    expect(call('statx', -100, '/a', 0, 0xfff, BUFFER)).toBe(0)
    const answer = view(BUFFER, 256)
    return { mask: answer.getUint32(0, true), born: [answer.getBigInt64(80, true), answer.getUint32(88, true)] }
  }
  expect(told(0n)).toEqual({ mask: 0x7ff, born: [0n, 0] })
  expect(told(-1n)).toEqual({ mask: 0x7ff, born: [0n, 0] })
  expect(told(5_000_000_007n)).toEqual({ mask: 0xfff, born: [5n, 7] })
})

test('gives the random bytes there are when a signal comes between two pieces', () => {
  g = callFixture(randomCalls)
  const { call, l, view } = g
  let pieces = 0
  Object.assign(l.proc.kernel, {
    host: { random: (into: Uint8Array) => into.fill(++pieces) },
  })
  Object.assign(l, { signalPending: () => pieces === 2 })
  expect(call('getrandom', BUFFER, 100_000, 0)).toBe(8192)
  expect(new Uint8Array(view(BUFFER + 4094, 4).buffer)).toEqual(Uint8Array.of(1, 1, 2, 2))
  expect(new Uint8Array(view(BUFFER + 8192, 1).buffer)).toEqual(Uint8Array.of(0))
})

test('gives a thread the descriptors and directories of its process, though it asks for neither', () => {
  const w = threadWorld(cloneCalls)
  const { kernel } = w
  Object.assign(kernel, {
    newPid: () => 101,
    scheduler: { saveRegisters() {}, makeRunnable() {} },
    machine: { saveFpu() {} },
  })
  kernel.netbsd = true
  const { l, p, call } = w.process(100)
  Object.assign(l, { registers: new BigUint64Array(Reg.SLOTS), fpu: new Uint8Array(512), scheduling: {} })
  Object.assign(p, { limits: [] })
  expect(call('clone', CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, 0x9000, 0, 0, 0)).toBe(101)
  const thread = p.lwps.get(101)
  expect(thread).not.toBe(l)
  expect(thread?.proc).toBe(p)
})
