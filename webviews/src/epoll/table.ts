/** The graph as a table, for copying and for those who listen. */
import type { EpollInstance, EpollPicture, Interest } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { dupsOf, nameOf, objectState, oddities, titleOf } from './texts.ts'

const HEADS = [
  'Process',
  'Epoll',
  'Who waits',
  'Descriptor',
  'Interest',
  'Data',
  'Knotes',
  'Object',
  'State',
  'Not as expected',
]

type Shown = (instance: EpollInstance, interest: Interest | undefined) => boolean

export function showTable(box: HTMLElement, picture: EpollPicture, shown: Shown): void {
  const objects = new Map(picture.objects.map(each => [each.id, each]))
  const rows = picture.instances.flatMap(instance => {
    const interests = instance.interests.filter(each => shown(instance, each))
    if (interests.length === 0 && shown(instance, undefined)) return [row(instanceCells(instance), instance.closed)]
    return interests.map(interest => {
      const object = objects.get(interest.object)
      const knotes = interest.knotes.map(
        each => `${each.filter} ${each.state}${each.flags === '' ? '' : ` ${each.flags}`}`,
      )
      const cells = [
        ...instanceCells(instance),
        String(interest.fd),
        interest.leftBehind ? 'none' : interest.events,
        interest.data,
        knotes.join('; '),
        object === undefined ? '' : `${object.type} ${nameOf(object)}`,
        object === undefined ? '' : objectState(object),
        oddities(interest).join('; '),
      ]
      return row(cells, interest.gone)
    })
  })
  box.replaceChildren(
    h(
      'table',
      { class: 'plain', 'aria-label': 'Epoll instances and their interests' },
      h('thead', {}, h('tr', {}, ...HEADS.map(head => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, ...rows),
    ),
  )
}

function instanceCells(instance: EpollInstance): string[] {
  const waiting = instance.waiters.filter(each => each.waiting).map(each => each.tid)
  const name = [titleOf(instance), ...dupsOf(instance)].join(' = ')
  return [String(instance.pid), `${name}${instance.closed ? ' (closed)' : ''}`, waiting.join(', ') || 'nobody']
}

function row(cells: readonly string[], isGone: boolean): HTMLElement {
  const all = [...cells, ...Array.from({ length: HEADS.length - cells.length }, () => '')]
  return h('tr', { class: isGone ? 'gone' : undefined }, ...all.map(text => h('td', {}, text)))
}
