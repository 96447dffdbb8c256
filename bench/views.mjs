// How soon the views show something of a run of a million events that they see for the first time, and how smoothly they move over it; and the frames
// of an epoll graph of a thousand sockets, live: in the real
// browser, with the questions answered in a thread of its own, as the debug adapter answers them in its process. VS Code takes a little more.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { buildDevPage } from '../webviews/dev/build.mjs'
import { graphFrames } from '../webviews/dev/graph-frames.mjs'

const EVENTS = 1_000_000
/** ms. */
const FIRST_PAINT = 1000
const LONGEST_GAP = 100
/** Watched sockets, and frames a second at least. */
const SOCKETS = 1000
const FRAMES = 30
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** In the page: does something in each frame for three seconds. @returns ms between frames: the 95th percentile and the most. */
async function move(how) {
  const target = document.querySelector(how.startsWith('list') ? '.grid' : '.tracks')
  const box = target.getBoundingClientRect()
  const place = {
    clientX: box.left + box.width * 0.6,
    clientY: box.top + box.height / 2,
    bubbles: true,
    cancelable: true,
  }
  const wheel = more => target.dispatchEvent(new WheelEvent('wheel', { ...place, ...more }))
  const acts = {
    'list, scrolled': i => wheel({ deltaY: i % 120 < 60 ? 400 : -380 }),
    'list, thrown about': i => {
      if (i % 5 !== 0) return
      const bar = document.querySelector('.scrollbar')
      const { left, top, height } = bar.getBoundingClientRect()
      const clientY = top + height * (0.05 + 0.9 * Math.abs(Math.sin(i * 0.37)))
      bar.setPointerCapture = () => {}
      for (const type of ['pointerdown', 'pointerup'])
        bar.dispatchEvent(new PointerEvent(type, { clientX: left + 5, clientY, bubbles: true }))
    },
    'timeline, zoomed': i => wheel({ deltaY: i % 60 < 30 ? -100 : 100, ctrlKey: true }),
    'timeline, moved': i => wheel({ deltaX: i % 80 < 40 ? 60 : -60 }),
  }
  const times = []
  const end = performance.now() + 3000
  for (let i = 0; performance.now() < end; i++) {
    acts[how](i)
    times.push(await new Promise(requestAnimationFrame))
  }
  const gaps = times.slice(1).map((time, i) => time - times[i])
  gaps.sort((a, b) => a - b)
  return [gaps[Math.floor(gaps.length * 0.95)], gaps[gaps.length - 1]]
}

/** @returns {Promise<{ name: string, value: number, limit?: number }[]>} ms */
async function measureView(browser, address, view) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 420 } })
  await page.goto(`${address}?view=${view}&events=${EVENTS}`)
  await page.waitForFunction(() => window.painted !== undefined, undefined, { timeout: 300_000 })
  const found = [
    {
      name: `${view}: first paint of a million events`,
      value: await page.evaluate(() => window.painted),
      limit: FIRST_PAINT,
    },
  ]
  // Looked through to the end: what moves over all of it.
  await page.waitForFunction(() => window.indexed === true, undefined, { timeout: 300_000 })
  const ways = view === 'calls' ? ['list, scrolled', 'list, thrown about'] : ['timeline, zoomed', 'timeline, moved']
  for (const how of ways) {
    const [usual, longest] = await page.evaluate(move, how)
    found.push({ name: `${how}: 95 % of frames within`, value: usual })
    found.push({ name: `${how}: longest gap between two frames`, value: longest, limit: LONGEST_GAP })
  }
  await page.close()
  return found
}

/** @returns {Promise<{ name: string, value: number, least: number }[]>} frames a second */
async function measureGraph(browser, address) {
  const found = []
  for await (const { what, perSecond } of graphFrames(browser, address, SOCKETS))
    found.push({ name: `epoll graph of ${SOCKETS} sockets ${what}`, value: perSecond, least: FRAMES })
  return found
}

/** @returns lines, one a measurement; undefined where there is no browser. */
export async function benchViews(runs, median) {
  const executablePath = BROWSERS.find(existsSync)
  if (executablePath === undefined) return undefined
  const args = ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files']
  const browser = await chromium.launch({ executablePath, headless: true, args })
  const address = await buildDevPage()
  const samples = new Map()
  for (let run = 0; run < runs; run++) {
    const found = [
      ...(await measureView(browser, address, 'calls')),
      ...(await measureView(browser, address, 'timeline')),
      ...(await measureGraph(browser, address)),
    ]
    for (const { name, value, ...wanted } of found) {
      const row = samples.get(name) ?? { values: [], wanted }
      row.values.push(value)
      samples.set(name, row)
    }
  }
  await browser.close()
  return [...samples].map(([name, { values, wanted }]) => lineOf(name, median(values), wanted))
}

function lineOf(name, value, { limit, least }) {
  const verdict = isMet => (isMet ? 'met' : 'MISSED')
  if (least !== undefined)
    return `${name}: ${Math.round(value)} frames/s, wanted at least ${least}: ${verdict(value >= least)}`
  return `${name}: ${Math.round(value)} ms${limit === undefined ? '' : `, wanted at most ${limit}: ${verdict(value <= limit)}`}`
}
