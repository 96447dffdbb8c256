import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

/** The VSIX in a VS Code that knows nothing of this checkout, and a folder with nothing in it. */
describe('the extension by itself', () => {
  let empty: string
  let vscode: VsCode

  beforeAll(async () => {
    empty = mkdtempSync(path.join(os.tmpdir(), 'interlinear-empty-'))
    vscode = await VsCode.open({ workspace: empty })
    await vscode.statusBarItem('Interlinear')
  })
  afterAll(async () => {
    await vscode?.close()
    rmSync(empty, { recursive: true, force: true })
  })

  it('says in its views what to do first', async () => {
    await vscode.palette.run('Interlinear: Open Views')
    for (const view of ['calls', 'epoll', 'inotify'] as const) {
      await expect.poll(() => vscode.viewText(view), { timeout: 20_000 }).toMatch(/F5|Create/)
    }
    await vscode.screenshot('views-empty-dark')
  })

  it('creates an example that runs', async () => {
    await vscode.palette.run('Interlinear: Create Example')
    await vscode.page.locator('.tab', { hasText: 'epoll-echo.c' }).waitFor()
    await expect.poll(() => existsSync(path.join(vscode.workspace, '.vscode', 'launch.json'))).toBe(true)
    expect(readdirSync(path.join(vscode.workspace, 'interlinear-example')).sort()).toEqual([
      'epoll-echo',
      'epoll-echo.c',
    ])
    await vscode.debug.start()
    await vscode.debug.ended()
    expect(await vscode.debug.console()).toContain('all conversations are over')
    await vscode.palette.run('Interlinear: Open Views')
    await expect.poll(() => vscode.viewText('calls'), { timeout: 20_000 }).toContain('exit_group')
  })

  it('leads on from a view that has nothing to show to an example that has', async () => {
    const inotify = await vscode.view('inotify')
    await inotify.getByRole('button', { name: 'Create the example file-watcher' }).click()
    await vscode.page.locator('.tab', { hasText: 'file-watcher.c' }).waitFor()
    await vscode.page.locator('.notification-list-item', { hasText: 'file watcher' }).getByText('Run It').click()
    await vscode.shows('inotify', /\d queued/)
    await vscode.debug.ended()
    await vscode.screenshot('views-example-inotify-dark')
  })

  it('outlives a reload of the window, and runs again', async () => {
    await vscode.reload()
    await vscode.statusBarItem('Interlinear')
    await vscode.palette.run('Interlinear: Open Views')
    await expect.poll(() => vscode.viewText('calls'), { timeout: 20_000 }).toMatch(/F5|Create/)
    await vscode.debug.start()
    await vscode.debug.ended()
    await expect.poll(() => vscode.viewText('calls'), { timeout: 20_000 }).toContain('exit_group')
    expect(vscode.scriptErrors()).toEqual([])
  })
})
