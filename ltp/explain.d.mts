import type { Result } from './report.mjs'
import type { RunOptions } from './run.mjs'

export interface Explanation {
  readonly test: Result['test']
  readonly first: string
  readonly met: readonly string[]
  readonly reasons: readonly string[] | undefined
  readonly alsoLinux: boolean
}

export function switchIn(description: string): string | undefined
export function divergencesMet(trace: string): string[]
export function explain(
  result: Result,
  options: Omit<RunOptions, 'prefix'> & { readonly command: string; readonly personality: string },
): Promise<Explanation>
export function explanations(list: readonly Explanation[]): string
