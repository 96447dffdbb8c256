import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunScript } from '../../emulator-core/src/events/test/run-script.ts'
import { buildDevPage } from '../../webviews/dev/build.mjs'
import { chromiumHere } from './harness/browser.ts'

/** What makes each view show something. */
const RUNS = {
  calls: 'rounds=20',
  epoll: 'sockets=12&processes=2&odd=1',
  inotify: 'records=50',
  timeline: 'sockets=4&processes=8',
} as const
type View = keyof typeof RUNS
const VIEWS = Object.keys(RUNS) as View[]
const PICTURES = VIEWS.filter(view => view !== 'calls')

/** The views' pages outside VS Code, with runs written by hand: what has to hold for each of them, whoever uses it. */
describe('the pages of the views', () => {
  let browser: Browser
  let address: string
  const errors: string[] = []

  beforeAll(async () => {
    address = await buildDevPage()
    const args = ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files']
    browser = await chromium.launch({ executablePath: chromiumHere(), headless: true, args })
  })
  afterAll(async () => {
    await browser?.close()
    expect(errors).toEqual([])
  })

  async function open(view: View, { query = RUNS[view] as string, width = 1200 } = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 420 } })
    page.on('pageerror', error => errors.push(error.stack ?? error.message))
    await page.goto(`${address}?view=${view}&${query}`)
    await page.waitForFunction(() => 'painted' in window)
    return page
  }

  it.each(VIEWS)('%s: what can be reached by the keyboard has a name', async view => {
    const page = await open(view)
    const nameless = await page.evaluate(() => {
      const reached = document.querySelectorAll('button, input, select, [tabindex="0"]')
      const named = (each: Element) =>
        (each.getAttribute('aria-label') ?? each.textContent ?? '').trim() !== '' ||
        each.hasAttribute('aria-labelledby')
      return [...reached].filter(each => !each.closest('[hidden]') && !named(each)).map(each => each.outerHTML)
    })
    expect(nameless).toEqual([])
    await page.close()
  })

  it('calls: the heads of the columns belong to the grid', async () => {
    const page = await open('calls')
    const devtools = await page.context().newCDPSession(page)
    const { nodes } = await devtools.send('Accessibility.getFullAXTree')
    const byId = new Map(nodes.map(node => [node.nodeId, node]))
    const roles = (id: string | undefined): string[] => {
      const node = id === undefined ? undefined : byId.get(id)
      return node === undefined ? [] : [String(node.role?.value), ...roles(node.parentId)]
    }
    const heads = nodes.filter(node => node.role?.value === 'columnheader')
    expect(heads.map(node => node.name?.value)).toEqual(['Time', 'Thread', 'Call', 'Result', 'Duration'])
    for (const head of heads) expect(roles(head.nodeId)).toContain('grid')
    await page.close()
  })

  it.each(PICTURES)('%s: T shows it as a table that the keyboard can scroll', async view => {
    const page = await open(view)
    await page.keyboard.press('t')
    const table = page.locator('.table')
    await table.locator('tbody tr').first().waitFor()
    expect(await table.locator('th[scope="col"]').count()).toBeGreaterThan(3)
    await table.focus()
    expect(await table.evaluate(box => box === document.activeElement)).toBe(true)
    await page.close()
  })

  it.each(VIEWS)('%s: in 300 px one line of tools, where to type and the way back to live among them', async view => {
    const page = await open(view, { width: 300 })
    // The bar folds what has no room as soon as its size is known, which is after the page is there.
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth))
      .toBeLessThanOrEqual(0)
    await expect
      .poll(() => page.locator('.bar').evaluate(bar => bar.scrollWidth - bar.clientWidth))
      .toBeLessThanOrEqual(0)
    expect((await page.locator('.bar').boundingBox())?.height).toBeLessThan(40)
    expect(await page.locator('.bar > * input').isVisible()).toBe(true)
    expect(await page.locator('.bar > .live').isVisible()).toBe(true)
    await page.close()
  })

  it('calls: times of a long run are not cut', async () => {
    const page = await open('calls', { query: 'rounds=1200' })
    const times = page.locator('.grid .row .time')
    // As soon as the run is looked through so far.
    await expect.poll(() => times.last().innerText(), { timeout: 30_000 }).toMatch(/^\d{3}\.\d{3} \d{3}$/)
    const cut = await times.evaluateAll(all => all.filter(each => each.scrollWidth > each.clientWidth).length)
    expect(cut).toBe(0)
    await page.close()
  })

  it.each([300, 400, 800, 1200])('epoll: in %i px what stands on a card stays on it', async width => {
    const page = await open('epoll', { width })
    await page.evaluate(() => {
      const { example, goOn } = window as unknown as {
        readonly example: { readonly run: RunScript }
        goOn(rounds: number): void
      }
      // So long that there is something to tell.
      example.run.after(14.8e9)
      example.run.call('getpid', [], 1203)
      goOn(0)
    })
    await expect
      .poll(() => page.locator('g.node.waiter').allTextContents())
      .toContainEqual(expect.stringMatching(/14\.80 s/))
    const outside = await page.locator('g.node').evaluateAll(all =>
      all.flatMap(node => {
        const card = node.querySelector<SVGRectElement>('rect.card')?.getBoundingClientRect()
        const texts = [...node.querySelectorAll('text')].filter(each => !each.classList.contains('head'))
        return texts
          .filter(each => card !== undefined && each.getBoundingClientRect().right > card.right + 1)
          .map(each => each.textContent)
      }),
    )
    expect(outside).toEqual([])
    await page.close()
  })

  it('timeline: threads of one name are told apart by their numbers', async () => {
    const page = await open('timeline')
    const cut = await page
      .locator('.labels .label span')
      .evaluateAll(all => all.filter(each => each.scrollWidth > each.clientWidth).length)
    expect(cut).toBe(0)
    expect(await page.locator('.labels .label').first().innerText()).toMatch(/1203$/)
    await page.close()
  })

  it('inotify: what happens in one instant is seen by event', async () => {
    const page = await open('inotify', { query: 'records=50&instant=1' })
    const label = async () => (await page.locator('canvas.queue').getAttribute('aria-label')) ?? ''
    expect(await label()).toMatch(/^From [\d. ]+ s to /)
    await page.keyboard.press('e')
    await expect.poll(label).toMatch(/^From event 0 to event \d+: 50 records/)
    // To the first record and the next by the arrows alone.
    await page.locator('canvas.queue').focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.locator('.details .status').innerText()).toMatch(/IN_CREATE/)
    const first = await page.locator('.details').innerText()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.locator('.details').innerText()).not.toBe(first)
    await page.close()
  })

  it.each(['no-preference', 'reduce'] as const)('epoll: what happens is shown by motion, %s', async reducedMotion => {
    const page = await open('epoll', { query: 'sockets=12&live=1&every=50&active=8' })
    await page.emulateMedia({ reducedMotion })
    await page.evaluate(() => {
      const counted = Object.assign(window, { moved: 0 })
      const observer = new MutationObserver(changes => {
        for (const { addedNodes } of changes) counted.moved += addedNodes.length
      })
      observer.observe(document.querySelector('.pulses') ?? document.body, { childList: true })
    })
    const moved = () => page.evaluate(() => ('moved' in window ? Number(window.moved) : Number.NaN))
    if (reducedMotion === 'no-preference') await expect.poll(moved).toBeGreaterThan(0)
    else {
      // It goes on being drawn, and nothing runs along the edges.
      const position = () => page.locator('.position').innerText()
      for (let i = 0; i < 3; i++) {
        const before = await position()
        await expect.poll(position, { timeout: 30_000 }).not.toBe(before)
      }
      expect(await moved()).toBe(0)
    }
    await page.close()
  })
})
