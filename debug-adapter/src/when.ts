/** What a breakpoint asks beyond its place. Whether it can be understood is known at once, so that it is told where it was written. */
import type { When } from '@interlinear/emulator-core/session/protocol.ts'
import { Trigger } from '@interlinear/emulator-core/session/trigger.ts'

/** Undefined: it stops each time. */
export function readWhen({ condition, hitCondition, logMessage }: When): When | undefined {
  const when = { condition, hitCondition, logMessage }
  return Object.values(when).every(each => each === undefined || each.trim() === '') ? undefined : when
}

/** Why it cannot be understood, as one sentence. */
export function whyNot(when: When | undefined): string | undefined {
  try {
    if (when !== undefined) new Trigger(when)
    return undefined
  } catch (error) {
    return `It cannot be understood: ${error instanceof Error ? error.message : String(error)}.`
  }
}
