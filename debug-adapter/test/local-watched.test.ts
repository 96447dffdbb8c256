/** A variable on the stack is watched until its function returns: what others put there later is not its business. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { expect, it } from 'vitest'
import { setStage } from './support/stage.ts'

const stage = setStage({ guests: false })

const SOURCE = `
#define APART __attribute__((noinline))
static volatile int sink;
APART static void through(int *count) { *count += 10; }
APART static int counted(int n)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        count++; /* here */
        through(&count);
    }
    return count;
}
APART static void another(int n)
{
    int many[32];
    for (int i = 0; i < 32; i++)
        many[i] = i + n;
    sink = many[n];
}
int main(void)
{
    sink = counted(2);
    another(3);
    return 0;
}
`
const LINE = SOURCE.split('\n').findIndex(line => line.includes('/* here */')) + 1

async function begun() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-local-'))
  const source = path.join(folder, 'a.c')
  writeFileSync(source, SOURCE)
  execFileSync('gcc', ['-g', '-O0', '-fno-stack-protector', '-o', 'a.out', 'a.c'], { cwd: folder })
  const driven = stage.drive({ program: path.join(folder, 'a.out'), cwd: '/tmp' })
  const { threadId = 0 } = await driven.launch({}, { lines: { [source]: [{ line: LINE }] } })
  await driven.breakAt(source)
  const [frame] = await driven.frames(threadId)
  /** Sets one breakpoint and tells what the program stops at until its end. */
  const stops = async (asked: DebugProtocol.DataBreakpointInfoArguments) => {
    const { body } = await stage.dc.customRequest('dataBreakpointInfo', { frameId: frame.id, ...asked })
    const { dataId } = body as { dataId: string }
    await stage.dc.customRequest('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] })
    const found: string[] = []
    const ended = stage.dc.waitForEvent('terminated')
    for (;;) {
      const stopped = stage.dc.waitForEvent('stopped')
      await driven.ask('continue', threadId)
      const event = await Promise.race([stopped, ended])
      if (event.event === 'terminated') return found
      found.push(String((event as DebugProtocol.StoppedEvent).body.text))
    }
  }
  return { stops, address: () => driven.evaluate('&count', threadId) }
}

const WHILE_IT_RUNS = [': 0 → 1', ': 1 → 11', ': 11 → 12', ': 12 → 22']

it('stops at each change of its own, through a pointer too, and at none of another function', async () => {
  const { stops } = await begun()
  expect(await stops({ name: 'count' })).toEqual(WHILE_IT_RUNS.map(change => `count${change}`))
})

it('goes on where an address was meant', async () => {
  const { stops, address } = await begun()
  const name = await address()
  const all = await stops({ name, asAddress: true, bytes: 4 })
  expect(all.slice(0, 4)).toEqual(WHILE_IT_RUNS.map(change => `${name}${change}`))
  expect(all.length).toBeGreaterThan(4)
})
