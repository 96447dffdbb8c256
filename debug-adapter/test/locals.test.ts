/** The variables of a compiled program: beside its lines, in Watch, in conditions, in the functions that have called. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { expect, it } from 'vitest'
import { setStage } from './support/stage.ts'

const stage = setStage({ guests: false })

const SOURCE = `
#include <signal.h>
#include <stdio.h>
enum colour { RED, GREEN = 5 };
struct node { int value; struct node *next; unsigned low : 3, high : 5; double weights[2]; const char *name; };
static struct node second = { -8, 0, 1, 2, { 0.5, 1.5 }, "second" };
struct node first = { 7, &second, 5, 9, { 2.5, -1 }, "first" };
int table[3][2] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
__attribute__((noinline)) int look(struct node *at, enum colour colour, char letter)
{
    int sum = 0;
    for (int i = 0; i < at->value; i++) {
        char text[16];
        sprintf(text, "turn %d", i);
        sum += i + text[0]; /* here */
    }
    return sum + letter;
}
static void handler(int signo)
{
    look(&first, GREEN, signo);
}
int main(int argc, char **argv)
{
    long kept = 1L << 40;
    unsigned char small = 200;
    signal(SIGUSR1, handler);
    int got = look(&first, GREEN, 'a');
    raise(SIGUSR1);
    return got + small + kept + argc > 0;
}
`
const LINE = SOURCE.split('\n').findIndex(line => line.includes('/* here */')) + 1

function compiled(...flags: string[]) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-locals-'))
  const source = path.join(folder, 'a.c')
  writeFileSync(source, SOURCE)
  execFileSync('gcc', ['-g', ...flags, '-o', 'a.out', 'a.c'], { cwd: folder })
  return { source, driven: stage.drive({ program: path.join(folder, 'a.out'), cwd: '/tmp' }) }
}

const told = (all: readonly DebugProtocol.Variable[]) => all.map(({ name, value }) => `${name} = ${value}`)

async function partsOf(variable: DebugProtocol.Variable | undefined) {
  const variablesReference = variable?.variablesReference ?? 0
  return (await stage.dc.variablesRequest({ variablesReference })).body.variables
}

it.each(['-gdwarf-5', '-gdwarf-4'])('shows them, and what they lead to: %s', async flag => {
  const { source, driven } = compiled('-O0', flag)
  const at = { line: LINE, condition: 'i == 3' }
  const { threadId = 0 } = await driven.launch({}, { lines: { [source]: [at] } })
  const [frame, caller] = await driven.frames(threadId)
  const locals = await driven.locals(frame)
  expect(told(locals)).toEqual([
    expect.stringMatching(/^at = 0x\w+$/),
    'colour = GREEN',
    "letter = 97 'a'",
    expect.stringMatching(/^sum = \d+$/),
    'i = 3',
    'text = "turn 3"',
  ])
  const node = await partsOf(locals[0])
  expect(told(node)).toEqual([
    'value = 7',
    expect.stringMatching(/^next = 0x\w+$/),
    'low = 5',
    'high = 9',
    'weights = {2.5, -1}',
    expect.stringMatching(/^name = 0x\w+ "first"$/),
  ])
  expect(told(await partsOf(node[1]))).toContain('value = -8')
  expect(told(await partsOf(node[4]))).toEqual(['[0] = 2.5', '[1] = -1'])
  expect(node[1].evaluateName).toBe('at->next')
  const outer = told(await driven.locals(caller))
  expect(outer).toEqual(expect.arrayContaining(['argc = 1', 'kept = 1099511627776', 'small = 200']))
  expect(outer.find(each => each.startsWith('argv'))).toBeDefined()
})

it('evaluates what C writes, and globals by name', async () => {
  const { source, driven } = compiled('-O0')
  const { threadId = 0 } = await driven.launch({}, { lines: { [source]: [{ line: LINE, condition: 'i === 2' }] } })
  const ask = (expression: string) => driven.evaluate(expression, threadId, 'watch')
  expect(await ask('at->next->name')).toMatch(/"second"$/)
  expect(await ask('*at->next')).toMatch(
    /^\{value = -8, next = 0x0, low = 1, high = 2, weights = \{…\}, name = 0x\w+\}$/,
  )
  expect(await ask('table[1]')).toBe('{3, 4}')
  expect(await ask('first.weights[1]')).toBe('-1')
  expect(await ask('i + 40')).toBe('42')
  expect(await ask('first.weights[0] * 2')).toBe('5')
  await expect(ask('at->nothing')).rejects.toThrow('struct node has no member named nothing')
  await expect(ask('nothing->value')).rejects.toThrow('nothing is not known here')
  await expect(ask('nothing')).rejects.toThrow('nothing is not known here')
})

it('finds who has called through a signal, and the variables there', async () => {
  const { source, driven } = compiled('-O0')
  const { threadId = 0 } = await driven.launch(
    {},
    { lines: { [source]: [{ line: LINE, condition: 'letter === SIGUSR1' }] } },
  )
  const frames = await driven.frames(threadId)
  const names = frames.map(({ name }) => name.replace(/\+.*/, ''))
  expect(names.slice(0, 2)).toEqual(['look', 'handler'])
  expect(names).toContain('main')
  expect(told(await driven.locals(frames[names.indexOf('handler')]))).toEqual(['signo = 10'])
  expect(told(await driven.locals(frames[names.indexOf('main')]))).toContain('kept = 1099511627776')
})

it('says what the compiler has not kept', async () => {
  const { driven } = compiled('-O2')
  const { threadId = 0 } = await driven.launch({}, { functions: ['sprintf', '__sprintf_chk'] })
  const frames = await driven.frames(threadId)
  const look = frames.find(({ name }) => name.startsWith('look'))
  if (look === undefined) throw new Error('look is not among those that have called')
  const locals = told(await driven.locals(look))
  expect(locals.find(each => each.startsWith('text'))).toMatch(/^text = "/)
  expect(locals).toContain('colour = <optimised out>')
})
