import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('../../test-workspace', import.meta.url))

/** What the views say is compared with what the program did: the text is read from the page. */
describe('the views', () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.open({ workspace: WORKSPACE })
    await vscode.statusBarItem('Interlinear')
    await vscode.debug.show()
  })
  afterAll(async () => {
    await vscode?.close()
  })

  const shows = (view: 'calls' | 'epoll' | 'inotify' | 'timeline', text: string | RegExp) =>
    expect.poll(() => vscode.viewText(view), { timeout: 30_000 }).toMatch(text)

  it('draw who waits for what, while the program is held', async () => {
    // Nothing is closed before the first client hangs up: all conversations are open then.
    await vscode.debug.breakOnCall('close')
    await vscode.debug.pick('Epoll echo: watch an event loop')
    await vscode.debug.stoppedIn('sys_close')
    await vscode.debug.stoppedIn(/^main/)
    await vscode.enlargePanel(250)
    await shows('epoll', /1 instance\b/)
    await shows('epoll', /7 interests/)
    await shows('epoll', /READ/)
    await shows('epoll', /timerfd/)
  })

  it('list the calls, with the native line under each', async () => {
    await shows('calls', /epoll_(wait|pwait|ctl)\(/)
    await shows('calls', /kevent/)
    await vscode.foldView('Inotify Queue')
    await vscode.screenshotInBothThemes('views-epoll')
    await vscode.foldView('Inotify Queue')
  })

  it('go on with the program to its end', async () => {
    await vscode.debug.toggleBreakpoint('syscall:close')
    await vscode.debug.continue()
    await vscode.debug.ended()
    await shows('calls', /exit_group\(0\)/)
    await shows('epoll', /closed/)
  })

  it('hold the same after they were hidden and shown again', async () => {
    await vscode.palette.run('View: Toggle Panel Visibility')
    await vscode.palette.run('Interlinear: Open Views')
    await shows('calls', /exit_group\(0\)/)
    await shows('epoll', /READ/)
  })

  it('show the queue of file events, as Linux has it', async () => {
    await vscode.debug.pick('File watcher, as Linux runs it')
    await vscode.debug.ended()
    await vscode.palette.run('Interlinear: Open Views')
    await shows('inotify', /IN_CREATE/)
    await shows('inotify', /draft/)
    await shows('inotify', /IN_MOVED_FROM/)
    await vscode.foldView('Epoll / Kqueue')
    await vscode.screenshotInBothThemes('views-inotify-linux')
  })

  it('and as NetBSD has it', async () => {
    await vscode.debug.pick('File watcher, as NetBSD runs it')
    await vscode.debug.ended()
    await vscode.palette.run('Interlinear: Open Views')
    await shows('inotify', /IN_CREATE/)
    await vscode.screenshotInBothThemes('views-inotify-netbsd')
    expect(vscode.scriptErrors()).toEqual([])
  })

  it('draw what each thread did when, and tell it as a table', async () => {
    await vscode.palette.run('Interlinear Timeline: Focus on Threads View')
    await shows('timeline', /1 thread · \d+ calls/)
    await vscode.screenshotInBothThemes('views-timeline')
    const page = await vscode.webview('body[data-view="timeline"]')
    await page.getByRole('button', { name: 'Table' }).click()
    await shows('timeline', /inotify_add_watch/)
    await shows('timeline', /exits with 0/)
    expect(vscode.scriptErrors()).toEqual([])
  })
})
