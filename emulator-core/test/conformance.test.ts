import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { differentTexts, firstDifferentName, parseLog, withoutLoaderMemory } from './support/call-sequence.ts'
import {
  BUILDS,
  type Build,
  buildGuests,
  COMPARABLE,
  expectedUnderNetbsd,
  GO_GUESTS,
  GUESTS,
  guestPath,
} from './support/guests.ts'
import {
  type Invocation,
  PERSONALITIES,
  runEmulated,
  runNatively,
  traceEmulated,
  traceNatively,
  withScratch,
} from './support/run.ts'

/** What some guests are given; the others get neither arguments nor input. */
const GIVEN: Readonly<Record<string, Omit<Invocation, 'program'>>> = {
  'echo-input': { args: ['one', 'two words'], input: 'some text\n'.repeat(10_000) },
}

/** Guests that wait for an event which NetBSD’s translation never delivers, for bytes that a call it lacks would have moved, or for the end of a table that it shares: there they would wait for ever, and rightly. */
const LINUX_ONLY = new Set(['epoll-exclusive', 'epoll-triggers', 'file-locks', 'splices', 'thread-shares'])

const invocation = (build: Build, name: string): Invocation => ({ program: guestPath(build, name), ...GIVEN[name] })

beforeAll(buildGuests, 300_000)

describe.each(BUILDS)('%s: output and exit status are Linux’s own', build => {
  it.concurrent.each(GUESTS)('%s', name =>
    withScratch(async scratch => {
      const native = await runNatively(invocation(build, name), scratch.fresh())
      const emulated = await runEmulated(invocation(build, name), scratch.fresh(), 'linux')
      expect(emulated).toEqual(native)
    }),
  )
})

describe.each(PERSONALITIES)('Go under %s', personality => {
  it.concurrent.each(GO_GUESTS)('%s', name =>
    withScratch(async scratch => {
      const program = guestPath('go', name)
      const native = await runNatively({ program }, scratch.fresh())
      expect(await runEmulated({ program }, scratch.fresh(), personality)).toEqual(native)
    }),
  )
})

/** Under NetBSD's answers a guest may print something else, but runs to its end, and ends as it does on Linux. */
describe('musl-static under netbsd-10', () => {
  it.concurrent.each(GUESTS.filter(name => !LINUX_ONLY.has(name)))('%s', name =>
    withScratch(async scratch => {
      const native = await runNatively(invocation('musl-static', name), scratch.fresh())
      const emulated = await runEmulated(invocation('musl-static', name), scratch.fresh(), 'netbsd-10')
      expect(emulated.status).toBe(native.status)
      expect(emulated.stdout).not.toBe('')
      const expected = expectedUnderNetbsd(name)
      if (expected !== undefined) expect(emulated.stdout).toBe(expected)
    }),
  )
})

describe.each(['musl-static', 'glibc-dynamic'] as const)('%s: the calls are those that strace sees', build => {
  it.concurrent.each(COMPARABLE)('%s', name =>
    withScratch(async scratch => {
      await traceNatively(invocation(build, name), scratch.fresh(), scratch.beside('native'))
      await traceEmulated(invocation(build, name), scratch.fresh(), scratch.beside('emulated'))
      const [native, emulated] = ['native', 'emulated'].map(log =>
        withoutLoaderMemory(parseLog(readFileSync(scratch.beside(log), 'latin1'))),
      )
      expect(firstDifferentName(native, emulated)?.message).toBeUndefined()
      expect(differentTexts(native, emulated)).toEqual([])
    }),
  )
})
