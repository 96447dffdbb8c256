import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'

const FOLDER = fileURLToPath(new URL('../../../test-results/', import.meta.url))

/** Takes a picture into test-results/NAME.png and gives its path. */
export async function takeScreenshot(subject: Page | Locator, name: string): Promise<string> {
  mkdirSync(FOLDER, { recursive: true })
  const file = path.join(FOLDER, `${name}.png`)
  await subject.screenshot({ path: file, animations: 'disabled' })
  return file
}
