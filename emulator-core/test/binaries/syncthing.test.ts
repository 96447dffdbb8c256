/** Syncthing 1.19.2: a folder kept in step, in both directions. */
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFailed } from 'vitest'
import { type Personality, withScratch } from '../support/run.ts'
import { contents, type Pair, type Peer, startPair, untilContents, warnings } from './syncthing-pair.ts'

/** NetBSD has no ioprio_set, with which Syncthing makes way for others. */
const EXPECTED: Readonly<Record<Personality, readonly string[]>> = {
  linux: [],
  'netbsd-10': ['Failed to lower process priority: set I/O priority: function not implemented'],
}

const MANY = 2000
const LARGE = 50_000_000

/** What happens to the folder, one after the other. */
const CHANGES: readonly (readonly [what: string, change: (at: (name: string) => string) => void])[] = [
  [
    'files are made',
    at => {
      mkdirSync(at('below/further'), { recursive: true })
      writeFileSync(at('a file'), 'some text\n')
      writeFileSync(at('below/further/ü'), 'further below\n')
      writeFileSync(at('empty'), '')
      writeFileSync(at('blocks'), Buffer.alloc(300_000, 'block'))
    },
  ],
  [
    'files are changed',
    at => {
      appendFileSync(at('a file'), 'and more\n')
      writeFileSync(at('blocks'), Buffer.alloc(300_000, 'blocks'))
    },
  ],
  [
    'a file and a folder are renamed',
    at => {
      renameSync(at('a file'), at('another name'))
      renameSync(at('below/further'), at('beside'))
    },
  ],
  [
    'files and folders are deleted',
    at => {
      rmSync(at('empty'))
      rmSync(at('beside'), { recursive: true })
    },
  ],
  [
    `${MANY} files`,
    at => {
      mkdirSync(at('many'))
      for (let i = 0; i < MANY; i++) writeFileSync(at(`many/${i}`), `file ${i}\n`)
    },
  ],
  [`a file of ${LARGE} bytes`, at => writeFileSync(at('large'), randomBytes(LARGE))],
  [
    'all is deleted',
    at => {
      for (const name of ['many', 'below', 'blocks', 'another name', 'large']) rmSync(at(name), { recursive: true })
    },
  ],
]

async function connected(pair: Pair): Promise<void> {
  onTestFailed(() => {
    for (const { name, running } of [pair.emulated, pair.native]) console.log(`${name} said\n${running.soFar()}`)
  })
  for (const { running } of [pair.emulated, pair.native]) await running.says('Established secure connection')
  await pair.emulated.running.says('Completed initial scan')
}

/** Changes one's folder and waits until the other's is the same. */
async function inStep(from: Peer, to: Peer, changes: typeof CHANGES): Promise<void> {
  for (const [, change] of changes) {
    change(name => path.join(from.folder, name))
    await from.scan()
    await untilContents(to.folder, contents(from.folder))
  }
}

async function end({ emulated, native }: Pair): Promise<void> {
  for (const { running } of [emulated, native]) running.kill('SIGTERM')
  for (const { running } of [emulated, native]) expect(await running.ended).toMatchObject({ status: 0, stderr: '' })
}

it('under netbsd-10 whatever happens on one side happens on the other', () =>
  withScratch(async scratch => {
    const pair = await startPair(scratch, 'netbsd-10')
    await connected(pair)
    await inStep(pair.native, pair.emulated, CHANGES)
    await inStep(pair.emulated, pair.native, CHANGES)
    expect(warnings(pair.emulated).sort()).toEqual([...EXPECTED['netbsd-10'], ...warnings(pair.native)].sort())
    await end(pair)
  }))

it('under linux it warns of nothing', () =>
  withScratch(async scratch => {
    const pair = await startPair(scratch, 'linux')
    await connected(pair)
    await inStep(pair.native, pair.emulated, CHANGES.slice(0, 4))
    await inStep(pair.emulated, pair.native, CHANGES.slice(0, 4))
    expect(warnings(pair.emulated).sort()).toEqual([...EXPECTED.linux, ...warnings(pair.native)].sort())
    await end(pair)
  }))
