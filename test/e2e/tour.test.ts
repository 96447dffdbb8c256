import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('../../test-workspace', import.meta.url))

/** The main line of test-workspace/README.md, as a new user goes along it. What is said there is read on the screen here. */
describe('the tour', () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.openForDebugging({ workspace: WORKSPACE })
  })
  afterAll(async () => {
    await vscode?.close()
  })

  const shows: VsCode['shows'] = (view, text) => vscode.shows(view, text)
  const tab = (name: string) => vscode.page.locator('.tab', { hasText: name }).first()

  it('1.1 runs an event loop to its end, without a stop', async () => {
    await vscode.debug.pick('Epoll echo: watch an event loop')
    await vscode.debug.ended()
    expect(await vscode.debug.console()).toContain('all conversations are over')
    await vscode.screenshot('tour-1-1-dark')
  })

  it('1.2 shows each call, and what it became', async () => {
    await vscode.page
      .locator('.statusbar-item', { hasText: /^\s*Interlinear$/ })
      .first()
      .click()
    await vscode.enlargePanel(250)
    await vscode.foldView('Inotify Queue')
    await shows('calls', /epoll_ctl\(/)
    await shows('calls', /__kevent100/)
    const calls = await vscode.view('calls')
    await calls.locator('[role="row"]', { hasText: 'epoll_ctl(3, EPOLL_CTL_DEL' }).last().click()
    await shows('calls', /Arguments[\s\S]*EPOLL_CTL_DEL/i)
    await vscode.screenshot('tour-1-2-dark')
  })

  it('1.3 leads from a divergence to its page', async () => {
    const calls = await vscode.view('calls')
    await calls.locator('[data-divergence="epoll.hangup"]').last().click()
    await tab('divergences.md').waitFor()
    await vscode.screenshot('tour-1-3-dark')
    await vscode.palette.run('View: Close All Editors')
  })

  it('1.4 goes back in time in the graph', async () => {
    const epoll = await vscode.view('epoll')
    const slider = await epoll.getByRole('slider').boundingBox()
    if (slider === null) throw new Error('the graph has no slider')
    const y = slider.y + slider.height / 2
    await vscode.page.mouse.click(slider.x + slider.width / 2, y)
    await shows('epoll', /7 interests/)
    await vscode.screenshot('tour-1-4-dark')
  })

  it('2.1 stops where NetBSD differs, in the translation', async () => {
    const { debug, page } = vscode
    await debug.show()
    await page.locator('.debug-breakpoints .monaco-list-row', { hasText: 'Divergences' }).getByRole('checkbox').click()
    await debug.pick('Epoll echo: watch an event loop')
    await debug.innermost(/^epoll_wait_common\s*epoll\.ts/)
    await debug.variable(/^waitUnderMask returns/)
    await vscode.screenshot('tour-2-1-dark')
    await page.locator('.debug-breakpoints .monaco-list-row', { hasText: 'Divergences' }).getByRole('checkbox').click()
    await debug.stop()
  })

  it('2.2 stops before a call, and steps into it', async () => {
    const { debug, page } = vscode
    await debug.breakOnCall('epoll_ctl')
    await debug.pick('Epoll echo: watch an event loop')
    await debug.stoppedIn('linux_sys_epoll_ctl')
    await vscode.screenshot('tour-2-2-dark')
    await page.locator('.debug-call-stack .monaco-list-row', { hasText: 'linux_sys_epoll_ctl' }).first().click()
    await debug.stepInto()
    await debug.innermost(/^linux_sys_epoll_ctl\s*epoll\.ts/)
    await debug.stepIntoUntil(/^epoll_ctl_common/)
    expect(await debug.variable(/^event/)).toContainEqual(expect.stringContaining('EPOLLIN|EPOLLRDHUP'))
    await vscode.screenshot('tour-2-3-dark')
    await debug.toggleBreakpoint('syscall:epoll_ctl')
    await debug.continue()
    await debug.ended()
  })

  it('3 compares a file watcher on both systems', async () => {
    await vscode.debug.pick('File watcher, as Linux runs it')
    await vscode.debug.ended()
    expect(await vscode.debug.console()).toContain('MOVED_FROM')
    await vscode.debug.pick('File watcher, as NetBSD runs it')
    await vscode.debug.ended()
    await vscode.palette.run('Interlinear: Open Views')
    const header = vscode.page.locator('.part.panel .pane-header', { hasText: 'Inotify Queue' }).first()
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click()
    await vscode.foldView('Epoll / Kqueue')
    await shows('inotify', /inotify \d/)
    await vscode.screenshot('tour-3-dark')
    expect(vscode.scriptErrors()).toEqual([])
  })
})
