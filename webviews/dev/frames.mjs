/**
 * How many frames a second the epoll graph draws of a server with many connections, while it runs and is scrolled and zoomed, in the real
 * browser: `node webviews/dev/frames.mjs [SOCKETS]`. The questions are answered in the page itself, so VS Code has a little more time to draw.
 */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { buildDevPage } from './build.mjs'

const sockets = Number(process.argv[2] ?? 1000)
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const args = ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files']
const browser = await chromium.launch({ executablePath, headless: true, args })
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
await page.goto(`${await buildDevPage()}?view=epoll&sockets=${sockets}&live=1&every=100&active=50`)
await page.locator('.unfold').waitFor()

/** Runs in the page, for four seconds. */
async function measure(how) {
  const box = document.querySelector('.scroller')
  const times = []
  const end = performance.now() + 4000
  for (let i = 0; performance.now() < end; i++) {
    if (how === 'scrolled') box.scrollTop = (i * 40) % Math.max(1, box.scrollHeight - box.clientHeight)
    const key = i % 12 === 0 ? '-' : '+'
    if (how === 'zoomed' && i % 6 === 0)
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    times.push(await new Promise(requestAnimationFrame))
  }
  const gaps = times.slice(1).map((time, i) => time - times[i])
  gaps.sort((a, b) => a - b)
  const whole = times[times.length - 1] - times[0]
  return [Math.round((1000 * gaps.length) / whole), Math.round(gaps[Math.floor(gaps.length * 0.95)])]
}

async function tell(what, how) {
  const [rate, slow] = await page.evaluate(measure, how)
  process.stdout.write(
    `${`${sockets} sockets, ${what}`.padEnd(44)} ${String(rate).padStart(3)} frames/s, 95 % within ${slow} ms\n`,
  )
}

await tell('as a field, live', 'still')
await tell('as a field, live and scrolled', 'scrolled')
await page.locator('.unfold').click()
await tell('as cards, live', 'still')
await tell('as cards, live and scrolled', 'scrolled')
await tell('as cards, live and zoomed', 'zoomed')
await browser.close()
