import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('../../test-workspace', import.meta.url))
const SOURCE = readFileSync(`${WORKSPACE}/epoll-echo.c`, 'utf8').split('\n')
/** From 1. */
const lineWith = (text: string): number => SOURCE.findIndex(line => line.includes(text)) + 1

/** A C program, stepped through by its own lines, and from one of them into what a call becomes. */
describe('a program by its lines', () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.openForDebugging({ workspace: WORKSPACE })
  })
  afterAll(async () => {
    await vscode?.close()
  })

  const inC = (function_: string, text: string) =>
    new RegExp(`^${function_}\\S*\\s*epoll-echo\\.c\\s*${lineWith(text)}:`)

  it('stops at a breakpoint that was clicked beside a line', async () => {
    await vscode.palette.run('View: Show Explorer')
    await vscode.openFile('epoll-echo.c')
    await vscode.breakAtLine(lineWith('epoll_fd = epoll_create1'))
    await vscode.debug.show()
    await vscode.debug.pick('Epoll echo: watch an event loop')
    await vscode.debug.innermost(inC('main', 'epoll_fd = epoll_create1'))
    await vscode.screenshot('lines-dark')
  })

  it('goes from line to line, into a function, out of it, and on to a breakpoint set meanwhile', async () => {
    const { debug } = vscode
    await debug.stepOver()
    await debug.innermost(inC('main', 'if (epoll_fd == -1)'))
    await debug.stepIntoUntil(/^open_conversation/)
    await debug.innermost(/^open_conversation\S*\s*epoll-echo\.c/)
    await debug.stoppedIn(inC('main', 'open_conversation(i)'))
    await debug.stepOut()
    await debug.innermost(/^main\S*\s*epoll-echo\.c/)
    await vscode.breakAtLine(lineWith('if (epoll_ctl(epoll_fd, operation'))
    await debug.continue()
    await debug.innermost(inC('watch', 'if (epoll_ctl(epoll_fd, operation'))
  })

  it('goes on into the call that a line makes, and back', async () => {
    const { debug } = vscode
    await debug.stepInto()
    await debug.innermost(/^linux_sys_epoll_ctl\s*epoll\.ts/)
    await debug.stoppedIn(inC('watch', 'if (epoll_ctl(epoll_fd, operation'))
    await vscode.screenshot('lines-into-dark')
    await debug.stepOutUntil(/epoll-echo\.c/)
    await debug.innermost(/^watch\S*\s*epoll-echo\.c/)
    expect(await debug.stoppedIn(/^main/)).not.toContainEqual(expect.stringContaining('linux_sys'))
    expect(vscode.scriptErrors()).toEqual([])
  })
})
