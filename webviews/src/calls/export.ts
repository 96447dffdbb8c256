/** The list as text for other programs: asked for in parts, so that a long one holds nothing up. */
import type { ExportFormat } from '@interlinear/emulator-core/events/queries.ts'
import type { Page } from '../shared/page.ts'

export interface Wanted {
  readonly filter: string
  readonly format: ExportFormat
  /** Places in the filtered list: from the first to before the last. */
  readonly from: number
  readonly to?: number
}

/** Characters: what a message to the editor may carry. */
const MOST = 200_000_000

export class Exporter {
  readonly #page: Page
  /** How far it is, 0 to 1; undefined: nothing is under way. */
  readonly #progress: (share: number | undefined) => void
  #cancelled = false
  busy = false

  constructor(page: Page, progress: (share: number | undefined) => void) {
    this.#page = page
    this.#progress = progress
  }

  cancel(): void {
    this.#cancelled = true
  }

  /** Undefined if it was cancelled, or became too long. */
  async text({ filter, format, from, to }: Wanted): Promise<string | undefined> {
    if (this.busy) return undefined
    this.busy = true
    this.#cancelled = false
    const parts: string[] = []
    let length = 0
    try {
      for (let next: number | undefined = from; next !== undefined; ) {
        const part: { readonly text: string; readonly next: number | undefined; readonly matched: number } =
          await this.#page.ask('export', { filter, format, from: next, to })
        if (this.#cancelled) return undefined
        parts.push(part.text)
        length += part.text.length
        if (length > MOST) {
          this.#page.announce('The list is too long to be exported whole: filter it first.')
          return undefined
        }
        next = part.next
        this.#progress((next ?? part.matched) / Math.max(1, Math.min(to ?? part.matched, part.matched)))
      }
      return parts.join('')
    } finally {
      this.busy = false
      this.#progress(undefined)
    }
  }
}
