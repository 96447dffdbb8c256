/** Which divergences are in force: those of the personality, and what the user has switched on or off. */
import { divergences } from './divergences.ts'
import type { Personality } from './table.ts'

export interface DivergenceSwitch {
  /** An id, or a group: `epoll`, `epoll.*`, `all`. */
  readonly name: string
  readonly on: boolean
}

/** The message is one sentence for people. */
export class DivergenceError extends Error {}

/** Families whose mechanism is another one under `linux`: what differs within NetBSD's is not there to be switched on. */
const OWN_MECHANISMS = ['epoll', 'inotify']

export const groupOf = (id: string): string => id.slice(0, id.indexOf('.'))

/** The ids that a name stands for. @throws DivergenceError */
export function idsNamed(name: string): string[] {
  const group = name.endsWith('.*') ? name.slice(0, -2) : name
  const found = divergences.map(({ id }) => id).filter(id => name === 'all' || id === name || groupOf(id) === group)
  if (found.length > 0) return [...new Set(found)]
  throw new DivergenceError(`There is no divergence ${name}; interlinear divergences lists those there are.`)
}

/** Later switches count more than earlier ones. @throws DivergenceError */
export function chosenDivergences(
  personality: Personality,
  switches: readonly DivergenceSwitch[],
): ReadonlySet<string> {
  const chosen = new Set(personality === 'linux' ? [] : divergences.map(({ id }) => id))
  for (const { name, on } of switches) {
    for (const id of idsNamed(name)) {
      if (!on) chosen.delete(id)
      else if (personality === 'linux' && OWN_MECHANISMS.includes(groupOf(id))) {
        if (name !== id) continue
        throw new DivergenceError(
          `${id} is a part of how NetBSD does ${groupOf(id)}, which the personality linux does not; use netbsd-10, and --without for the others.`,
        )
      } else chosen.add(id)
    }
  }
  return chosen
}
