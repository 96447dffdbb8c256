import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('../../test-workspace', import.meta.url))

/** What the views say is compared with what the program did: the text is read from the page. */
describe('the views', () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.openForDebugging({ workspace: WORKSPACE })
  })
  afterAll(async () => {
    await vscode?.close()
  })

  const shows: VsCode['shows'] = (view, text) => vscode.shows(view, text)

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
    // Side by side: what has no room in the bar is behind a button, one line stays one line.
    const calls = await vscode.view('calls')
    expect((await calls.locator('.bar').boundingBox())?.height).toBeLessThan(40)
    await calls.getByRole('button', { name: 'More' }).click()
    await shows('calls', /Native lines/)
    await calls.locator('.bar-menu').press('Escape')
    expect(await calls.locator('.bar-menu').isVisible()).toBe(false)
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

  it('follow a descriptor from open to close, with the bytes that passed', async () => {
    const page = await vscode.view('calls')
    await page.locator('.filter input').fill('syscall:read message')
    await shows('calls', /read\(\d+, "message/)
    await page.locator('.grid .row').first().click()
    await page.getByRole('button', { name: /^Follow \d+$/ }).click()
    await page.locator('.lives li').first().waitFor()
    await shows('calls', /opened at 0\.\d{3} \d{3} s by socketpair/)
    await shows('calls', /received [1-9]\d* bytes in/)
    await shows('calls', /message/)
    await page.getByRole('button', { name: 'Hex' }).click()
    await shows('calls', /^0000 {2}[0-9a-f]{2} /m)
    await vscode.screenshotInBothThemes('views-follow')
    await page.locator('.filter input').fill('')
    await page.locator('.pane').getByTitle('Close').click()
    await page.locator('.grid').press('l')
    await shows('calls', /exit_group\(0\)/)
  })

  it('hold the same after they were hidden and shown again', async () => {
    await vscode.palette.run('View: Toggle Panel Visibility')
    await vscode.palette.run('Interlinear: Open Views')
    await shows('calls', /exit_group\(0\)/)
    await shows('epoll', /READ/)
  })

  /** The picture is one for the eye: what it says is read from its table. */
  const queueAsTable = async () => {
    const page = await vscode.view('inotify')
    const button = page.getByRole('button', { name: 'Table' })
    if (!(await button.isVisible())) await page.getByRole('button', { name: 'More' }).click()
    await button.click()
  }

  it('show the queue of file events, as Linux has it', async () => {
    await vscode.debug.pick('File watcher, as Linux runs it')
    await vscode.debug.ended()
    await vscode.palette.run('Interlinear: Open Views')
    await shows('inotify', /\d queued/)
    await queueAsTable()
    await shows('inotify', /IN_CREATE/)
    await shows('inotify', /draft/)
    await shows('inotify', /IN_MOVED_FROM/)
    await queueAsTable()
    await vscode.foldView('Epoll / Kqueue')
    await vscode.screenshotInBothThemes('views-inotify-linux')
  })

  it('and as NetBSD has it', async () => {
    await vscode.debug.pick('File watcher, as NetBSD runs it')
    await vscode.debug.ended()
    await vscode.palette.run('Interlinear: Open Views')
    await shows('inotify', /\d queued/)
    await queueAsTable()
    await shows('inotify', /IN_CREATE/)
    await queueAsTable()
    await vscode.screenshotInBothThemes('views-inotify-netbsd')
    expect(vscode.scriptErrors()).toEqual([])
  })

  it('draw what each thread did when, and tell it as a table', async () => {
    await vscode.palette.run('Interlinear Timeline: Focus on Threads View')
    await shows('timeline', /1 thread · \d+ calls/)
    await vscode.screenshotInBothThemes('views-timeline')
    const page = await vscode.view('timeline')
    await page.getByRole('button', { name: 'Table' }).click()
    await shows('timeline', /inotify_add_watch/)
    await shows('timeline', /exits with 0/)
    await page.getByRole('button', { name: 'Table' }).click()
    expect(vscode.scriptErrors()).toEqual([])
  })

  it('find a call in the timeline, and tell all about it', async () => {
    const page = await vscode.view('timeline')
    await page.locator('.tracks').press('/')
    await page.locator('.filter input').fill('syscall:inotify_add_watch')
    await page.locator('.filter input').press('Enter')
    await shows('timeline', /thread \d+ · inotify_add_watch\(/)
    const status = () => page.locator('.status').innerText()
    const first = await status()
    await page.locator('.tracks').press('n')
    await expect.poll(status).not.toBe(first)
    await page.locator('.tracks').press('N')
    await expect.poll(status).toBe(first)
    await vscode.screenshot('views-timeline-found')
    expect(vscode.scriptErrors()).toEqual([])
  })
})
