/** The program's own sources: frames lead to them, and breakpoints can be set in them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { expect, it } from 'vitest'
import { setStage } from './support/stage.ts'

const SOURCE = fileURLToPath(new URL('../../test-workspace/epoll-echo.c', import.meta.url))
const ECHO = { program: fileURLToPath(new URL('../../test-workspace/bin/epoll-echo', import.meta.url)), cwd: '/tmp' }
const stage = setStage({ guests: false })

/** The line of a text in a source, from 1. */
const lineWith = (file: string, text: string): number =>
  readFileSync(file, 'utf8')
    .split('\n')
    .findIndex(line => line.includes(text)) + 1

it('stops at a line of the program, with a condition too, and the frames are in its source', async () => {
  const driven = stage.drive(ECHO)
  const line = lineWith(SOURCE, 'if (epoll_ctl(epoll_fd, operation')
  const { threadId = 0, reason, hitBreakpointIds } = await driven.launch({}, { lines: { [SOURCE]: [{ line }] } })
  expect(reason).toBe('breakpoint')
  expect(hitBreakpointIds).toHaveLength(1)
  const frames = await driven.frames(threadId)
  expect(frames[0]).toMatchObject({ line, source: { path: SOURCE } })
  const main = frames.find(({ name }) => name.startsWith('main'))
  expect(main?.source?.path).toBe(SOURCE)
  const text = readFileSync(SOURCE, 'utf8').split('\n')
  expect(text[(main?.line ?? 0) - 1]).toMatch(/\(/)
  const [placed] = await driven.breakAt(SOURCE, { line, hitCondition: '2' })
  expect(placed).toMatchObject({ verified: true, line })
  expect((await driven.step('continue', threadId)).reason).toBe('breakpoint')
  await driven.breakAt(SOURCE)
  await Promise.all([stage.dc.waitForEvent('terminated'), driven.ask('continue', threadId)])
})

it('finds a line in a library that is loaded later', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-late-'))
  const late = path.join(folder, 'late.c')
  writeFileSync(late, 'int late(int n)\n{\n    n = n * 3;\n    return n + 1;\n}\n')
  const main = `#include <dlfcn.h>
int main(int argc, char **argv)
{
    int (*late)(int) = (int (*)(int))dlsym(dlopen(argv[1], RTLD_NOW), "late");
    return late(argc);
}
`
  writeFileSync(path.join(folder, 'main.c'), main)
  execFileSync('gcc', ['-g', '-shared', '-fPIC', '-o', 'late.so', 'late.c'], { cwd: folder })
  execFileSync('gcc', ['-g', '-o', 'main', 'main.c', '-ldl'], { cwd: folder })
  const driven = stage.drive({ program: path.join(folder, 'main'), args: [path.join(folder, 'late.so')], cwd: folder })
  const changed = stage.dc.waitForEvent('breakpoint')
  const stopped = stage.dc.waitForEvent('stopped')
  const [placed] = await driven.start({}, { lines: { [late]: [{ line: 3 }] } })
  expect(placed).toMatchObject({ verified: false, message: expect.stringContaining('-g') })
  const { breakpoint } = (await changed).body as DebugProtocol.BreakpointEvent['body']
  expect(breakpoint).toMatchObject({ id: placed.id, verified: true, line: 3 })
  const { threadId = 0, hitBreakpointIds } = ((await stopped) as DebugProtocol.StoppedEvent).body
  expect(hitBreakpointIds).toEqual([placed.id])
  expect((await driven.frames(threadId)).slice(0, 2)).toMatchObject([
    { line: 3, source: { path: late } },
    { line: 5, source: { path: path.join(folder, 'main.c') } },
  ])
})
