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

  const shows = (view: 'calls' | 'epoll' | 'inotify', text: string | RegExp) =>
    expect.poll(() => vscode.viewText(view), { timeout: 30_000 }).toMatch(text)

  it('list the calls, with the native line under each', async () => {
    await vscode.debug.pick('Epoll echo: watch an event loop')
    await vscode.debug.ended()
    await shows('calls', /exit_group\(0\)/)
    await shows('calls', /epoll_(wait|pwait|ctl)\(/)
    await shows('calls', /kevent/)
  })

  it('draw who waits for what', async () => {
    await shows('epoll', /epoll/i)
    await shows('epoll', /kqueue/i)
    await shows('epoll', /EVFILT_READ/)
    await shows('epoll', /timerfd/)
  })

  it('hold the same after they were hidden and shown again', async () => {
    await vscode.palette.run('View: Toggle Panel Visibility')
    await vscode.palette.run('Interlinear: Open Views')
    await shows('calls', /exit_group\(0\)/)
    await shows('epoll', /EVFILT_READ/)
  })

  it('are pictures that can be looked at, in both themes', async () => {
    await vscode.screenshotInBothThemes('views-epoll')
  })

  it('show the queue of file events, as Linux has it', async () => {
    await vscode.debug.pick('File watcher, as Linux runs it')
    await vscode.debug.ended()
    await shows('inotify', /IN_CREATE/)
    await shows('inotify', /draft/)
    await shows('inotify', /IN_MOVED_FROM/)
    await vscode.screenshotInBothThemes('views-inotify-linux')
  })

  it('and as NetBSD has it', async () => {
    await vscode.debug.pick('File watcher, as NetBSD runs it')
    await vscode.debug.ended()
    await shows('inotify', /IN_CREATE/)
    expect(await vscode.debug.console()).toContain('CREATE "draft"')
    await vscode.screenshotInBothThemes('views-inotify-netbsd')
    expect(vscode.scriptErrors()).toEqual([])
  })
})
