/**
 * How soon the inotify view shows something of a queue with many records, and how smoothly it is zoomed and moved over, in the real browser:
 * `node webviews/dev/queue-frames.mjs [RECORDS]`. The questions are answered in a thread of its own, as the debug adapter answers them in its process.
 */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { buildDevPage } from './build.mjs'

const records = Number(process.argv[2] ?? 100_000)
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const args = ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files']
const browser = await chromium.launch({ executablePath, headless: true, args })
const page = await browser.newPage({ viewport: { width: 1280, height: 620 } })
await page.goto(`${await buildDevPage()}?view=inotify&records=${records}&thread=1`)
await page.waitForFunction(() => window.painted !== undefined, undefined, { timeout: 300_000 })
const painted = await page.evaluate(() => window.painted)
process.stdout.write(`${records} records: something is seen after ${Math.round(painted)} ms\n`)
await page.waitForFunction(() => window.indexed === true, undefined, { timeout: 300_000 })

/** Runs in the page, for four seconds. @returns ms between frames: the 95th percentile and the most; and how often it was drawn anew. */
async function move(how) {
  const canvas = document.querySelector('canvas.queue')
  const box = canvas.getBoundingClientRect()
  const place = { clientX: box.left + box.width * 0.6, clientY: box.top + 100, bubbles: true, cancelable: true }
  let drawn = 0
  const observer = new MutationObserver(() => drawn++)
  observer.observe(canvas, { attributes: true, attributeFilter: ['aria-label'] })
  const times = []
  const end = performance.now() + 4000
  for (let i = 0; performance.now() < end; i++) {
    const wheel = how === 'zoomed' ? { deltaY: i % 80 < 40 ? -100 : 100 } : { deltaX: i % 80 < 40 ? 60 : -60 }
    canvas.dispatchEvent(new WheelEvent('wheel', { ...place, ...wheel }))
    times.push(await new Promise(requestAnimationFrame))
  }
  observer.disconnect()
  const gaps = times.slice(1).map((time, i) => time - times[i])
  gaps.sort((a, b) => a - b)
  return [gaps[Math.floor(gaps.length * 0.95)], gaps[gaps.length - 1], drawn / 4]
}

for (const how of ['zoomed', 'moved']) {
  const [usual, longest, drawn] = await page.evaluate(move, how)
  const numbers = `95 % of frames within ${Math.round(usual)} ms, longest ${Math.round(longest)} ms, drawn ${drawn} times a second`
  process.stdout.write(`${how}: ${numbers}\n`)
}
await browser.close()
