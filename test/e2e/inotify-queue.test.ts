import { fileURLToPath } from 'node:url'
import type { Frame } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('fixtures/queue', import.meta.url))
const PATIENCE = { timeout: 60_000 }

/** The queue of a program that renames, moves and lets it overflow, read from the page. */
describe('the inotify queue', () => {
  let vscode: VsCode
  let frame: Frame

  beforeAll(async () => {
    vscode = await VsCode.openForDebugging({ workspace: WORKSPACE })
  })
  afterAll(async () => {
    await vscode?.close()
  })

  const text = async (selector: string) => (await frame.locator(selector).textContent()) ?? ''
  const press = (key: string) => frame.locator('canvas.queue').press(key)
  const find = async (words: string) => {
    await frame.locator('input.search').fill(words)
    await frame.locator('input.search').press('Enter')
  }

  it('is drawn up to its limit, with what Linux would have queued', async () => {
    await vscode.debug.pick('A watcher whose queue overflows')
    await vscode.debug.ended()
    await vscode.palette.run('Interlinear: Open Views')
    await vscode.enlargePanel(300)
    await vscode.foldView('Epoll / Kqueue')
    frame = await vscode.view('inotify')
    await expect.poll(() => text('.count'), PATIENCE).toMatch(/16,?\d{3} queued, 16,?\d{3} read, 1 lost · \d+ ghosts/)
    await expect
      .poll(() => frame.locator('canvas.queue').getAttribute('aria-label'), PATIENCE)
      .toMatch(/16,\d{3} records in the queue, at most 16,384 at once/)
    await vscode.screenshotInBothThemes('inotify-queue-overflow')
  })

  it('finds the overflow, and leads from it to the call that caused it', async () => {
    await press('/')
    await find('overflow')
    await expect.poll(() => text('.details'), PATIENCE).toMatch(/IN_Q_OVERFLOW/)
    await expect.poll(() => text('.details .link'), PATIENCE).toMatch(/^(openat|close)\(/)
    await expect.poll(() => text('.details'), PATIENCE).toMatch(/inotify\.fixed-limit/)
    await frame.locator('.details .link').click()
    const calls = await vscode.view('calls')
    await calls.locator('.row[aria-selected="true"]').first().waitFor(PATIENCE)
    await press('Escape')
    await press('l')
  })

  it('draws records one by one from near, ghosts and the halves of renames with them', async () => {
    await find('IN_MOVED_FROM')
    await expect.poll(() => text('.details'), PATIENCE).toMatch(/IN_MOVED_FROM "draft"/)
    for (let i = 0; i < 9; i++) await press('+')
    const label = async () => (await frame.locator('canvas.queue').getAttribute('aria-label')) ?? ''
    await expect.poll(label, PATIENCE).toMatch(/, [1-9]\d* ghosts? of Linux/)
    await press('w')
    await vscode.screenshotInBothThemes('inotify-queue-near')
    // From the first half to the second, and to its call.
    await press('ArrowRight')
    await expect.poll(() => text('.details'), PATIENCE).toMatch(/IN_MOVED_TO "letter"/)
    await expect.poll(() => text('.details .link'), PATIENCE).toMatch(/^rename/)
  })

  it('says what Linux would have told of a move, as a table too', async () => {
    await press('0')
    await frame.getByRole('button', { name: 'Table' }).click()
    const rows = frame.locator('table.plain tbody tr')
    const row = (words: string) => rows.filter({ hasText: words })
    await row('IN_DELETE "letter"').filter({ hasText: 'IN_MOVED_FROM "letter"' }).waitFor(PATIENCE)
    await row('IN_CREATE "folder"').filter({ hasText: 'IN_CREATE|IN_ISDIR "folder"' }).waitFor(PATIENCE)
    await row('queued by Linux only').filter({ hasText: 'IN_MODIFY "draft"' }).first().waitFor(PATIENCE)
    await frame.getByRole('button', { name: 'Table' }).click()
  })

  it('counts events instead of time, if one wants', async () => {
    const label = async () => (await frame.locator('canvas.queue').getAttribute('aria-label')) ?? ''
    await press('e')
    await expect.poll(label, PATIENCE).toMatch(/^From event 0 to event [\d,]+: 16,\d{3} records/)
    expect(await frame.getByRole('slider').getAttribute('aria-valuetext')).toBe('live')
    await vscode.screenshot('inotify-queue-by-event')
    await press('e')
    await expect.poll(label, PATIENCE).toMatch(/^From 0\.000 000 s to /)
  })

  it('goes back to before the queue was there', async () => {
    await frame.getByRole('slider').press('Home')
    await expect.poll(() => text('.position'), PATIENCE).toMatch(/^event [\d,]+ of/)
    await expect.poll(() => text('.count'), PATIENCE).toMatch(/^(0|1) records? in the queue · [01] queued, 0 read/)
    await frame.getByRole('slider').press('End')
    await expect.poll(() => text('.count'), PATIENCE).toMatch(/16,?\d{3} queued/)
  })

  it('is a file, as a picture and as a table', async () => {
    for (const kind of ['SVG', 'CSV']) {
      const button = frame.getByRole('button', { name: kind, exact: true })
      if (!(await button.isVisible())) await frame.getByRole('button', { name: 'More' }).click()
      await button.click()
      await vscode.page.locator('.quick-input-widget', { hasText: 'Save' }).first().waitFor(PATIENCE)
      // The box comes with its folder, the name a moment later.
      await expect
        .poll(() => vscode.page.locator('.quick-input-widget input').first().inputValue(), PATIENCE)
        .toMatch(new RegExp(`inotify\\.${kind.toLowerCase()}$`))
      await vscode.page.keyboard.press('Escape')
    }
    expect(vscode.scriptErrors()).toEqual([])
  })
})
