/** Which divergences are in force: those of the personality, and what the user has switched on or off. */
import { divergences } from './divergences.ts'
import { MECHANISMS } from './mechanisms.ts'
import { structuralIds } from './structure.ts'
import type { Personality } from './table.ts'

export interface DivergenceSwitch {
  /** An id, or a group: `epoll`, `epoll.*`, `all`. */
  readonly name: string
  readonly on: boolean
}

/** The message is one sentence for people. */
export class DivergenceError extends Error {}

export const groupOf = (id: string): string => id.slice(0, id.indexOf('.'))

const allIds: ReadonlySet<string> = new Set([...divergences.map(({ id }) => id), ...structuralIds])

/** Of those that have no switch of their own, the mechanism that they come with. */
const parts: ReadonlyMap<string, string> = new Map(
  divergences.flatMap(({ id, comesWith }) => (comesWith === undefined ? [] : [[id, comesWith] as const])),
)

/** By what a divergence is switched: itself, or the mechanism that it is a part of. */
export const switchOf = (id: string): string => parts.get(id) ?? id

/** The ids that a name stands for. @throws DivergenceError */
export function idsNamed(name: string): string[] {
  const group = name.endsWith('.*') ? name.slice(0, -2) : name
  const found = [...allIds].filter(id => name === 'all' || id === name || groupOf(id) === group)
  if (found.length > 0) return found
  throw new DivergenceError(`There is no divergence ${name}; interlinear divergences lists those there are.`)
}

/** Later switches count more than earlier ones. @throws DivergenceError */
export function chosenDivergences(
  personality: Personality,
  switches: readonly DivergenceSwitch[],
): ReadonlySet<string> {
  const chosen = new Set(personality === 'linux' ? [] : [...allIds].filter(id => !parts.has(id)))
  for (const { name, on } of switches) {
    const mechanism = parts.get(name)
    if (mechanism !== undefined)
      throw new DivergenceError(`${name} is a part of ${mechanism}, and is switched with it.`)
    for (const id of idsNamed(name)) {
      if (parts.has(id)) continue
      if (on) chosen.add(id)
      else chosen.delete(id)
    }
  }
  checkMechanisms(chosen, switches)
  return chosen
}

/** What differs within one of NetBSD's mechanisms is not there to be asked for while Linux's own is in its place. */
function checkMechanisms(chosen: ReadonlySet<string>, switches: readonly DivergenceSwitch[]): void {
  for (const { name, on } of switches) {
    if (!allIds.has(name)) continue
    const mechanism = Object.entries(MECHANISMS).find(([family]) => family === groupOf(name))?.[1]
    if (!on || mechanism === undefined || chosen.has(mechanism)) continue
    throw new DivergenceError(
      `${name} is a part of how NetBSD does ${groupOf(name)}, which is not done so here; add --with ${mechanism}, or use netbsd-10 and --without for the others.`,
    )
  }
}
