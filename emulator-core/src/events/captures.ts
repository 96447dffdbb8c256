/** From the table of calls: what must be copied when a call begins and when it ends. Compiled once for each number. */
import { callByNumber } from './syscalls.ts'
import type { Capture } from './types/type.ts'

export interface CaptureStep {
  readonly argument: number
  readonly capture: Capture
  /** Even if the call failed. */
  readonly always: boolean
}

export interface CapturePlan {
  readonly enter: readonly CaptureStep[]
  readonly exit: readonly CaptureStep[]
}

export const NOTHING_TO_CAPTURE: CapturePlan = { enter: [], exit: [] }
const plans: (CapturePlan | undefined)[] = []

export function capturePlan(nr: number): CapturePlan {
  if (!(nr >= 0 && nr < 512)) return NOTHING_TO_CAPTURE
  plans[nr] ??= compile(nr)
  return plans[nr] ?? NOTHING_TO_CAPTURE
}

function compile(nr: number): CapturePlan {
  const enter: CaptureStep[] = []
  const exit: CaptureStep[] = []
  for (const { index, type, direction } of callByNumber(nr).shape.arguments) {
    if (type.capture === undefined) continue
    const step = { argument: index, capture: type.capture, always: direction === 'out!' }
    if (direction === 'in' || direction === 'inout' || direction === 'before') enter.push(step)
    if (direction !== 'in') exit.push(step)
  }
  return enter.length + exit.length === 0 ? NOTHING_TO_CAPTURE : { enter, exit }
}
