/**
 * Pictures of the views, to be looked at: `node webviews/dev/look.mjs FOLDER [WORD…]` takes those whose names have all of the words. With one, fifty
 * and five thousand things, in all themes, in a narrow page, at twice the size, and empty; and says what is wider than its page.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { buildDevPage } from './build.mjs'

const THEMES = ['dark', 'light', 'contrast', 'contrast-light']
/** What makes so many things. */
const THINGS = {
  calls: { 1: 'rounds=0', 50: 'rounds=50', 5000: 'rounds=5000' },
  epoll: { 1: 'sockets=1&odd=1', 50: 'sockets=50&processes=2&odd=1', 5000: 'sockets=5000' },
  inotify: { 1: 'records=1', 50: 'records=50', 5000: 'records=5000' },
  timeline: {
    1: 'rounds=4',
    50: 'sockets=4&processes=50',
    5000: 'sockets=2&processes=5000',
  },
}
const SIZES = {
  usual: { width: 1200, height: 420, scale: 1 },
  narrow: { width: 300, height: 420, scale: 1 },
  zoomed: { width: 600, height: 210, scale: 2 },
}

function* pictures() {
  for (const [view, things] of Object.entries(THINGS)) {
    for (const theme of THEMES) yield { view, size: 'usual', theme, name: `${view}-empty-${theme}`, query: 'rounds=-1' }
    for (const [many, query] of Object.entries(things))
      for (const theme of THEMES) yield { view, size: 'usual', theme, name: `${view}-${many}-${theme}`, query }
    for (const size of ['narrow', 'zoomed'])
      yield { view, size, theme: 'dark', name: `${view}-50-${size}`, query: things[50] }
  }
}

const [folder = '/tmp/interlinear-views', ...words] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const args = ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files']
const browser = await chromium.launch({ executablePath, headless: true, args })
const address = await buildDevPage()
for (const { view, size, theme, name, query } of pictures()) {
  if (!words.every(word => name.includes(word))) continue
  const { width, height, scale } = SIZES[size]
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: scale })
  page.on('pageerror', error => process.stdout.write(`${name}: ${error.stack ?? error.message}\n`))
  await page.goto(`${address}?view=${view}&theme=${theme}&end=1&${query}`)
  await page
    .waitForFunction(() => window.painted !== undefined || document.querySelector('.empty:not([hidden]) h2') !== null)
    .catch(() => process.stdout.write(`${name}: nothing is shown\n`))
  await page.waitForTimeout(300)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wide > 0) process.stdout.write(`${name}: ${wide} px wider than the page\n`)
  await page.screenshot({ path: `${folder}/${name}.png` })
  await page.close()
}
await browser.close()
