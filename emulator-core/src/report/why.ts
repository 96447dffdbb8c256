/**
 * Why a program behaves otherwise here than on Linux: which of the differences, switched off together, make it behave as there.
 * With all of them off the personality is Linux's, so there is always an answer for a program that does the same each time.
 */
import { switchOf } from '../compat-linux/divergence-choice.ts'
import { type Behaviour, behavesAlike } from './behaviour.ts'
import type { Observation } from './observed-run.ts'
import { smallestSet } from './smallest-set.ts'

export interface Run {
  readonly behaviour: Behaviour
  readonly observation: Observation
}

export interface Runner {
  /** With these differences switched off; 'all': as on Linux. Observed, it takes longer. */
  run(without: readonly string[] | 'all', observed: boolean): Promise<Run>
}

export type Answer =
  | { readonly kind: 'alike'; readonly here: Run; readonly linux: Run }
  /** It does something else each time. @property where 'here', 'linux' */
  | { readonly kind: 'erratic'; readonly first: Run; readonly second: Run; readonly where: 'here' | 'linux' }
  | {
      readonly kind: 'explained'
      readonly here: Run
      readonly linux: Run
      readonly reasons: readonly string[]
      readonly runs: number
    }

/** @param all every difference there is. @param progress is told before each run. */
export async function why(runner: Runner, all: readonly string[], progress: (done: number) => void): Promise<Answer> {
  let runs = 0
  const run = async (without: readonly string[] | 'all', observed = false): Promise<Run> => {
    progress(runs++)
    return runner.run(without, observed)
  }
  const here = await run([], true)
  const linux = await run('all', true)
  if (behavesAlike(here.behaviour, linux.behaviour)) return { kind: 'alike', here, linux }
  for (const [where, first] of [
    ['linux', linux],
    ['here', here],
  ] as const) {
    const second = await run(where === 'linux' ? 'all' : [])
    if (!behavesAlike(first.behaviour, second.behaviour)) return { kind: 'erratic', where, first, second }
  }
  const isEnough = async (set: readonly string[]): Promise<boolean> =>
    set.length > 0 && behavesAlike((await run(set)).behaviour, linux.behaviour)
  for (const likely of likelyReasons(here.observation)) {
    if (await isEnough(likely))
      return { kind: 'explained', here, linux, reasons: await smallestSet(likely, isEnough), runs }
  }
  return { kind: 'explained', here, linux, reasons: await smallestSet(all, isEnough), runs }
}

/**
 * Sets to begin with: nearly always it is among what was met and the calls that were missed. What is switched as a whole comes
 * into question only after all single differences, which say more where both would do.
 */
function likelyReasons({ met }: Observation): readonly (readonly string[])[] {
  const switches = [...new Set([...met.keys()].map(switchOf))]
  const single = switches.filter(id => met.has(id))
  return single.length === switches.length ? [switches] : [single, switches]
}
