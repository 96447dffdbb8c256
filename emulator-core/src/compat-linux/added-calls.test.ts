import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { BUFFER, type CallFixture, callFixture } from '../../test/support/call-fixture.ts'
import { threadWorld } from '../../test/support/thread-world.ts'
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
