import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('../../test-workspace', import.meta.url))

/** What a new user does: open the folder, press F5, look. */
describe('a program in the debugger', () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.open({ workspace: WORKSPACE })
    await vscode.statusBarItem('Interlinear')
  })
  afterAll(async () => {
    await vscode?.close()
  })

  it('stops at a breakpoint on a system call, with stack and variables', async () => {
    await vscode.debug.show()
    await vscode.debug.breakOnCall('epoll_ctl')
    await vscode.debug.pick('Epoll echo: watch an event loop')
    expect(await vscode.debug.stoppedIn('linux_sys_epoll_ctl')).toContainEqual(expect.stringContaining('epoll_ctl'))
    const stack = await vscode.debug.stoppedIn(/^main/)
    expect(stack.findIndex(row => row.startsWith('linux_sys_epoll_ctl'))).toBe(0)
    await vscode.debug.expand('System call')
    expect(await vscode.debug.variable('EPOLL_CTL_ADD')).toContainEqual(expect.stringContaining('EPOLL_CTL_ADD'))
    await vscode.debug.expand('Registers')
    await vscode.debug.variable('rsp')
    await vscode.screenshot('debugging-dark')
  })

  it('steps into the translation, through it, and back into the program', async () => {
    const { debug } = vscode
    await debug.stepInto()
    await debug.innermost(/^linux_sys_epoll_ctl\s*epoll\.ts/)
    for (let i = 0; i < 4; i++) await debug.stepOver()
    await debug.expand('Locals')
    expect(await debug.variable(/^event/)).toContainEqual(expect.stringContaining('EPOLLIN|EPOLLRDHUP, data='))
    await vscode.screenshot('stepping-values-dark')
    expect(await debug.editorLine(/event\s=\s\{EPOLLIN\|EPOLLRDHUP,/)).toMatch(/→.EVFILT_READ,.EV_ADD\|EV_ENABLE/)
    await debug.stepInto()
    await debug.innermost('epoll_ctl_common')
    await vscode.screenshot('stepping-dark')
    await debug.stepIntoUntil(/^epoll_to_kevent/)
    await debug.stepOut()
    // The probe for an interest that is there, and the check of nesting.
    for (let i = 0; i < 3; i++) await debug.stepOver()
    await debug.stepIntoUntil(/^kevent1/)
    await debug.stepIntoUntil(/^attach/)
    await debug.innermost(/^attach\s*filterops\.ts/)
    await vscode.screenshot('stepping-filter-dark')
    for (const outer of ['Kqueue.#attach', 'Kqueue.register', 'submit', 'kevent1', 'epoll_ctl_common']) {
      await debug.stepOut()
      await debug.innermost(outer)
    }
    await debug.stepOut()
    await debug.innermost('linux_sys_epoll_ctl')
    await debug.stepOver()
    await debug.editorLine(/^\}.*returns.0/)
    await vscode.screenshot('stepping-end-dark')
    await debug.stepOut()
    await debug.innermost(/^epoll_ctl\+/)
  })

  it('goes on to the end once the breakpoint is off', async () => {
    await vscode.debug.toggleBreakpoint('syscall:epoll_ctl')
    await vscode.debug.continue()
    await vscode.debug.ended()
    expect(await vscode.debug.console()).toContain('all conversations are over')
    expect(vscode.scriptErrors()).toEqual([])
  })
})
