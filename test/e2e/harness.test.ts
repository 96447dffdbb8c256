import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFixture } from './harness/package-fixture.ts'
import { VsCode } from './harness/vscode.ts'

/** The harness itself, on an extension that has one of everything; among it that a broken view does not pass unseen. */
describe('the harness', () => {
  let folder: string
  let vscode: VsCode

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-toy-'))
    const workspace = path.join(folder, 'workspace')
    mkdirSync(path.join(workspace, '.vscode'), { recursive: true })
    const configurations = [{ type: 'toy', request: 'launch', name: 'Run the toy' }]
    writeFileSync(path.join(workspace, '.vscode', 'launch.json'), JSON.stringify({ version: '0.2.0', configurations }))
    writeFileSync(path.join(workspace, 'hello.txt'), 'hello\n')
    vscode = await VsCode.open({ workspace, extensions: [packageFixture('toy-extension', folder)] })
    await vscode.statusBarItem('toy ready')
  })

  afterAll(async () => {
    await vscode?.close({ allowScriptErrors: true })
    rmSync(folder, { recursive: true, force: true })
  })

  it('opens a file', async () => {
    await vscode.openFile('hello.txt')
  })

  it('drives the debugger and reads its views', async () => {
    await vscode.debug.start()
    expect(await vscode.debug.stoppedIn('toy_frame')).toContainEqual(expect.stringContaining('toy_frame'))
    await vscode.debug.expand('Toys')
    expect(await vscode.debug.variable('steps')).toContainEqual(expect.stringMatching(/steps.*0/))
    await vscode.page.keyboard.press('F10')
    expect(await vscode.debug.variable(/steps.*1/)).toContainEqual(expect.stringMatching(/steps.*1/))
    await vscode.debug.stop()
  })

  it('finds the page inside a webview, in both themes', async () => {
    await vscode.palette.run('Toy: Show View')
    const view = await vscode.webview('#greeting')
    await view.getByText('drawn by the toy').waitFor()
    await vscode.screenshot('toy-dark')
    await vscode.useTheme('light')
    await vscode.page.locator('.monaco-workbench.vs').waitFor()
    await vscode.screenshot('toy-light')
    expect(vscode.scriptErrors()).toEqual([])
  })

  it('does not let a broken view pass', async () => {
    await vscode.palette.run('Toy: Show Broken View')
    await expect.poll(() => vscode.scriptErrors(), { timeout: 20_000 }).toEqual([expect.stringMatching(/null/)])
  })
})
