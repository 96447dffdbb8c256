import { fileURLToPath } from 'node:url'
import type { Frame } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VsCode } from './harness/vscode.ts'

const WORKSPACE = fileURLToPath(new URL('../../test-workspace', import.meta.url))

describe('in high contrast', () => {
  let vscode: VsCode

  beforeAll(async () => {
    vscode = await VsCode.openForDebugging({ workspace: WORKSPACE, theme: 'contrast' })
  })
  afterAll(async () => {
    await vscode?.close()
  })

  it('a run is shown', async () => {
    await vscode.debug.pick('Epoll echo: watch an event loop')
    await vscode.debug.ended()
    await vscode.palette.run('Interlinear: Open Views')
    await vscode.enlargePanel(250)
    await vscode.shows('calls', /exit_group/)
  })

  it.each(['contrast', 'contrast-light'] as const)('%s: what is selected can be read', async theme => {
    await vscode.useTheme(theme)
    const calls = await vscode.view('calls')
    await calls.locator('[role="row"]', { hasText: 'epoll_ctl' }).last().click()
    await calls.locator('.row[aria-selected="true"]').waitFor()
    await vscode.screenshot(`high-contrast-${theme}`)
    expect(await contrast(calls, '.row[aria-selected="true"] .call b')).toBeGreaterThanOrEqual(7)
  })
})

/** Between the text of an element and what is behind it, as WCAG reckons it. */
function contrast(frame: Frame, selector: string): Promise<number> {
  const text = frame.locator(selector).first()
  return text.evaluate(element => {
    const context = document.createElement('canvas').getContext('2d')
    if (context === null) return 0
    // What lies over each other is painted over each other, in whatever way a style sheet may say a colour.
    const painted = (colour: string) => {
      context.fillStyle = colour
      context.fillRect(0, 0, 1, 1)
      const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(each => {
        const share = each / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const around: Element[] = []
    for (let each: Element | null = element; each !== null; each = each.parentElement) around.unshift(each)
    let behind = painted('white')
    for (const each of around) behind = painted(getComputedStyle(each).backgroundColor)
    const light = painted(getComputedStyle(element).color)
    return (Math.max(light, behind) + 0.05) / (Math.min(light, behind) + 0.05)
  })
}
