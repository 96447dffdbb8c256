/** The program's code, instruction by instruction: shown, stopped in, stepped through. */
import { execFileSync } from 'node:child_process'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { expect, it } from 'vitest'
import { guestPath } from '../../emulator-core/test/support/guests.ts'
import { setStage } from './support/stage.ts'

const stage = setStage()
const program = guestPath('debugged', 'tree')
const TREE = { program, args: ['line'], cwd: '/tmp' }

async function disassemble(args: DebugProtocol.DisassembleArguments) {
  const { body } = (await stage.dc.customRequest('disassemble', args)) as DebugProtocol.DisassembleResponse
  return body?.instructions ?? []
}

/** Stops in `inner`, which `outer` calls; gives where it is. */
async function inInner() {
  const driven = stage.drive(TREE)
  const { threadId = 0 } = await driven.launch({}, { functions: ['inner'] })
  const [frame, caller] = await driven.frames(threadId)
  return { driven, threadId, here: frame.instructionPointerReference ?? '', caller }
}

const step = (threadId: number, kind: 'next' | 'stepIn') =>
  stage.dc.customRequest(kind, { threadId, granularity: 'instruction' })

it('is what objdump says it is, in both directions from where the program stands', async () => {
  const { here } = await inInner()
  const all = await disassemble({ memoryReference: here, instructionOffset: -30, instructionCount: 80 })
  expect(all).toHaveLength(80)
  expect(all[30]).toMatchObject({ address: here, symbol: 'inner' })
  const text = execFileSync('objdump', ['-d', '--no-show-raw-insn', program], { encoding: 'utf8' })
  const [, entry = ''] = /^([0-9a-f]+) <inner>:$/m.exec(text) ?? []
  const bias = Number(here) - Number(`0x${entry}`)
  const known = new Map(
    [...text.matchAll(/^ *([0-9a-f]+):\t(\S+)/gm)].map(([, at, name]) => [Number(`0x${at}`) + bias, name]),
  )
  for (const { address, instruction } of all) {
    const [name] = instruction.split(' ')
    expect([address, known.get(Number(address))?.replace(/[lq]$/, '')]).toEqual([address, name.replace(/[lq]$/, '')])
  }
})

it('names the functions that are called, and the lines that it comes from', async () => {
  const { caller } = await inInner()
  const all = await disassemble({
    memoryReference: caller.instructionPointerReference ?? '',
    instructionOffset: -3,
    instructionCount: 6,
  })
  expect(all[2].instruction).toMatch(/^call 0x\w+ <inner>$/)
  expect(all.some(({ location, line }) => location?.path?.endsWith('tree.c') && line === caller.line)).toBe(true)
})

it('is as many instructions as are asked for where there is no code', async () => {
  await inInner()
  const all = await disassemble({ memoryReference: '0x0', instructionOffset: -2, instructionCount: 5 })
  expect(all).toHaveLength(5)
  expect(all.every(({ presentationHint }) => presentationHint === 'invalid')).toBe(true)
})

it('stops at a single instruction', async () => {
  const { driven, threadId, here } = await inInner()
  const [, , third] = await disassemble({ memoryReference: here, instructionCount: 3 })
  const breakpoints = [
    { instructionReference: here, offset: Number(third.address) - Number(here) },
    { instructionReference: '0x10' },
    { instructionReference: here, condition: '$rax +' },
  ]
  const { body } = await stage.dc.customRequest('setInstructionBreakpoints', { breakpoints })
  const [set, nowhere, wrong] = (body as DebugProtocol.SetInstructionBreakpointsResponse['body']).breakpoints
  expect(set).toMatchObject({ verified: true, instructionReference: third.address })
  expect(nowhere).toMatchObject({ verified: false, message: expect.stringContaining('no code') })
  expect(wrong).toMatchObject({ verified: false, message: expect.stringContaining('Unexpected') })
  const stop = await driven.step('continue', threadId)
  expect(stop).toMatchObject({ reason: 'instruction breakpoint', hitBreakpointIds: [set.id] })
  expect((await driven.frames(threadId))[0].instructionPointerReference).toBe(third.address)
})

it('is stepped through: into a function that is called, or over it', async () => {
  const { driven, threadId, caller } = await inInner()
  const place = async () => (await driven.frames(threadId))[0]
  await driven.step('stepOut', threadId)
  expect((await place()).instructionPointerReference).toBe(caller.instructionPointerReference)
  const [from] = await disassemble({
    memoryReference: caller.instructionPointerReference ?? '',
    instructionOffset: -1,
    instructionCount: 1,
  })
  await stage.dc.setFunctionBreakpointsRequest({ breakpoints: [] })
  // Once more, from before the call.
  await driven.evaluate(`$rip = ${from.address}`, threadId)
  await driven.stopAfter(step(threadId, 'next'))
  expect((await place()).instructionPointerReference).toBe(caller.instructionPointerReference)
  await driven.evaluate(`$rip = ${from.address}`, threadId)
  await driven.stopAfter(step(threadId, 'stepIn'))
  expect((await place()).name).toBe('inner')
})

it('shows the instruction that has raised a signal', async () => {
  const driven = stage.drive({ program: guestPath('debugged', 'faults'), args: ['segv'], cwd: '/tmp' })
  const { threadId = 0 } = await driven.launch({}, { filters: [{ filterId: 'fatalSignal' }] })
  const { body } = (await stage.dc.customRequest('exceptionInfo', { threadId })) as DebugProtocol.ExceptionInfoResponse
  expect(body.description).toMatch(/^SIGSEGV \(SEGV_MAPERR\) at 0x10: .*\n0x\w+ <store>: movl \$0x1,\(%rdi\)$/)
})
