import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('fixtures/own-program', import.meta.url))
const SOURCE = readFileSync(`${WORKSPACE}/list.c`, 'utf8').split('\n')
/** From 1. */
const lineWith = (text: string): number => SOURCE.findIndex(line => line.includes(text)) + 1

/** A program of the user's own, compiled with -g: its variables, its memory, its instructions, its fault. */
describe("a program of one's own", () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.openForDebugging({ workspace: WORKSPACE })
    execFileSync('gcc', ['-g', '-O0', '-o', 'list', 'list.c'], { cwd: vscode.workspace })
  })
  afterAll(async () => {
    await vscode?.close()
  })

  it('leads to the translation of a call before anything has run', async () => {
    const { palette, debug } = vscode
    await palette.ask('Interlinear: Open Translation Source', 'which system call', 'epoll_ctl')
    await vscode.screenshot('own-translations-dark')
    await vscode.page.keyboard.press('Enter')
    await debug.editorLine(/function\*?\slinux_sys_epoll_ctl\b/)
    await palette.run('View: Close All Editors')
  })

  it('shows its variables, and what they lead to', async () => {
    const { debug, palette } = vscode
    await palette.run('View: Show Explorer')
    await vscode.openFile('list.c')
    await vscode.breakAtLine(lineWith('sum += at->count'))
    await debug.show()
    await debug.pick('The list')
    await debug.innermost(/^add/)
    await debug.expand('Locals')
    await debug.expand(/^at/)
    expect(await debug.variable('"amaranth"')).toContainEqual(expect.stringMatching(/^factor\s*=\s*2$/))
    expect(await debug.watch('at->next->name')).toContain('"barley"')
    expect(await debug.watch('arrived')).toMatch(/=\s*0$/)
    expect(await debug.hover(/at\s=\sat->next/, 'at')).toMatch(/0x\w+/)
    await vscode.screenshot('own-variables-dark')
    await debug.lookAt(/^forgetful/)
    expect(await debug.variable('once')).toContainEqual(expect.stringContaining('<optimised out>'))
    await vscode.screenshot('own-optimised-dark')
    await debug.lookAt(/^add/)
    await debug.variable('"amaranth"')
  })

  it('stops where a variable changes', async () => {
    const { debug } = vscode
    await debug.variableMenu(/^sum/, 'Break on Value Change')
    await debug.listed('sum (4 bytes at')
    await debug.goOn()
    await debug.says('sum: 0 → 6')
    await vscode.screenshot('own-change-dark')
  })

  it('shows its instructions, stops at one and goes on by one', async () => {
    const { debug, page } = vscode
    await debug.frameMenu(/^add/, 'Open Disassembly View')
    await debug.atInstruction('at = at->next')
    await debug.breakAtInstruction('jne')
    await debug.goOn()
    await debug.atInstruction('jne')
    await debug.says('instruction breakpoint')
    await vscode.screenshot('own-instructions-dark')
    await page.keyboard.press('F11')
    await debug.atInstruction('sum += at->count')
    await debug.says('Paused on breakpoint')
    await vscode.screenshot('own-instruction-step-dark')
    await debug.goOn()
    await debug.says('sum: 6 → 16')
    await debug.goOn()
    await debug.says('instruction breakpoint')
  })

  it('stops where the kernel writes, and no more where the variable of a function was that has returned', async () => {
    const { debug, page } = vscode
    await page.locator('.tab', { hasText: 'list.c' }).click()
    await vscode.breakAtLine(lineWith('write(ends[1]'))
    await debug.goOn()
    // What was watched was add's.
    await debug.innermost(new RegExp(`^receive\\S*\\s*list\\.c\\s*${lineWith('write(ends[1]')}:`))
    await debug.expand(/^where/)
    await debug.variableMenu(/^\*where/, 'Break on Value Change')
    await debug.listed('*where (4 bytes at')
    await debug.goOn()
    await debug.says('*where: 0 → 1990, by the call read')
    await vscode.screenshot('own-kernel-dark')
  })

  it('stops at its fault', async () => {
    const { debug } = vscode
    await debug.goOn()
    await debug.innermost(/^main/)
    expect(await debug.exception()).toMatch(/SIGSEGV[\s\S]*SEGV_MAPERR[\s\S]*at 0x8\b/)
    await vscode.screenshot('own-fault-dark')
  })

  it('leads from a call to its translation', async () => {
    await vscode.shows('calls', /read\(3/)
    const calls = await vscode.view('calls')
    await calls.locator('[role="row"]', { hasText: 'pipe2(' }).last().click()
    await calls.getByRole('button', { name: 'Source' }).click()
    await vscode.debug.editorLine(/linux_sys_pipe2/)
    await vscode.screenshot('own-source-dark')
    expect(vscode.scriptErrors()).toEqual([])
  })
})
