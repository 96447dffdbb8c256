export interface LtpTest {
  readonly name: string
  readonly group: string
  readonly program: string
  readonly args: readonly string[]
}

export function findTests(dir: string): LtpTest[]
