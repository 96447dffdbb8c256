import { copyFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Pictures that the README shows; they are renewed when INTERLINEAR_UPDATE_IMAGES is set. */
const OF_README: Readonly<Record<string, string>> = {
  'views-epoll-dark': 'docs/images/debugging.png',
  'stepping-dark': 'docs/images/stepping.png',
  'views-inotify-netbsd-light': 'docs/images/inotify.png',
}

/** Takes a picture into test-results/NAME.png and gives its path. */
export async function takeScreenshot(subject: Page | Locator, name: string): Promise<string> {
  const file = path.join(root, 'test-results', `${name}.png`)
  mkdirSync(path.dirname(file), { recursive: true })
  await subject.screenshot({ path: file, animations: 'disabled' })
  const shown = OF_README[name]
  if (shown !== undefined && process.env.INTERLINEAR_UPDATE_IMAGES !== undefined) {
    mkdirSync(path.dirname(path.join(root, shown)), { recursive: true })
    copyFileSync(file, path.join(root, shown))
  }
  return file
}
