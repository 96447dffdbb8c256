/** Finding things in the graph: by words, by descriptor, process, type and state. */
import type { EpollInstance, EpollObject, EpollPicture, Interest } from '@interlinear/emulator-core/events/queries.ts'
import { nameOf, oddities, programOf, titleOf } from './texts.ts'

type Matches = (instance: EpollInstance, interest: Interest | undefined) => boolean

/** `fd:7 pid:1203 type:socket is:queued word`: all of it has to hold. Undefined: everything does. */
export function matcher(query: string, objects: readonly EpollObject[]): Matches | undefined {
  const terms = query
    .toLowerCase()
    .split(/\s+/)
    .filter(each => each !== '')
  if (terms.length === 0) return undefined
  const byId = new Map(objects.map(each => [each.id, each]))
  return (instance, interest) => {
    const object = interest === undefined ? undefined : byId.get(interest.object)
    return terms.every(term => holds(term, instance, interest, object))
  }
}

function holds(
  term: string,
  instance: EpollInstance,
  interest: Interest | undefined,
  object: EpollObject | undefined,
): boolean {
  const [, key, value] = /^(fd|pid|type|is):(.*)$/.exec(term) ?? []
  switch (key) {
    case 'fd':
      return String((interest ?? instance).fd) === value
    case 'pid':
      return String(instance.pid) === value
    case 'type':
      return (object?.type ?? '').startsWith(value)
    case 'is':
      if (interest === undefined) return value === 'odd' && instance.badges.length + instance.lost.length > 0
      if (value === 'odd') return oddities(interest).length > 0
      return value === 'gone' ? interest.gone : interest.knotes.some(({ state }) => state === value)
    default:
      return textOf(instance, interest, object).includes(term)
  }
}

function textOf(instance: EpollInstance, interest: Interest | undefined, object: EpollObject | undefined): string {
  if (interest === undefined) return `${titleOf(instance)} ${programOf(instance.program)} ${instance.pid}`.toLowerCase()
  const { fd, events, data, knotes } = interest
  const watched = object === undefined ? '' : `${object.type} ${nameOf(object)}`
  return `fd ${fd} ${events} ${data} ${watched} ${knotes.map(each => each.filter).join(' ')} ${oddities(interest).join(' ')}`.toLowerCase()
}

export interface Found {
  readonly instance: EpollInstance
  readonly interest: Interest | undefined
}

export function findAll({ instances }: Pick<EpollPicture, 'instances'>, matches: Matches): Found[] {
  return instances
    .filter(each => !each.closed)
    .flatMap(instance => [
      ...(matches(instance, undefined) ? [{ instance, interest: undefined }] : []),
      ...instance.interests
        .filter(interest => !interest.gone && matches(instance, interest))
        .map(interest => ({ instance, interest })),
    ])
}
