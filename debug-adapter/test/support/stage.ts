/** What every test with real programs has: the guests built, the real emulator in the form in which its kernel is stepped through, an adapter each. */
import type { DebugClient } from '@vscode/debugadapter-testsupport'
import { afterEach, beforeAll, beforeEach } from 'vitest'
import { buildGuests } from '../../../emulator-core/test/support/guests.ts'
import type { WorkerFiles } from '../../src/debuggee.ts'
import { type Adapter, bundleSteppingWorker, startAdapter } from './adapter.ts'
import { Driven } from './driven.ts'

export interface Stage {
  readonly dc: DebugClient
  readonly files: Required<WorkerFiles>
  /** `program`: what each launch says. */
  drive(program: object): Driven
}

/** Called where a test file begins; what it gives is there once a test runs. `guests`: whether it runs any of those, which take time to build. */
export function setStage({ guests = true } = {}): Stage {
  let files: Required<WorkerFiles>
  let adapter: Adapter
  beforeAll(async () => {
    if (guests) buildGuests()
    files = await bundleSteppingWorker()
  })
  beforeEach(async () => {
    adapter = await startAdapter(undefined, files)
  })
  afterEach(() => adapter.stop())
  return {
    get dc() {
      return adapter.client
    },
    get files() {
      return files
    },
    drive: program => new Driven(adapter.client, program),
  }
}
