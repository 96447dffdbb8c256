/**
 * A picture of a thousand interests is most of a megabyte, and ten times a second it is the same but for a few: what has not changed
 * since the picture that the asker has travels as its key alone.
 */
import type { EpollChanges, EpollObject, EpollPicture, Interest } from '../queries.ts'

/** Pictures of which it is known what was told: several askers take turns. */
const KEPT = 4

/** As it was told, by key. */
interface Told {
  readonly interests: ReadonlyMap<string, string>
  readonly objects: ReadonlyMap<number, string>
}

const keyOf = (epoll: number, key: string): string => `${epoll}:${key}`

export class PictureMemory {
  readonly #told = new Map<number, Told>()
  #number = 0

  /** `base`: the number of the picture that the asker has; undefined: none. */
  changes(picture: EpollPicture, base: number | undefined): EpollChanges {
    const before = base === undefined ? undefined : this.#told.get(base)
    const interests = new Map<string, string>()
    const objects = new Map<number, string>()
    const instances = picture.instances.map(instance => ({
      ...instance,
      interests: instance.interests.map(interest => {
        const key = keyOf(instance.id, interest.key)
        const text = JSON.stringify(interest)
        interests.set(key, text)
        return before?.interests.get(key) === text ? interest.key : interest
      }),
    }))
    const changed = picture.objects.map(object => {
      const text = JSON.stringify(object)
      objects.set(object.id, text)
      return before?.objects.get(object.id) === text ? object.id : object
    })
    this.#told.set(++this.#number, { interests, objects })
    this.#told.delete(this.#number - KEPT)
    return {
      ...picture,
      number: this.#number,
      base: before === undefined ? undefined : base,
      instances,
      objects: changed,
    }
  }
}

/** The whole picture; undefined if `before` is not the one that the changes are of. */
export function wholePicture(
  { number: _, base, instances, objects, ...rest }: EpollChanges,
  before: EpollPicture | undefined,
): EpollPicture | undefined {
  if (base !== undefined && before === undefined) return undefined
  const interests = new Map<string, Interest>()
  const known = new Map<number, EpollObject>(before?.objects.map(each => [each.id, each]))
  for (const instance of before?.instances ?? [])
    for (const each of instance.interests) interests.set(keyOf(instance.id, each.key), each)
  const found = <T>(each: T | undefined): readonly T[] => (each === undefined ? [] : [each])
  return {
    ...rest,
    instances: instances.map(instance => ({
      ...instance,
      interests: instance.interests.flatMap(each =>
        typeof each === 'string' ? found(interests.get(keyOf(instance.id, each))) : [each],
      ),
    })),
    objects: objects.flatMap(each => (typeof each === 'number' ? found(known.get(each)) : [each])),
  }
}
