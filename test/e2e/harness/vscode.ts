import { existsSync, readFileSync } from 'node:fs'
import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { installExtension, type Server, startServer, writeSettings } from '../../../scripts/lib/vscode-server.mjs'
import { ensureVsix } from '../../../scripts/lib/vsix.mjs'
import { openBrowser } from './browser.ts'
import { DebugView } from './debug-view.ts'
import { Palette } from './palette.ts'
import { createProfile, type Profile } from './profile.ts'
import { takeScreenshot } from './screenshots.ts'
import { QUIET, THEMES, type Theme } from './settings.ts'
import { webviewShowing } from './webviews.ts'

export type ViewName = 'calls' | 'epoll' | 'inotify' | 'timeline'

export interface OpenOptions {
  /** The folder that is copied and opened. */
  readonly workspace: string
  /** The extensions to install; Interlinear's own when nothing is said. */
  readonly extensions?: readonly string[]
  readonly theme?: Theme
  readonly settings?: Readonly<Record<string, unknown>>
}

/** A real VS Code in a real browser, with a private profile, for one test file. */
export class VsCode {
  readonly page: Page
  readonly palette: Palette
  readonly debug: DebugView
  readonly workspace: string
  readonly #profile: Profile
  readonly #server: Server
  readonly #browser: BrowserContext
  readonly #errors: string[] = []

  private constructor(profile: Profile, server: Server, browser: BrowserContext, page: Page) {
    this.#profile = profile
    this.#server = server
    this.#browser = browser
    this.workspace = profile.workspace
    this.page = page
    this.palette = new Palette(page)
    this.debug = new DebugView(page, this.palette)
    page.on('pageerror', error => this.#errors.push(error.stack ?? error.message))
  }

  static async open({ workspace, extensions, theme = 'dark', settings = {} }: OpenOptions): Promise<VsCode> {
    const profile = createProfile(workspace)
    let server: Server | undefined
    let browser: BrowserContext | undefined
    try {
      for (const vsix of extensions ?? [await ensureVsix()]) await installExtension(profile.folder, vsix)
      writeSettings(profile.folder, { ...QUIET, 'workbench.colorTheme': THEMES[theme].id, ...settings })
      server = await startServer(profile.folder)
      browser = await openBrowser(profile)
      const page = browser.pages()[0] ?? (await browser.newPage())
      const vscode = new VsCode(profile, server, browser, page)
      await page.goto(server.folderAddress(profile.workspace))
      await vscode.#untilUp()
      return vscode
    } catch (error) {
      await browser?.close()
      await server?.stop()
      profile.remove()
      throw error
    }
  }

  /** Opens the workspace for a test that debugs: Interlinear has started, and "Run and Debug" is shown. */
  static async openForDebugging(options: OpenOptions): Promise<VsCode> {
    const vscode = await VsCode.open(options)
    await vscode.statusBarItem('Interlinear')
    await vscode.debug.show()
    return vscode
  }

  async #untilUp(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 })
    await this.page.locator('.statusbar-item').first().waitFor({ timeout: 60_000 })
  }

  /** Reloads the window, as a user does with "Developer: Reload Window". */
  async reload(): Promise<void> {
    await this.page.reload()
    await this.#untilUp()
  }

  /** Waits for an item of the status bar: the only sure sign that an extension has started. */
  async statusBarItem(text: string | RegExp): Promise<void> {
    await this.page.locator('.statusbar-item', { hasText: text }).first().waitFor({ timeout: 60_000 })
  }

  /** Opens a file of the workspace in an editor. */
  async openFile(name: string): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick()
    await this.page.locator('.tab', { hasText: name }).first().waitFor()
  }

  /** Clicks into the gutter beside a line of the editor, and waits for the breakpoint. */
  async breakAtLine(line: number): Promise<void> {
    await this.palette.goToLine(line)
    const gutter = this.page.locator('.editor-instance .margin[role=presentation]')
    const number = gutter.locator('.line-numbers').getByText(String(line), { exact: true })
    const [left, row] = await Promise.all([gutter.boundingBox(), number.boundingBox()])
    if (left === null || row === null) throw new Error(`line ${line} is not in sight`)
    await this.page.mouse.click(left.x + row.height / 2, row.y + row.height / 2)
    await gutter.locator('.codicon-debug-breakpoint, .codicon-debug-breakpoint-unverified').first().waitFor()
  }

  /** The frame of the webview in which `selector` matches something. */
  webview(selector: string) {
    return webviewShowing(this.page, selector)
  }

  /** The text that one of Interlinear's views shows; empty while it shows nothing. */
  async viewText(view: ViewName): Promise<string> {
    const frame = await this.view(view)
    return frame.locator('body').innerText()
  }

  /** The document of one of Interlinear's views. */
  view(view: ViewName) {
    return this.webview(`body[data-view="${view}"]`)
  }

  /** Waits until one of Interlinear's views shows this text. */
  async shows(view: ViewName, text: string | RegExp): Promise<void> {
    await expect.poll(() => this.viewText(view), { timeout: 30_000 }).toMatch(text)
  }

  /** Folds one of the views in the panel up, or unfolds it: the others get the room. */
  async foldView(name: string): Promise<void> {
    await this.page.locator('.part.panel .pane-header', { hasText: name }).first().click()
  }

  /** Makes the panel this many pixels higher, with the mouse. */
  async enlargePanel(pixels: number): Promise<void> {
    const panel = await this.page.locator('.part.panel').boundingBox()
    if (panel === null) throw new Error('there is no panel')
    const x = panel.x + panel.width / 2
    await this.page.mouse.move(x, panel.y)
    await this.page.mouse.down()
    await this.page.mouse.move(x, panel.y - pixels, { steps: 5 })
    await this.page.mouse.up()
  }

  /** Takes a picture of the window in the dark theme and in the light one: NAME-dark and NAME-light. */
  async screenshotInBothThemes(name: string): Promise<void> {
    await this.screenshot(`${name}-dark`)
    await this.useTheme('light')
    await this.screenshot(`${name}-light`)
    await this.useTheme('dark')
  }

  /** Takes a picture of the whole window, or of the part that `selector` matches, into test-results/. */
  async screenshot(name: string, selector?: string): Promise<void> {
    await takeScreenshot(selector === undefined ? this.page : this.page.locator(selector).first(), name)
  }

  async useTheme(theme: Theme): Promise<void> {
    const { label, mark } = THEMES[theme]
    await this.palette.choose('Preferences: Color Theme', label)
    await this.page.locator(`.monaco-workbench.${mark}`).waitFor()
  }

  /** What went wrong in scripts of webviews so far; VS Code's own, in the frame around them, is not counted. */
  scriptErrors(): readonly string[] {
    const ofAPage = /\/pre\/fake\.html|vscode-(webview|resource|remote-resource)|about:srcdoc/
    return this.#errors.filter(error => ofAPage.test(error) && !error.includes('/pre/index.html'))
  }

  /** All uncaught errors of the page, VS Code's own ones too. */
  allErrors(): readonly string[] {
    return this.#errors
  }

  serverLog(): string {
    return existsSync(this.#server.log) ? readFileSync(this.#server.log, 'utf8') : ''
  }

  /** Ends everything, and fails if a webview's script failed at any time and nobody asked for that. */
  async close({ allowScriptErrors = false } = {}): Promise<void> {
    await this.#browser.close()
    await this.#server.stop()
    this.#profile.remove()
    const errors = this.scriptErrors()
    if (errors.length > 0 && !allowScriptErrors) throw new Error(`scripts of views failed:\n${errors.join('\n')}`)
  }
}
