/** The graph as a table, for copying and for those who listen. */
import type { EpollPicture } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { objectState } from './graph.ts'

const HEADS = ['Epoll', 'Who waits', 'Descriptor', 'Interest', 'Data', 'Knotes', 'Object', 'State']

export function showTable(box: HTMLElement, picture: EpollPicture): void {
  const objects = new Map(picture.objects.map(each => [each.id, each]))
  const rows = picture.instances.flatMap(instance => {
    const waiting = instance.waiters.filter(each => each.waiting).map(each => each.tid)
    const name = `${instance.fd}${instance.closed ? ' (closed)' : ''}`
    return instance.interests.map(interest => {
      const object = objects.get(interest.object)
      const knotes = interest.knotes.map(
        each => `${each.filter} ${each.state}${each.flags === '' ? '' : ` ${each.flags}`}`,
      )
      const cells = [
        name,
        waiting.join(', ') || 'nobody',
        String(interest.fd),
        interest.leftBehind ? 'none: left behind' : interest.events,
        interest.data,
        knotes.join('; '),
        object === undefined ? '' : `${object.type} ${object.description}`,
        object === undefined ? '' : objectState(object),
      ]
      return h('tr', { class: interest.gone ? 'gone' : undefined }, ...cells.map(text => h('td', {}, text)))
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
