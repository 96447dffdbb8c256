/** What stops a program besides places, with conditions, on a dynamic program of glibc. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { describe, expect, it } from 'vitest'
import { guestPath } from '../../emulator-core/test/support/guests.ts'
import { setStage } from './support/stage.ts'

const stage = setStage()
const drive = () => stage.drive({ program: guestPath('debugged', 'tree'), args: ['line'], cwd: '/tmp' })

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
  const driven = drive()
  const started = driven.start({}, { filters: [{ filterId, condition }] })
  if (text === undefined) {
    await Promise.all([stage.dc.waitForEvent('exited'), started])
    return
  }
  const stop = await driven.stopAfter(started)
  expect(stop.reason).toBe('exception')
  expect(stop.text).toMatch(text)
})

it.each([
  ['once, by itself', undefined, ['io_uring_setup']],
  ['each time, when it is named', 'io_uring_setup', ['io_uring_setup', 'io_uring_setup', 'io_uring_setup']],
])('stops at a call that is not there %s', async (_, condition, wanted) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-lacking-'))
  const source =
    '#include <sys/syscall.h>\n#include <unistd.h>\nint main(void)\n{\n    for (int i = 0; i < 3; i++)\n        syscall(SYS_io_uring_setup, 1, 0);\n    return 0;\n}\n'
  writeFileSync(path.join(folder, 'lacking.c'), source)
  execFileSync('gcc', ['-o', 'lacking', 'lacking.c'], { cwd: folder })
  const driven = stage.drive({ program: path.join(folder, 'lacking'), cwd: folder })
  const told: string[] = []
  const exited = stage.dc.waitForEvent('exited')
  stage.dc.on('stopped', ({ body }: DebugProtocol.StoppedEvent) => {
    told.push((body.text ?? '').replace(/ .*/, ''))
    void driven.ask('continue', body.threadId ?? 0)
  })
  await driven.start({}, { filters: [{ filterId: 'unimplementedCall', condition }] })
  await exited
  expect(told).toEqual(wanted)
})

it('stops where the translation meets a divergence, and goes on stepping from there', async () => {
  const driven = drive()
  const stop = await driven.launch({}, { filters: [{ filterId: 'divergence', condition: 'mmap.*' }] })
  const { threadId = 0 } = stop
  expect(stop).toMatchObject({ text: 'mmap.grows-down', description: 'Paused: mmap.grows-down' })
  const [frame, ...outer] = await driven.frames(threadId)
  expect(driven.fileOf(frame)).toBe('memory.ts')
  expect((await driven.locals(frame)).map(({ name }) => name)).toContain('flags')
  const { body } = await stage.dc.customRequest('exceptionInfo', { threadId })
  expect(body.description).toMatch(/^mmap\.grows-down: .*\nLinux: .*\nNetBSD: /)
  // Once, not again at the end of the call.
  const out = await driven.step('stepOut', threadId)
  expect(out).toMatchObject({ reason: 'step', threadId })
  expect((await driven.frames(threadId))[0].name).not.toBe(frame.name)
  expect(outer.length).toBeGreaterThan(0)
})

it('says which names of a condition are no calls', async () => {
  await drive().launch({ stopOnEntry: true })
  const { body } = await stage.dc.setExceptionBreakpointsRequest({
    filters: [],
    filterOptions: [{ filterId: 'everyCall', condition: 'opne' }],
  })
  expect(body?.breakpoints).toMatchObject([{ verified: false, message: 'Linux has no system call named "opne".' }])
})

describe('a fatal signal', () => {
  const FAULTS = { program: guestPath('debugged', 'faults'), cwd: '/tmp' }
  const FATAL = { filters: [{ filterId: 'fatalSignal' }] }

  it.each([
    ['segv', 'SIGSEGV', 'SEGV_MAPERR', 'SIGSEGV (SEGV_MAPERR) at 0x10', 'store', 139],
    ['noncanonical', 'SIGSEGV', 'SI_KERNEL', 'SIGSEGV (SI_KERNEL)', 'store', 139],
    ['bus', 'SIGBUS', 'BUS_ADRERR', /^SIGBUS \(BUS_ADRERR\) at 0x7f\w+000$/, 'store', 135],
    ['fpe', 'SIGFPE', 'FPE_INTDIV', /^SIGFPE \(FPE_INTDIV\) at 0x\w+$/, 'divide', 136],
    ['ill', 'SIGILL', 'ILL_ILLOPN', /^SIGILL \(ILL_ILLOPN\) at 0x\w+$/, 'main', 132],
    ['trap', 'SIGTRAP', 'SI_KERNEL', 'SIGTRAP (SI_KERNEL)', 'main', 133],
    ['abort', 'SIGABRT', 'SI_TKILL', /^SIGABRT \(SI_TKILL\) from process \d+$/, 'abort', 134],
  ])('stops where it comes from: %s', async (what, signal, code, text, fn, status) => {
    const driven = stage.drive({ ...FAULTS, args: [what] })
    const { threadId = 0, ...stop } = await driven.launch({}, FATAL)
    expect(stop).toMatchObject({
      reason: 'exception',
      text: typeof text === 'string' ? text : expect.stringMatching(text),
    })
    expect((await driven.frames(threadId)).map(({ name }) => name.replace(/\+.*/, ''))).toContain(fn)
    const { body } = (await stage.dc.customRequest('exceptionInfo', {
      threadId,
    })) as DebugProtocol.ExceptionInfoResponse
    expect(body).toMatchObject({ exceptionId: signal, breakMode: 'unhandled', details: { typeName: code } })
    // It goes on to its end, and stops there no second time.
    const [exited] = await Promise.all([stage.dc.waitForEvent('exited'), driven.ask('continue', threadId)])
    expect((exited as DebugProtocol.ExitedEvent).body.exitCode).toBe(status)
  })

  it.each(['handled', 'terminated'])(
    'that does not end the program, or that is not meant, does not stop it: %s',
    async what => {
      const driven = stage.drive({ ...FAULTS, args: [what] })
      let stops = 0
      stage.dc.on('stopped', () => stops++)
      await Promise.all([stage.dc.waitForEvent('exited'), driven.start({}, FATAL)])
      expect(stops).toBe(0)
    },
  )

  it('of any kind stops if that is asked for', async () => {
    const driven = stage.drive({ ...FAULTS, args: ['terminated'] })
    const stop = await driven.launch({}, { filters: [{ filterId: 'fatalSignal', condition: '*' }] })
    expect(stop.text).toMatch(/^SIGTERM \(SI_TKILL\) from process \d+$/)
  })

  it('stops by default', async () => {
    const { body } = await stage.dc.initializeRequest()
    const filters = body?.exceptionBreakpointFilters ?? []
    expect(filters.filter(each => each.default).map(({ filter }) => filter)).toEqual([
      'unimplementedCall',
      'fatalSignal',
    ])
  })
})
