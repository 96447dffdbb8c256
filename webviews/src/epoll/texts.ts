/** The graph's things in words: on cards, for those who listen, and under the pointer. */
import type {
  Badge,
  EpollInstance,
  EpollObject,
  Interest,
  KnoteCell,
  KnoteState,
} from '@interlinear/emulator-core/events/queries.ts'
import { amount, clock, count, counted, duration } from '../shared/format.ts'
import type { Node } from './nodes.ts'

/** A sign for each state, so that colour is never alone. */
export const STATE_SIGNS: Readonly<Record<KnoteState, string>> = {
  idle: '○',
  active: '◐',
  queued: '●',
  disabled: '⊘',
  dispatched: '⊖',
  cleared: '◌',
  gone: '✕',
}

export const STATE_WORDS: Readonly<Record<KnoteState, string>> = {
  idle: 'its condition does not hold',
  active: 'its condition holds',
  queued: 'waits to be delivered',
  disabled: 'never queued until it is enabled',
  dispatched: 'delivered once, disabled since (EV_DISPATCH)',
  cleared: 'delivered, silent until the next activation (EV_CLEAR)',
  gone: 'detached',
}

export function titleOf({ purpose, fd }: Pick<EpollInstance, 'purpose' | 'fd'>): string {
  if (purpose === 'inotify') return `kqueue ${fd} of inotify`
  return purpose === 'kqueue' ? `kqueue ${fd}` : `epoll ${fd}`
}

/** Its other numbers in the same process. */
export function dupsOf({ descriptors, fd }: EpollInstance): readonly string[] {
  return descriptors.filter(each => !each.includes(':') && each !== String(fd))
}

export const programOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

export function knoteText(cell: KnoteCell): string {
  const flags = [cell.flags, cell.fflags].filter(each => each !== '').join(', ')
  const told = `${counted(cell.activations, 'activation')}, ${counted(cell.deliveries, 'delivery', 'deliveries')}`
  return `${cell.filter} ${cell.state}${flags === '' ? '' : ` (${flags})`}, data ${count(cell.data)}, ${told}`
}

/** `timerfd` for `anon_inode:[timerfd]`; other descriptions say what they are. */
export function nameOf(object: EpollObject): string {
  const bare = object.description.replace(/^anon_inode:/, '').replace(/^\[(.*)\]$/, '$1')
  const name = bare === '' ? object.type : bare
  return object.peerDescriptors.length === 0 ? name : `${name} ⇄ ${object.peerDescriptors.join(', ')}`
}

export function objectState(object: EpollObject): string {
  if (object.closed) return 'closed'
  const parts: string[] = []
  const isCounter = object.type === 'timerfd' || object.type === 'eventfd'
  if (object.readable !== undefined) {
    if (isCounter) parts.push(object.readable === 0 ? 'not due' : counted(object.readable, 'expiration'))
    else if (object.note === 'listening') parts.push(`${count(object.readable)} to accept`)
    else parts.push(object.readable === 0 ? 'empty' : `${amount(object.readable)} bytes in`)
    if (object.type === 'eventfd') parts[0] = `counter ${amount(object.readable)}`
  }
  if (object.writable !== undefined && object.writable > 0 && !isCounter && object.note !== 'listening')
    parts.push(`room ${amount(object.writable)}`)
  if (object.due > 0) parts.push(`fires at ${clock(object.due)} s`)
  if (object.note !== '' && object.type !== 'eventfd') parts.push(object.note)
  return parts.join(' · ') || 'nothing known of its state'
}

/** The divergences that a click on the sign of a node leads to, the last met last. */
export function badgesOf(node: Node): readonly Badge[] {
  switch (node.kind) {
    case 'instance':
      return node.instance.badges
    case 'holder':
      return node.lost === undefined ? [] : [{ id: LOST_AT_FORK, detail: '', event: node.lost.event, count: 1 }]
    case 'interest': {
      const { badges, leftBehind, numberClosed, knotes } = node.interest
      const id = leftBehind ? HALF_LEFT_BEHIND : numberClosed ? OUTLIVES_NUMBER : undefined
      if (id === undefined || badges.some(each => each.id === id)) return badges
      return [...badges, { id, detail: '', event: knotes[0]?.changed ?? 0, count: 1 }]
    }
    default:
      return []
  }
}

/** Ids of compat-linux/divergences*.ts. */
const LOST_AT_FORK = 'epoll.not-inherited'
const HALF_LEFT_BEHIND = 'epoll.half-registered'
const OUTLIVES_NUMBER = 'epoll.last-descriptor'

/** Why something about the interest is not as a reader would think. */
export function oddities(interest: Interest): string[] {
  const found: string[] = []
  if (interest.differs !== '') found.push(`≠ ${interest.differs}`)
  if (interest.leftBehind) found.push('a half left behind by an epoll_ctl that failed')
  if (interest.numberClosed) found.push(`registered, though descriptor ${interest.fd} is closed`)
  for (const { id, detail, count: times } of interest.badges)
    found.push(`◆ ${id}${detail === '' ? '' : ` (${detail})`}${times > 1 ? `, ${times} times` : ''}`)
  return found
}

export function labelOf(node: Node, now: number): string {
  switch (node.kind) {
    case 'process':
      return `Process ${node.pid}, ${programOf(node.program)}: ${counted(node.instances, 'instance')}`
    case 'waiter': {
      const since = duration(Math.max(0, now - node.waiter.since))
      return `Thread ${node.waiter.tid} ${node.waiter.waiting ? `waits in epoll ${node.instance.fd}` : 'runs'} since ${since}`
    }
    case 'holder':
      if (node.lost !== undefined && node.instance.mechanism === 'epoll')
        return `On Linux process ${node.pid} would share this epoll instance as descriptor ${node.descriptors.join(', ')}; ≠ NetBSD: a kqueue does not survive fork`
      return node.lost === undefined
        ? `Process ${node.pid} has ${titleOf(node.instance)} too, as ${node.descriptors.join(', ')}`
        : `Process ${node.pid} was forked without descriptor ${node.descriptors.join(', ')}: a kqueue does not survive fork. On Linux it would share this epoll instance.`
    case 'instance': {
      const { instance } = node
      const queue = instance.queue
        .map(entry => `${entry.fd} ${entry.label}`)
        .slice(0, 20)
        .join(', ')
      const told = `${counted(instance.activations, 'activation')}, ${counted(instance.deliveries, 'delivery', 'deliveries')}`
      const odd = instance.badges.map(({ id }) => ` ◆ ${id}`).join('')
      const differs = instance.differs === '' ? '' : ` ≠ ${instance.differs}.`
      return `${titleOf(instance)}${instance.closed ? ', closed' : ''}: ${counted(node.interests, 'interest')}, queue ${queue || 'empty'}, ${told}.${differs}${odd}`
    }
    case 'interest':
      return interestLabel(node.interest, node.instance)
    case 'object': {
      const { object } = node
      return `${object.type} ${object.descriptors.join(' ')}, ${nameOf(object)}: ${objectState(object)}`
    }
    case 'field':
      return `${counted(node.cells.length, 'interest')} of ${titleOf(node.instance)} as cells: ${stateCounts(node.cells)}. Arrow keys go from cell to cell, Enter selects`
  }
}

export function interestLabel(interest: Interest, instance: EpollInstance): string {
  const state = interest.gone
    ? 'gone'
    : interest.leftBehind
      ? 'no interest'
      : interest.events || (interest.data === '' ? 'knotes only' : 'no events')
  const odd = oddities(interest)
  const parts = [...interest.knotes.map(knoteText), ...odd].join('; ')
  return `Descriptor ${interest.fd} of ${titleOf(instance)}: ${state}. ${parts}`
}

/** `960 idle, 3 queued` */
export function stateCounts(interests: readonly Interest[]): string {
  const counts = new Map<KnoteState, number>()
  for (const { knotes } of interests)
    for (const { state } of knotes) if (state !== 'gone') counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].map(([state, n]) => `${count(n)} ${state}`).join(', ') || 'no knotes'
}

/** What stands under the pointer: a title, then lines. */
export function tipOf(node: Node, now: number): readonly string[] {
  if (node.kind === 'interest') return interestTip(node.interest, node.instance)
  const label = labelOf(node, now)
  if (node.kind !== 'instance' && node.kind !== 'object') return [label]
  const at = label.indexOf(': ')
  return [label.slice(0, at), ...label.slice(at + 2).split(/, (?=\d[\d,]* activation)/)]
}

export function interestTip(interest: Interest, instance: EpollInstance): readonly string[] {
  const data = interest.data === '' ? '' : `data ${interest.data}`
  return [
    `fd ${interest.fd} of ${titleOf(instance)}`,
    ...[interest.events, data].filter(each => each !== ''),
    ...interest.knotes.map(each => `${STATE_SIGNS[each.state]} ${knoteText(each)}`),
    ...oddities(interest),
  ]
}
