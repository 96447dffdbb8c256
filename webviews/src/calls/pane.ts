/** The pane beside the list: all about the selected call, statistics, or a descriptor that is followed. */
import type { CallDescriptor } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import type { Page } from '../shared/page.ts'
import { showDetails } from './details.ts'
import { showFollowed, USES_SHOWN } from './follow.ts'
import { type Column, showStatistics } from './statistics.ts'
import './pane.css'

export type PaneKind = 'details' | 'statistics' | 'follow'

export interface PaneHost {
  filter(text: string): void
  /** Selects the call of that event, and brings it into sight. */
  goTo(event: number): void
  /** The translation of the call of that name, in its source. */
  source(name: string): void
  /** What is shown has changed; undefined: nothing. */
  changed(kind: PaneKind | undefined): void
}

interface Target {
  readonly pid: number
  readonly descriptor: CallDescriptor
}

const NAMES: Readonly<Record<PaneKind, string>> = {
  details: 'Details',
  statistics: 'Statistics',
  follow: 'Followed descriptor',
}

export class Pane {
  readonly element = h('aside', { class: 'pane', 'aria-label': 'Details', hidden: true })
  readonly #page: Page
  readonly #host: PaneHost
  #kind: PaneKind | undefined
  #target: Target | undefined
  #fromUse = 0
  #hex = false
  #column: Column = 'share'
  /** What is drawn: nothing is drawn twice. */
  #drawn = ''

  constructor(page: Page, host: PaneHost) {
    this.#page = page
    this.#host = host
  }

  get kind(): PaneKind | undefined {
    return this.#kind
  }

  show(kind: PaneKind | undefined): void {
    this.#kind = kind
    this.#drawn = ''
    this.element.hidden = kind === undefined
    if (kind !== undefined) this.element.setAttribute('aria-label', NAMES[kind])
    this.#host.changed(kind)
  }

  follow(pid: number, descriptor: CallDescriptor): void {
    this.#target = { pid, descriptor }
    this.#fromUse = 0
    this.show('follow')
  }

  isFollowing(pid: number, fd: number, at: number): boolean {
    const target = this.#target
    return this.#kind === 'follow' && target?.pid === pid && target.descriptor.fd === fd && target.descriptor.at === at
  }

  /** Another run. */
  reset(): void {
    this.#target = undefined
    if (this.#kind !== undefined && this.#kind !== 'statistics') this.show(undefined)
    this.#drawn = ''
  }

  /** `filter`: what the list is filtered by. */
  async refresh(filter: string): Promise<void> {
    if (this.#kind === 'statistics') await this.#statistics(filter)
    else if (this.#kind === 'details') await this.#details()
    else if (this.#kind === 'follow') await this.#followed()
  }

  async #statistics(filter: string): Promise<void> {
    const answer = await this.#page.ask('statistics', { filter })
    if (answer.scanned < answer.total) this.#page.partly({ events: 1, indexed: 0 })
    this.#draw(`${filter} ${answer.calls} ${answer.scanned} ${answer.total} ${this.#column}`, () =>
      showStatistics(this.element, answer, this.#column, {
        close: () => this.show(undefined),
        filter: text => this.#host.filter(text),
        copy: text => this.#copy(text),
        sort: column => {
          this.#column = column
          this.#page.refresh()
        },
      }),
    )
  }

  async #details(): Promise<void> {
    const { selection } = this.#page.shared
    if (selection?.kind !== 'call') return
    const details = await this.#page.ask('call', { event: selection.event })
    this.#draw(`${details.row.event} ${details.row.state} ${details.inside.length}`, () =>
      showDetails(this.element, details, {
        copy: text => this.#copy(text),
        filter: text => this.#host.filter(text),
        follow: (pid, descriptor) => this.follow(pid, descriptor),
        divergence: id => this.#page.go({ divergence: id }),
        source: name => this.#host.source(name),
        close: () => this.show(undefined),
      }),
    )
  }

  async #followed(): Promise<void> {
    const target = this.#target
    if (target === undefined) return
    const { pid, descriptor } = target
    const { fd, at } = descriptor
    const answer = await this.#page.ask('follow', { pid, fd, at, fromUse: this.#fromUse, uses: USES_SHOWN })
    if (answer.scanned < answer.total) this.#page.partly({ events: 1, indexed: 0 })
    const { found, scanned, total, lives, received, sent, uses } = answer
    const open = lives.filter(each => each.closed === undefined).length
    const ended = uses.filter(each => each.row.duration !== undefined).length
    const counts = [found, scanned === total, open, lives.length, received.calls, sent.calls, ended]
    this.#draw(`${pid} ${fd} ${at} ${this.#fromUse} ${this.#hex} ${counts.join()}`, () =>
      showFollowed(this.element, answer, fd, this.#hex, {
        goTo: event => this.#host.goTo(event),
        format: hex => {
          this.#hex = hex
          this.#page.refresh()
        },
        page: from => {
          this.#fromUse = from
          this.element.scrollTop = 0
          this.#page.refresh()
        },
        copy: text => this.#copy(text),
        close: () => this.show(undefined),
      }),
    )
  }

  #copy(text: string): void {
    this.#page.bridge.copy(text)
    this.#page.announce('Copied')
  }

  /** Draws if something else than before is to be seen; what had the focus has it again. */
  #draw(key: string, draw: () => void): void {
    const whole = `${this.#kind} ${key}`
    if (whole === this.#drawn) return
    this.#drawn = whole
    const focused = document.activeElement
    const held = focused instanceof HTMLElement && this.element.contains(focused) ? focused.dataset.key : undefined
    draw()
    if (held !== undefined) this.element.querySelector<HTMLElement>(`[data-key="${CSS.escape(held)}"]`)?.focus()
  }
}
