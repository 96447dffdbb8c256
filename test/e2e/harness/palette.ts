import type { Locator, Page } from 'playwright-core'

const ATTEMPTS = 5
const PATIENCE_MS = 4_000

/** The command palette. While extensions are still starting it may lose what is typed, so each step is tried again. */
export class Palette {
  readonly #page: Page
  readonly #input: Locator

  constructor(page: Page) {
    this.#page = page
    this.#input = page.locator('.quick-input-widget input[type="text"]')
  }

  /** Runs the command with exactly this title. */
  async run(title: string): Promise<void> {
    await this.#trying(title, async () => {
      await this.#fill(`>${title}`)
      await this.#click(title)
      await this.#input.waitFor({ state: 'hidden', timeout: PATIENCE_MS })
    })
  }

  /** Runs a command that then asks `question` in the same box, which need not be seen to close in between, and types the answer. */
  async answer(title: string, question: string, answer: string): Promise<void> {
    await this.#trying(title, async () => {
      await this.#type(title, question, answer)
      await this.#page.keyboard.press('Enter')
      await this.#input.waitFor({ state: 'hidden', timeout: PATIENCE_MS })
    })
  }

  /** The same without Enter: what is offered can be looked at. */
  async ask(title: string, question: string, answer: string): Promise<void> {
    await this.#trying(title, () => this.#type(title, question, answer))
  }

  async #type(title: string, question: string, answer: string): Promise<void> {
    await this.#fill(`>${title}`)
    await this.#click(title)
    const box = this.#page.locator(`.quick-input-widget input[aria-label*="${question}"]`)
    await box.waitFor({ timeout: PATIENCE_MS })
    await box.fill(answer)
  }

  /** Runs a command that then asks, and answers with the entry that holds `answer`. */
  async choose(title: string, answer: string): Promise<void> {
    await this.#trying(title, async () => {
      await this.#fill(`>${title}`)
      await this.#click(title)
      await this.#row(answer).waitFor({ timeout: PATIENCE_MS })
      await this.#input.fill(answer)
      await this.#click(answer)
      await this.#input.waitFor({ state: 'hidden', timeout: PATIENCE_MS })
    })
  }

  /** Picks an entry of another list of the same box; `prefix` chooses the list, as "debug " does. */
  async pick(prefix: string, entry: string): Promise<void> {
    await this.#trying(entry, async () => {
      await this.#fill(`${prefix}${entry}`)
      await this.#click(entry)
      await this.#input.waitFor({ state: 'hidden', timeout: PATIENCE_MS })
    })
  }

  /** Brings a line of the editor into sight. */
  async goToLine(line: number): Promise<void> {
    await this.#trying(`:${line}`, async () => {
      await this.#fill(`:${line}`)
      await this.#page.keyboard.press('Enter')
      await this.#input.waitFor({ state: 'hidden', timeout: PATIENCE_MS })
    })
  }

  async #trying(title: string, action: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await action()
        return
      } catch (error) {
        if (attempt === ATTEMPTS) throw new Error(`the palette would not run "${title}"`, { cause: error })
        await this.#page.keyboard.press('Escape')
      }
    }
  }

  async #fill(text: string): Promise<void> {
    if (!(await this.#input.isVisible())) await this.#page.keyboard.press('F1')
    await this.#input.waitFor({ timeout: PATIENCE_MS })
    await this.#input.fill(text)
  }

  #row(text: string): Locator {
    return this.#page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first()
  }

  async #click(text: string): Promise<void> {
    await this.#row(text).click({ timeout: PATIENCE_MS })
  }
}
