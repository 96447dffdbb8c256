/** The program's own sources: frames lead to them, and breakpoints can be set in them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { describe, expect, it } from 'vitest'
import type { Driven, Step } from './support/driven.ts'
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

const STEPPED = `#include <stdlib.h>
#include <sys/epoll.h>
static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}
__attribute__((noinline)) static int sum(int n)
{
    int all = 0;
    for (int i = 0; i < n; i++)
        all += i;
    return all;
}
int main(void)
{
    int v[2] = {2, 1};
    int all = sum(100000);
    qsort(v, 2, sizeof v[0], compare);
    all += epoll_create1(0);
    return all == 0;
}
`

describe('from line to line', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-stepped-'))
  const source = path.join(folder, 'stepped.c')
  const program = { program: path.join(folder, 'stepped'), cwd: folder }
  writeFileSync(source, STEPPED)
  execFileSync('gcc', ['-g', '-o', 'stepped', 'stepped.c'], { cwd: folder })

  /** Does a step; the line of the program, or the function of the kernel, that it leads to. */
  async function to(driven: Driven, threadId: number, step: Step): Promise<string> {
    const { reason } = await driven.step(step, threadId)
    expect(reason).toBe('step')
    const [frame] = await driven.frames(threadId)
    return frame.source?.path === source ? `${frame.name.replace(/\+.*/, '')}:${frame.line}` : frame.name
  }

  it('goes over calls, into functions, and out of them', async () => {
    const driven = stage.drive(program)
    const { threadId = 0 } = await driven.launch({}, { functions: ['main'] })
    const steps: [Step, string][] = [
      ['next', 'main:16'],
      ['next', 'main:17'],
      ['stepIn', 'sum:9'],
      ['next', 'sum:10'],
      ['next', 'sum:11'],
      ['stepOut', 'main:17'],
      ['next', 'main:18'],
      ['next', 'main:19'],
    ]
    const seen: string[] = []
    for (const [step, expected] of steps) {
      seen.push(await to(driven, threadId, step))
      expect(seen.at(-1), seen.join(' ')).toBe(expected)
    }
    // The line makes a call: its translation is what it leads into; and back.
    expect(await to(driven, threadId, 'stepIn')).toBe('linux_sys_epoll_create1')
    expect(await to(driven, threadId, 'stepOut')).toMatch(/^epoll_create1/)
    expect(await to(driven, threadId, 'next')).toBe('main:19')
    expect(await to(driven, threadId, 'next')).toBe('main:20')
    await Promise.all([stage.dc.waitForEvent('terminated'), driven.ask('continue', threadId)])
  })

  it('comes back through a library that has no lines, and stops at breakpoints on the way', async () => {
    const driven = stage.drive(program)
    const { threadId = 0 } = await driven.launch({}, { lines: { [source]: [{ line: 18 }, { line: 5 }] } })
    const stop = await driven.step('next', threadId)
    expect(stop.reason).toBe('breakpoint')
    expect((await driven.frames(threadId))[0]).toMatchObject({ line: 5 })
    await to(driven, threadId, 'next')
    expect(await to(driven, threadId, 'next')).toMatch(/^main:1[89]$/)
  })
})
