/** The names of the lanes, at their left. */
import type { Timeline, TimelineLane } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { counted } from '../shared/format.ts'
import { LANE } from './lanes.ts'

export class Labels {
  readonly element = h('div', { class: 'labels', role: 'group', 'aria-label': 'Threads' })
  readonly #chosen: (lane: TimelineLane) => void
  #drawn = ''

  constructor(chosen: (lane: TimelineLane) => void) {
    this.#chosen = chosen
  }

  /** `top`: the lane at the upper edge. */
  show({ lanes, firstLane }: Timeline, top: number, selected: number | undefined): void {
    const seen = lanes.slice(Math.max(0, top - firstLane))
    const missing = Math.max(0, firstLane - top)
    const key = JSON.stringify([
      missing,
      selected,
      seen.map(({ tid, name, calls, ended }) => [tid, name, calls, ended]),
    ])
    if (key === this.#drawn) return
    this.#drawn = key
    const focused = document.activeElement
    const held = focused instanceof HTMLElement && this.element.contains(focused) ? focused.dataset.tid : undefined
    const space = h('div', { style: `height:${missing * LANE}px` })
    this.element.replaceChildren(space, ...seen.map(lane => this.#label(lane, selected)))
    if (held !== undefined) this.element.querySelector<HTMLElement>(`[data-tid="${held}"]`)?.focus()
  }

  #label(lane: TimelineLane, selected: number | undefined): HTMLElement {
    const isMain = lane.pid === lane.tid
    return h(
      'button',
      {
        type: 'button',
        class: lane.ended === undefined ? 'label' : 'label gone',
        'aria-pressed': String(lane.tid === selected),
        'data-tid': lane.tid,
        title: `${lane.name}: process ${lane.pid}, thread ${lane.tid}, ${counted(lane.calls, 'call')}`,
        onclick: () => this.#chosen(lane),
      },
      h('b', {}, isMain ? lane.name : `· ${lane.name}`),
      h('span', {}, String(lane.tid)),
    )
  }
}
