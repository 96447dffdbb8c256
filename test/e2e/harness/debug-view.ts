import type { Locator, Page } from 'playwright-core'
import type { Palette } from './palette.ts'

const STOP_TIMEOUT_MS = 30_000

/** "Run and Debug" as a user sees it: what is read here is text on the screen. */
export class DebugView {
  readonly #page: Page
  readonly #palette: Palette

  constructor(page: Page, palette: Palette) {
    this.#page = page
    this.#palette = palette
  }

  get #toolbar(): Locator {
    return this.#page.locator('.debug-toolbar')
  }

  /** Shows the view; F5 before it has ever been shown may start nothing. */
  async show(): Promise<void> {
    await this.#palette.run('View: Show Run and Debug')
    await this.#page.locator('.debug-call-stack').waitFor()
  }

  /** Picks a configuration of launch.json by its name. */
  async pick(configuration: string): Promise<void> {
    await this.#palette.pick('debug ', configuration)
    await this.#toolbar.waitFor({ timeout: STOP_TIMEOUT_MS })
  }

  /** F5: starts the configuration that is selected. */
  async start(): Promise<void> {
    await this.show()
    await this.#page.keyboard.press('F5')
    await this.#toolbar.waitFor({ timeout: STOP_TIMEOUT_MS })
  }

  /** The command "Break on a System Call". */
  async breakOnCall(name: string): Promise<void> {
    await this.#palette.answer('Interlinear: Break on a System Call', 'Stop before which system call?', name)
    await this.#page.locator('.debug-breakpoints .monaco-list-row', { hasText: name }).waitFor()
  }

  /** Switches a breakpoint off, or on again. */
  async toggleBreakpoint(name: string): Promise<void> {
    await this.#page.locator('.debug-breakpoints .monaco-list-row', { hasText: name }).getByRole('checkbox').click()
  }

  /** Switches a breakpoint off if it is on, and lets go on what it has stopped. */
  async switchOff(name: string): Promise<void> {
    const box = this.#page.locator('.debug-breakpoints .monaco-list-row', { hasText: name }).getByRole('checkbox')
    await box.waitFor()
    if (await box.isChecked()) {
      await this.#page.locator('.debug-toolbar .codicon-debug-continue').waitFor({ timeout: STOP_TIMEOUT_MS })
      await box.click()
      await this.#page.locator('.debug-toolbar .codicon-debug-continue').click()
    }
  }

  async continue(): Promise<void> {
    await this.#page.keyboard.press('F5')
  }

  /** Each comes back when the innermost frame is another one, or elsewhere: a key that comes while the program runs does nothing. */
  stepOver(): Promise<void> {
    return this.#step('F10')
  }

  stepInto(): Promise<void> {
    return this.#step('F11')
  }

  stepOut(): Promise<void> {
    return this.#step('Shift+F11')
  }

  /** Steps in until the innermost frame is this one. */
  async stepIntoUntil(frame: RegExp): Promise<void> {
    while (!frame.test(await this.#top.innerText())) await this.stepInto()
  }

  /** Steps out until the innermost frame is this one. */
  async stepOutUntil(frame: RegExp): Promise<void> {
    while (!frame.test(await this.#top.innerText())) await this.stepOut()
  }

  async #step(key: string): Promise<void> {
    const before = await this.#top.innerText()
    await this.#page.keyboard.press(key)
    const deadline = Date.now() + STOP_TIMEOUT_MS
    while ((await this.#topText(before)) === before) {
      if (Date.now() > deadline) throw new Error(`${key} has led nowhere: still ${before}`)
      await this.#page.waitForTimeout(50)
    }
  }

  /** Where it is now; while the program runs, where it was before. */
  async #topText(before: string): Promise<string> {
    const isPaused = await this.#page.locator('.debug-toolbar .codicon-debug-continue').isVisible()
    return isPaused && (await this.#top.isVisible()) ? await this.#top.innerText() : before
  }

  get #top(): Locator {
    return this.#frames.first()
  }

  get #frames(): Locator {
    return this.#page.locator('.debug-call-stack .monaco-list-row', { has: this.#page.locator('.stack-frame') })
  }

  /** Waits until the innermost frame is this one. */
  async innermost(frame: string | RegExp): Promise<void> {
    await this.#top.filter({ hasText: frame }).waitFor({ timeout: STOP_TIMEOUT_MS })
  }

  async stop(): Promise<void> {
    if (await this.#toolbar.isVisible()) await this.#palette.run('Debug: Stop')
    await this.ended()
  }

  /** Waits until no session runs. */
  async ended(): Promise<void> {
    await this.#toolbar.waitFor({ state: 'hidden', timeout: STOP_TIMEOUT_MS })
  }

  /** Waits until a frame with this text is on the call stack, and gives the text of all rows. */
  async stoppedIn(frame: string | RegExp): Promise<string[]> {
    const rows = this.#page.locator('.debug-call-stack .monaco-list-row')
    await rows.filter({ hasText: frame }).first().waitFor({ timeout: STOP_TIMEOUT_MS })
    return oneLineEach(await rows.allInnerTexts())
  }

  /** Opens a scope or a variable that has parts. */
  async expand(name: string | RegExp): Promise<void> {
    const row = this.#variableRow(name)
    await row.waitFor()
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.locator('.monaco-tl-twistie').click()
  }

  /** Waits for a variable whose row holds this text, and gives the text of all rows that can be seen. */
  async variable(text: string | RegExp): Promise<string[]> {
    await this.#variableRow(text).waitFor({ timeout: STOP_TIMEOUT_MS })
    return oneLineEach(await this.#page.locator('.debug-variables .monaco-list-row').allInnerTexts())
  }

  /** Waits until a line of the editor has this text, with what the debugger has put behind it. */
  async editorLine(text: string | RegExp): Promise<string> {
    const line = this.#page.locator('.editor-instance .view-line').filter({ hasText: text }).first()
    await line.waitFor({ timeout: STOP_TIMEOUT_MS })
    return line.innerText()
  }

  /** The end of what the debug console shows: as much as is on the screen. */
  async console(): Promise<string> {
    await this.#palette.run('Debug Console: Focus on Debug Console View')
    const rows = this.#page.locator('.repl .monaco-list-row')
    await rows.first().waitFor()
    await this.#page.locator('.repl .monaco-list').first().hover()
    await this.#page.mouse.wheel(0, 1_000_000)
    await this.#page.waitForTimeout(300) // the list draws what it has been scrolled to
    return (await rows.allInnerTexts()).join('\n')
  }

  #variableRow(text: string | RegExp): Locator {
    return this.#page.locator('.debug-variables .monaco-list-row', { hasText: text }).first()
  }
}

const oneLineEach = (texts: readonly string[]) => texts.map(text => text.replaceAll('\n', ' ').trim())
