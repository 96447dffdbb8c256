import type { Frame, Page } from 'playwright-core'

/**
 * VS Code begins each webview with the registration of its service worker. Here all webviews are of one origin, and Chromium now and then takes
 * 35 s for a registration that is there already, however little else there is to do.
 */
const TIMEOUT_MS = 90_000

/** The document inside a webview's two frames, that of the webview in which `selector` matches something. */
export async function webviewShowing(page: Page, selector: string, timeout = TIMEOUT_MS): Promise<Frame> {
  const deadline = Date.now() + timeout
  for (;;) {
    for (const frame of page.frames().filter(isContent)) {
      if (await matches(frame, selector)) return frame
    }
    if (Date.now() > deadline) throw new Error(`no webview shows ${selector}; there are\n${await describe(page)}`)
    await page.waitForTimeout(100)
  }
}

/** The outer frame of a webview is VS Code's loader; the inner one holds the extension's page. */
const isContent = (frame: Frame) => frame.name() !== '' && (frame.parentFrame()?.url().includes('/webview/') ?? false)

/** A frame may go away between being listed and being asked: then it is not the one. */
async function matches(frame: Frame, selector: string): Promise<boolean> {
  try {
    return (await frame.locator(selector).count()) > 0
  } catch {
    return false
  }
}

async function describe(page: Page): Promise<string> {
  const texts = await Promise.all(
    page
      .frames()
      .filter(isContent)
      .map(frame =>
        frame
          .locator('body')
          .textContent({ timeout: 1_000 })
          .catch(() => '(gone)'),
      ),
  )
  return texts.length === 0 ? '(no webview at all)' : texts.map(text => `- ${text?.slice(0, 300)}`).join('\n')
}
