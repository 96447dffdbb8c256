/** What the selection, which all views share, means in the graph. */
import type { EpollPicture, Thing } from '@interlinear/emulator-core/events/queries.ts'
import type { Selection } from '../shared/protocol.ts'
import type { Node } from './nodes.ts'
import { titleOf } from './texts.ts'

type Picture = Pick<EpollPicture, 'instances' | 'objects'>

export function isSelected(node: Node, selection: Selection | undefined): boolean {
  switch (selection?.kind) {
    case 'epoll':
      return node.kind === 'instance' && node.instance.id === selection.epoll
    case 'interest':
    case 'knote':
      return node.kind === 'interest' && node.instance.id === selection.epoll && node.interest.fd === selection.fd
    case 'object':
      return node.kind === 'object' && node.object.id === selection.object
    case 'thread':
      return node.kind === 'waiter' && node.waiter.tid === selection.tid
    case 'process':
      return (node.kind === 'process' || node.kind === 'holder') && node.pid === selection.pid
    case 'descriptor':
      if (node.kind === 'instance') return node.instance.pid === selection.pid && node.instance.fd === selection.fd
      return node.kind === 'interest' && node.instance.pid === selection.pid && node.interest.fd === selection.fd
    default:
      return false
  }
}

export function selectionOf(node: Node): Selection | undefined {
  switch (node.kind) {
    case 'process':
    case 'holder':
      return { kind: 'process', pid: node.pid }
    case 'waiter':
      return { kind: 'thread', tid: node.waiter.tid }
    case 'instance':
      return { kind: 'epoll', epoll: node.instance.id }
    case 'interest':
      return { kind: 'interest', epoll: node.instance.id, fd: node.interest.fd }
    case 'object':
      return { kind: 'object', object: node.object.id }
    case 'field':
      return undefined
  }
}

/** The instance, or the descriptor in it, whose history is the selection's; undefined: all there is. */
export function subjectOf(selection: Selection | undefined, { instances }: Picture): Thing | undefined {
  switch (selection?.kind) {
    case 'epoll':
      return { epoll: selection.epoll, fd: undefined }
    case 'interest':
    case 'knote':
      return { epoll: selection.epoll, fd: selection.fd }
    case 'object': {
      const watching = instances.flatMap(({ id, interests }) => interests.map(each => ({ ...each, epoll: id })))
      const found = watching.find(each => each.object === selection.object)
      return found === undefined ? undefined : { epoll: found.epoll, fd: found.fd }
    }
    case 'thread': {
      const found = instances.find(each => each.waiters.some(({ tid }) => tid === selection.tid))
      return found === undefined ? undefined : { epoll: found.id, fd: undefined }
    }
    case 'descriptor': {
      const own = instances.filter(each => each.pid === selection.pid)
      const itself = own.find(each => each.fd === selection.fd)
      if (itself !== undefined) return { epoll: itself.id, fd: undefined }
      const found = own.find(each => each.interests.some(({ fd }) => fd === selection.fd))
      return found === undefined ? undefined : { epoll: found.id, fd: selection.fd }
    }
    default:
      return undefined
  }
}

/** What lies around the selection is around these. */
export function centreOf(selection: Selection | undefined, touched: readonly Thing[], picture: Picture) {
  const subject = subjectOf(selection, picture)
  const things = subject === undefined ? touched : [subject]
  const isWhole = things.every(({ fd }) => fd === undefined)
  const objects = things.flatMap(({ epoll, fd }) => {
    const interests = picture.instances.find(each => each.id === epoll)?.interests ?? []
    return interests.filter(each => each.fd === fd && !each.gone).map(({ object }) => object)
  })
  if (selection?.kind === 'object') objects.push(selection.object)
  return { epolls: isWhole ? things.map(({ epoll }) => epoll) : [], objects, isEmpty: things.length === 0 }
}

export function subjectName(subject: Thing | undefined, { instances }: Picture): string {
  if (subject === undefined) return 'all'
  if (subject.fd !== undefined) return `fd ${subject.fd}`
  const found = instances.find(each => each.id === subject.epoll)
  return found === undefined ? 'all' : titleOf(found)
}
