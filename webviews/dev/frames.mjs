/** How many frames a second the epoll graph draws: `node webviews/dev/frames.mjs [SOCKETS]`; `npm run bench -- --only views` has it for 1,000. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { buildDevPage } from './build.mjs'
import { graphFrames } from './graph-frames.mjs'

const sockets = Number(process.argv[2] ?? 1000)
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const args = ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files']
const browser = await chromium.launch({ executablePath, headless: true, args })
for await (const { what, perSecond, usual } of graphFrames(browser, await buildDevPage(), sockets)) {
  const rate = `${Math.round(perSecond)} frames/s`.padStart(12)
  process.stdout.write(`${`${sockets} sockets, ${what}`.padEnd(44)} ${rate}, 95 % within ${Math.round(usual)} ms\n`)
}
await browser.close()
