export interface Outcome {
  readonly status: number | string
  readonly passed: number
  readonly late: boolean
  readonly device: boolean
  readonly first: string | undefined
}

export interface Row {
  readonly name: string
  readonly tests: number
  readonly passed: number
  readonly checks: number
  readonly checksPassed: number
}

export interface Result {
  readonly test: { readonly name: string; readonly group: string }
  readonly native: Outcome
  readonly emulated: Outcome
}

export interface Summary {
  readonly groups: Row[]
  readonly total: Row
  readonly failing: Result[]
  readonly notCounted: Record<string, number>
}

export function summarize(results: readonly Result[]): Summary
export function reason(result: Result): string
export function asText(summary: Summary): string
export function asMarkdown(summary: Summary): string
export function row(list: readonly string[]): string
