/** How the command ends: with the guest's status, or with one sentence for people and a status of its own. */
import { writeError } from '../host/text-output.ts'
import { LaunchError } from '../session/launch-error.ts'
import { UsageError } from './usage-error.ts'

const USAGE_STATUS = 2
/** EX_SOFTWARE: a fault of ours. */
const INTERNAL_STATUS = 70

export function endWith(command: Promise<number>): void {
  command.then(
    status => process.exit(status),
    (error: unknown) => {
      if (error instanceof UsageError) fail(error.message, USAGE_STATUS)
      if (error instanceof LaunchError) fail(error.message, error.status)
      fail(`this is a fault of Interlinear: ${error instanceof Error ? error.stack : String(error)}`, INTERNAL_STATUS)
    },
  )
}

function fail(message: string, status: number): never {
  writeError(`interlinear: ${message}\n`)
  process.exit(status)
}
