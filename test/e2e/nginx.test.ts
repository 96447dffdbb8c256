import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('fixtures/nginx', import.meta.url))
const PATIENCE = { timeout: 60_000 }

/** A server that is no example, as somebody meets it who wants to know whether it will run on NetBSD. */
describe('nginx', () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.openForDebugging({ workspace: WORKSPACE })
  })
  afterAll(async () => {
    await vscode?.close()
  })

  /** nginx asks for prctl, which NetBSD does not have, and does without. */
  const launch = async (configuration: string) => {
    await vscode.debug.pick(configuration)
    await vscode.debug.switchOff('Unimplemented calls')
  }
  const threads = () => vscode.page.locator('.debug-call-stack .monaco-list-row').allInnerTexts()

  it('answers with one worker, and is drawn while it waits for more', async () => {
    await launch('nginx with one worker')
    await expect.poll(() => vscode.debug.console(), PATIENCE).toContain('2 processes still run; Stop ends them')
    expect(await vscode.debug.console()).toMatch(/hello from nginx[\s\S]*curl has ended with 0/)
    expect((await threads()).filter(row => row.startsWith('nginx'))).toHaveLength(2)
    await vscode.palette.run('Interlinear: Open Views')
    await vscode.enlargePanel(250)
    await vscode.shows('epoll', /1 instance · \d interests/)
    await vscode.shows('epoll', /in epoll \d+\s+‖ /)
    await vscode.screenshot('nginx-one-dark')
  })

  it('ends with Stop, though the program itself has ended before', async () => {
    await vscode.debug.stop()
    await vscode.shows('calls', /exited with 0/)
    await vscode.shows('epoll', /0 instances · 0 interests · \d closed/)
    await vscode.shows('epoll', /Everything is closed at this position/)
  })

  it('does not answer with two, and the views say why', async () => {
    await launch('nginx with two workers')
    await expect.poll(() => vscode.debug.console(), PATIENCE).toContain('curl has ended with 28')
    await vscode.palette.run('Interlinear: Open Views')
    const calls = await vscode.view('calls')
    await calls.locator('.filter input').fill('errno:* divergence:epoll.*')
    await vscode.shows('calls', /epoll_ctl\(.*EPOLLIN\|EPOLLEXCLUSIVE[\s\S]*= -1 EINVAL/)
    await calls.locator('[data-divergence="epoll.refused-events"]').first().waitFor()
    await vscode.screenshot('nginx-two-dark')
    await vscode.debug.stop()
    expect(vscode.scriptErrors()).toEqual([])
  })
})
