/** What stops a program besides places, with conditions, on a dynamic program of glibc. */
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildGuests, guestPath } from '../../emulator-core/test/support/guests.ts'
import { type Adapter, bundleSteppingWorker, startAdapter } from './support/adapter.ts'
import { Driven } from './support/driven.ts'

let files: Awaited<ReturnType<typeof bundleSteppingWorker>>
let adapter: Adapter
let driven: Driven

beforeAll(async () => {
  buildGuests()
  files = await bundleSteppingWorker()
})
beforeEach(async () => {
  adapter = await startAdapter(undefined, files)
  driven = new Driven(adapter.client, { program: guestPath('debugged', 'tree'), args: ['line'], cwd: '/tmp' })
})
afterEach(() => adapter.stop())

it.each([
  // rseq and clone3 come before it.
  ['unimplementedCall', undefined, 'io_uring_setup is not implemented'],
  ['unimplementedCall', 'rseq', 'rseq is not implemented'],
  ['unimplementedCall', 'clone*', 'clone3 is not implemented'],
  ['failingCall', 'openat ENOTDIR, !ENOENT', undefined],
  ['failingCall', 'io_uring_setup', 'io_uring_setup failed: ENOSYS'],
  ['everyCall', 'getuid', 'getuid'],
  ['signal', '!SIGUSR2', 'SIGUSR1'],
  ['signal', 'SIGCHLD', undefined],
  ['divergence', 'mmap.*', 'mmap.grows-down'],
  ['nativeOperation', 'create*', /calls createPipe$/],
])('%s, with the condition %s', async (filterId, condition, text) => {
  const started = driven.start({}, { filters: [{ filterId, condition }] })
  if (text === undefined) {
    await Promise.all([adapter.client.waitForEvent('exited'), started])
    return
  }
  const stop = await driven.stopAfter(started)
  expect(stop.reason).toBe('exception')
  expect(stop.text).toMatch(text)
})

it('stops where the translation meets a divergence, and goes on stepping from there', async () => {
  const stop = await driven.launch({}, { filters: [{ filterId: 'divergence', condition: 'mmap.*' }] })
  const { threadId = 0 } = stop
  expect(stop).toMatchObject({ text: 'mmap.grows-down', description: 'Paused: mmap.grows-down' })
  const [frame, ...outer] = await driven.frames(threadId)
  expect(driven.fileOf(frame)).toBe('memory.ts')
  expect((await driven.locals(frame)).map(({ name }) => name)).toContain('flags')
  const { body } = await adapter.client.customRequest('exceptionInfo', { threadId })
  expect(body.description).toMatch(/^mmap\.grows-down: .*\nLinux: .*\nNetBSD: /)
  // Once, not again at the end of the call.
  const out = await driven.step('stepOut', threadId)
  expect(out).toMatchObject({ reason: 'step', threadId })
  expect((await driven.frames(threadId))[0].name).not.toBe(frame.name)
  expect(outer.length).toBeGreaterThan(0)
})

it('says which names of a condition are no calls', async () => {
  await driven.launch({ stopOnEntry: true })
  const { body } = await adapter.client.setExceptionBreakpointsRequest({
    filters: [],
    filterOptions: [{ filterId: 'everyCall', condition: 'opne' }],
  })
  expect(body?.breakpoints).toMatchObject([{ verified: false, message: 'Linux has no system call named "opne".' }])
})
