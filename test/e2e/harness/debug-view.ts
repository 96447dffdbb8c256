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

  /** The button for it: it is there once VS Code, too, knows that the program is held, and F5 before that does nothing. */
  async goOn(): Promise<void> {
    await this.#page.locator('.debug-toolbar .codicon-debug-continue').click({ timeout: STOP_TIMEOUT_MS })
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

  /** Chooses a frame of the call stack: its variables are shown then. */
  async lookAt(frame: string | RegExp): Promise<void> {
    await this.#frames.filter({ hasText: frame }).first().click()
  }

  /** Waits until the call stack says this of why the program is held. */
  async says(reason: string): Promise<void> {
    const label = this.#page.locator('.call-stack-state-message', { hasText: reason })
    await label.waitFor({ timeout: STOP_TIMEOUT_MS })
  }

  /** Waits until a breakpoint is on the list of them. */
  async listed(breakpoint: string | RegExp): Promise<void> {
    await this.#page.locator('.debug-breakpoints .monaco-list-row', { hasText: breakpoint }).first().waitFor()
  }

  /** Waits for what VS Code puts under a line at which an exception has stopped the program. */
  async exception(): Promise<string> {
    const widget = this.#page.locator('.exception-widget')
    await widget.waitFor({ timeout: STOP_TIMEOUT_MS })
    return widget.innerText()
  }

  /** The row of an instruction in the disassembly. */
  instruction(text: string): Locator {
    return this.#page.locator('.disassembly-view .monaco-list-row', { hasText: text }).first()
  }

  /** Clicks beside an instruction of the disassembly: a breakpoint. */
  async breakAtInstruction(text: string): Promise<void> {
    const beside = this.instruction(text).locator('.codicon').first()
    await beside.click()
    await this.instruction(text).locator('.codicon-debug-breakpoint').waitFor()
  }

  /** Waits until the program stands before this instruction, in the disassembly. */
  async atInstruction(text: string): Promise<void> {
    const arrow = this.instruction(text).locator('[class*="codicon-debug-"][class*="stackframe"]')
    await arrow.first().waitFor({ timeout: STOP_TIMEOUT_MS })
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

  /** Chooses an entry of a variable's menu. */
  async variableMenu(name: string | RegExp, entry: string): Promise<void> {
    await this.#menu(this.#variableRow(name), entry)
  }

  /** Chooses an entry of a frame's menu. */
  async frameMenu(frame: string | RegExp, entry: string): Promise<void> {
    await this.#menu(this.#frames.filter({ hasText: frame }).first(), entry)
  }

  async #menu(row: Locator, entry: string): Promise<void> {
    await row.click({ button: 'right' })
    const menu = this.#page.locator('.monaco-menu')
    // A menu takes no click in its first moments: it might be the end of the one that opened it.
    await menu.getByRole('menuitem', { name: entry }).first().hover()
    await this.#page.keyboard.press('Enter')
    await menu.waitFor({ state: 'hidden' })
  }

  /** Puts an expression into Watch and gives its row, once it has a value. */
  async watch(expression: string): Promise<string> {
    await this.#page.locator('.pane-header', { hasText: 'Watch' }).hover()
    await this.#page.getByRole('button', { name: 'Add Expression' }).click()
    const input = this.#page.locator('.debug-watch input')
    await input.fill(expression)
    await input.press('Enter')
    const row = this.#page.locator('.debug-watch .monaco-list-row', { hasText: expression }).last()
    await row.locator('.value').filter({ hasText: /\S/ }).waitFor({ timeout: STOP_TIMEOUT_MS })
    return oneLineEach([await row.innerText()])[0]
  }

  /** Holds the mouse over a word of the editor, the first of its line, and gives what appears. */
  async hover(line: string | RegExp, word: string): Promise<string> {
    const { x, y } = await middleOf(await this.#lineOf(line), word)
    await this.#page.mouse.move(x, y)
    const widget = this.#page.locator('.debug-hover-widget')
    await widget.filter({ hasText: /\S/ }).waitFor({ timeout: STOP_TIMEOUT_MS })
    return oneLineEach([await widget.innerText()])[0]
  }

  /** Waits until a line of the editor has this text, with what the debugger has put behind it. */
  async editorLine(text: string | RegExp): Promise<string> {
    return (await this.#lineOf(text)).innerText()
  }

  async #lineOf(text: string | RegExp): Promise<Locator> {
    const line = this.#page.locator('.editor-instance .view-line').filter({ hasText: text }).first()
    await line.waitFor({ timeout: STOP_TIMEOUT_MS })
    return line
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

/** Where a word of a line is on the screen: its text is cut into pieces by colour. */
function middleOf(line: Locator, word: string): Promise<{ readonly x: number; readonly y: number }> {
  return line.evaluate((element, wanted) => {
    const pieces = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
    for (let piece = pieces.nextNode(); piece !== null; piece = pieces.nextNode()) {
      const start = (piece.textContent ?? '').search(new RegExp(`\\b${wanted}\\b`))
      if (start < 0) continue
      const range = document.createRange()
      range.setStart(piece, start)
      range.setEnd(piece, start + wanted.length)
      const { left, top, width, height } = range.getBoundingClientRect()
      return { x: left + width / 2, y: top + height / 2 }
    }
    throw new Error(`the line has no ${wanted}`)
  }, word)
}
