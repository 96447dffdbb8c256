import type { Outcome } from './report.mjs'
import type { LtpTest } from './tests.mjs'

export interface RunOptions {
  readonly dir: string
  readonly prefix: readonly string[]
  readonly kconfig?: string
  /** Seconds. */
  readonly limit: number
}

export function runTest(test: LtpTest, options: RunOptions): Promise<Outcome & { readonly ms: number; readonly output: string }>
