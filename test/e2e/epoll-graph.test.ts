import { fileURLToPath } from 'node:url'
import type { Frame } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('fixtures/graph', import.meta.url))
const PATIENCE = { timeout: 60_000 }

/** The epoll graph of programs that nobody wrote for it, read from the page. */
describe('the epoll graph', () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.openForDebugging({ workspace: WORKSPACE })
  })
  afterAll(async () => {
    await vscode?.close()
  })

  /** Calls that NetBSD does not have are of no interest here: redis would stop at prctl. */
  const launch = async (configuration: string) => {
    await vscode.debug.pick(configuration)
    await vscode.debug.switchOff('Unimplemented calls')
  }
  const graph = (): Promise<Frame> => vscode.view('epoll')
  /** What a screen reader says of the nodes of a kind, of those that are in sight. */
  const labels = async (kind: string): Promise<string[]> => {
    const frame = await graph()
    return frame.locator(`g.node.${kind}`).evaluateAll(all => all.map(each => each.getAttribute('aria-label') ?? ''))
  }
  const position = async () => (await (await graph()).locator('.position').textContent()) ?? ''
  const deliveries = async () => {
    const text = (await labels('instance')).find(each => /5\d interests/.test(each)) ?? ''
    return Number((/([\d,]+) deliver/.exec(text)?.[1] ?? '-1').replaceAll(',', ''))
  }
  const press = async (key: string) => {
    const frame = await graph()
    await frame.locator('g.node[tabindex="0"]').first().press(key)
  }

  it('draws redis with its fifty clients, live', async () => {
    await launch('Redis with fifty clients')
    await vscode.enlargePanel(300)
    await vscode.foldView('Inotify Queue')
    await expect
      .poll(() => labels('instance'), PATIENCE)
      .toContainEqual(expect.stringMatching(/^epoll \d+: 5\d interests/))
    await expect
      .poll(() => labels('process'), PATIENCE)
      .toContainEqual(expect.stringMatching(/redis-(server|check-rdb)/))
    const first = await deliveries()
    await expect.poll(deliveries, PATIENCE).toBeGreaterThan(first)
    await vscode.screenshotInBothThemes('epoll-graph-redis')
  })

  it('finds a descriptor, and leads to the call that made it and to its translation', async () => {
    const frame = await graph()
    await press('/')
    await frame.locator('input.search').fill('fd:8')
    await frame.locator('input.search').press('Enter')
    const made = frame.locator('.dock-call', { hasText: 'made' }).filter({ hasText: 'epoll_ctl' })
    await made.first().waitFor(PATIENCE)
    await made.first().getByRole('button', { name: 'Source' }).click()
    await vscode.page.locator('.tab', { hasText: 'epoll.ts' }).first().waitFor()
    await made.first().locator('button.link').click()
    const calls = await vscode.view('calls')
    const selected = calls.locator('.row[aria-selected="true"]')
    await selected.first().waitFor(PATIENCE)
    expect(await selected.first().innerText()).toMatch(/epoll_ctl\(\d+, EPOLL_CTL_ADD, 8/)
    // And from the call back to its node.
    await frame.locator('g.node.touched').first().waitFor(PATIENCE)
    expect((await labels('touched')).join()).toMatch(/Descriptor 8 of epoll/)
  })

  it('goes back to an earlier state by the slider, and from change to change', async () => {
    const frame = await graph()
    const slider = frame.getByRole('slider')
    await frame.locator('input.search').fill('')
    const states = async () => (await labels('instance')).map(each => each.replace(/^.*: (\d+) interests?, .*$/, '$1'))
    // The list of calls was gone to, and may take the focus as late as it likes: a key is pressed until it was heard.
    const pressed = async (key: string, selection: () => Promise<unknown>) => {
      await slider.press(key)
      return selection()
    }
    await expect.poll(() => pressed('Escape', async () => (await labels('touched')).length), PATIENCE).toBe(0)
    await expect.poll(() => pressed('Home', states), PATIENCE).toEqual(['0'])
    expect(await position()).toMatch(/^event [\d,]+ of/)
    const before = await position()
    await expect
      .poll(() => pressed('ArrowRight', async () => (await labels('interest')).length), PATIENCE)
      .toBeGreaterThan(0)
    expect(await position()).not.toBe(before)
    await expect
      .poll(() => pressed('End', () => labels('instance')), PATIENCE)
      .toContainEqual(expect.stringMatching(/5\d interests/))
    await vscode.debug.stop()
  })

  it('draws a thousand descriptors, and what is odd about them', async () => {
    await launch('A thousand descriptors')
    await expect.poll(() => labels('field'), PATIENCE).toEqual([expect.stringMatching(/^1,001 interests of epoll 3/)])
    await expect
      .poll(() => labels('holder'), PATIENCE)
      .toContainEqual(expect.stringMatching(/was forked without descriptor 3/))
    const instances = await labels('instance')
    expect(instances.map(each => each.slice(0, 8))).toEqual(['epoll 3:', expect.stringMatching(/^epoll 10/)])
    await expect.poll(async () => (await labels('field')).join(), PATIENCE).toMatch(/\d+ (queued|cleared)/)
    await vscode.screenshotInBothThemes('epoll-graph-thousand')
  })

  it('draws as a card only what is in sight, wherever that is', async () => {
    const frame = await graph()
    const field = await frame.evaluate(framesPerSecond)
    await frame.locator('.unfold').click()
    await expect.poll(async () => (await labels('interest')).length, PATIENCE).toBeGreaterThan(2)
    const cards = await frame.evaluate(framesPerSecond)
    // How fast it is depends on what else this machine does: the numbers are for the reader.
    console.log(`1,000 descriptors, live and scrolled: ${field} frames a second as a field, ${cards} as cards`)
    await frame.locator('.scroller').evaluate(box => box.scrollTo(0, 30_000))
    await expect.poll(async () => (await labels('interest')).join(), PATIENCE).toMatch(/Descriptor 5\d\d of epoll 3/)
    expect((await labels('interest')).length).toBeLessThan(60)
    await frame.locator('.scroller').evaluate(box => box.scrollTo(0, 0))
  })

  it('opens the divergence behind a badge', async () => {
    const frame = await graph()
    await press('/')
    await frame.locator('input.search').fill('is:odd')
    await frame.locator('input.search').press('Enter')
    const badge = frame.locator('.dock button.badge', { hasText: 'epoll.refused-events' })
    await badge.waitFor(PATIENCE)
    await badge.click()
    await vscode.page.locator('.tab', { hasText: 'divergences.md' }).first().waitFor()
    const page = await vscode.webview('#epollrefused-events')
    await page.locator('#epollrefused-events').waitFor(PATIENCE)
    await vscode.screenshot('epoll-graph-divergence')
  })

  it('is a table too, and a file', async () => {
    const frame = await graph()
    await frame.getByRole('button', { name: 'Table' }).click()
    await frame.locator('table.plain').waitFor()
    expect(await frame.locator('table.plain tbody tr').count()).toBeGreaterThan(1000)
    await frame.getByRole('button', { name: 'Table' }).click()
    await frame.getByRole('button', { name: 'SVG' }).click()
    await vscode.page.locator('.quick-input-widget', { hasText: 'Save' }).first().waitFor()
    await vscode.page.keyboard.press('Escape')
    await vscode.debug.stop()
  })

  it('shows what Linux would have, and marks where NetBSD differs', async () => {
    await launch('What Linux would show')
    await expect.poll(() => labels('holder'), PATIENCE).toContainEqual(expect.stringMatching(/was forked without/))
    await expect.poll(() => labels('interest'), PATIENCE).toContainEqual(expect.stringMatching(/half left behind/))
    await expect.poll(() => labels('interest'), PATIENCE).toContainEqual(expect.stringMatching(/epoll\.halves/))
    const frame = await graph()
    await vscode.screenshotInBothThemes('epoll-graph-netbsd')
    const toggle = frame.getByRole('button', { name: 'What Linux would show' })
    await toggle.click()
    expect(await toggle.getAttribute('aria-pressed')).toBe('true')
    const interests = () => labels('interest')
    // Asked for nothing: a hang-up stands in Linux's list. Closed under its number: it is there. Half of an interest: it is not.
    await expect
      .poll(interests, PATIENCE)
      .toContainEqual(expect.stringMatching(/ready list queued.*≠ NetBSD: READ disabled/))
    await expect
      .poll(interests)
      .toContainEqual(expect.stringMatching(/≠ NetBSD: gone; registered, though descriptor \d+ is closed/))
    await expect.poll(interests).toContainEqual(expect.stringMatching(/: gone\. ≠ NetBSD: READ/))
    await expect.poll(() => labels('instance')).toContainEqual(expect.stringMatching(/≠ NetBSD's queue: /))
    await expect.poll(() => labels('holder')).toContainEqual(expect.stringMatching(/^On Linux process \d+ would share/))
    // And what is the same is not marked.
    expect((await interests()).some(each => /ready list idle/.test(each) && !each.includes('≠'))).toBe(true)
    await vscode.screenshotInBothThemes('epoll-graph-linux')
    await toggle.click()
    await expect.poll(interests, PATIENCE).not.toContainEqual(expect.stringContaining('≠'))
  })

  it('leads from what was lost at fork to the divergence', async () => {
    const frame = await graph()
    await frame.locator('g.node.holder .badge').first().click()
    await vscode.page.locator('.tab', { hasText: 'divergences.md' }).first().waitFor()
    const page = await vscode.webview('#epollnot-inherited')
    await page.locator('#epollnot-inherited').waitFor(PATIENCE)
    await vscode.debug.stop()
  })
})

/** Runs in the page. */
async function framesPerSecond(): Promise<number> {
  const box = document.querySelector('.scroller')
  if (box === null) return 0
  const began = performance.now()
  let frames = 0
  while (performance.now() - began < 3000) {
    await new Promise(requestAnimationFrame)
    box.scrollTop = (frames++ * 40) % (box.scrollHeight - box.clientHeight)
  }
  return Math.round((1000 * frames) / (performance.now() - began))
}
