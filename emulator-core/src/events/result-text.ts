/** What stands behind the equals sign. */
import type { Call } from './call.ts'
import type { TrackedCall } from './call-tracker.ts'
import { OUTCOME_NEVER_RETURNS, OUTCOME_RESTART } from './grammar.ts'
import { linuxError } from './linux-names.ts'
import { pathText } from './text.ts'
import type { CallShape } from './types/table.ts'
import { hex64, signed64 } from './wide.ts'

const EINTR = 4
/** Linux's internal answers to an interruption, as strace words them. */
const RESTARTS = {
  SYS: 'ERESTARTSYS (To be restarted if SA_RESTART is set)',
  NOINTR: 'ERESTARTNOINTR (To be restarted)',
  NOHAND: 'ERESTARTNOHAND (To be restarted if no handler)',
  RESTARTBLOCK: 'ERESTART_RESTARTBLOCK (Interrupted by signal)',
} as const

export function resultText(tracked: TrackedCall): string {
  const { call, outcome } = tracked
  const shape = tracked.known.shape
  if (outcome === OUTCOME_NEVER_RETURNS) return '?'
  const restart = restartName(shape, call.error, outcome)
  if (restart !== undefined) return `? ${RESTARTS[restart]}`
  if (call.error !== 0) {
    const error = linuxError(call.error)
    return `-1 ${error.name} (${error.message})`
  }
  return successText(call, shape)
}

/** EINTR after the internal answer is the kernel's business: strace shows what came before it. */
export function restartName(shape: CallShape, error: number, outcome: number): keyof typeof RESTARTS | undefined {
  if (outcome !== OUTCOME_RESTART && error !== EINTR) return undefined
  if (shape.interrupted === 'EINTR') return outcome === OUTCOME_RESTART ? 'SYS' : undefined
  return shape.interrupted
}

function successText(call: Call, shape: CallShape): string {
  const returns = shape.returns
  if (typeof returns === 'function') {
    const special = returns(call)
    const number = special?.hex === true ? hex64(call.resultLow, call.resultHigh) : decimal(call)
    return special?.comment === undefined || special.comment === '' ? number : `${number} (${special.comment})`
  }
  switch (returns) {
    case 'hex':
      return (call.resultLow | call.resultHigh) === 0 ? '0' : hex64(call.resultLow, call.resultHigh)
    case 'octal':
      return call.resultLow === 0 ? '0' : `0${call.resultLow.toString(8)}`
    case 'fd': {
      const path = call.options.paths ? call.describe(call.resultLow | 0) : undefined
      return path === undefined ? decimal(call) : `${call.resultLow}<${pathText(path)}>`
    }
    case 'unsigned':
      return String(call.resultLow)
    default:
      return decimal(call)
  }
}

function decimal(call: Call): string {
  return String(call.resultHigh === 0 ? call.resultLow : signed64(call.resultLow, call.resultHigh))
}
