/** What a run of a program looked like from outside, and how two of them are told apart. */

export interface Behaviour {
  /** As a shell tells it; undefined: it had not ended when its time was over. */
  readonly status: number | undefined
  /** Bytes, one a unit. */
  readonly stdout: string
  readonly stderr: string
}

export const OUTPUTS = ['stdout', 'stderr'] as const
export type Output = (typeof OUTPUTS)[number]

export function behavesAlike(a: Behaviour, b: Behaviour): boolean {
  return a.status === b.status && OUTPUTS.every(name => a[name] === b[name])
}

export interface OutputDifference {
  readonly output: Output
  /** From 1. */
  readonly line: number
  /** The lines; undefined: there is none any more. */
  readonly first: string | undefined
  readonly second: string | undefined
}

/** The first line in which what was printed differs. */
export function firstOutputDifference(a: Behaviour, b: Behaviour): OutputDifference | undefined {
  for (const output of OUTPUTS) {
    if (a[output] === b[output]) continue
    const [ours, theirs] = [a[output].split('\n'), b[output].split('\n')]
    const at = ours.findIndex((line, i) => line !== theirs[i])
    const line = at < 0 ? ours.length : at
    return { output, line: line + 1, first: ours[line], second: theirs[line] }
  }
  return undefined
}
