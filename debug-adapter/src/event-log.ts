/**
 * The events of one run, as the adapter keeps them for the views and for the call in progress.
 * There is no ring to take events from yet: nothing is recorded, and questions about events are refused.
 */
import type { AnyEvent } from '@interlinear/emulator-core/events/grammar.ts'
import type { Value } from './variables.ts'

export class EventLog {
  /** Where the emulator's thread writes events; undefined: nothing is recorded. */
  readonly shared: SharedArrayBuffer | undefined = undefined
  #grown: (() => void) | undefined

  readonly traced: boolean

  /** `traced`: whether the launch asked for a recording. */
  constructor(traced: boolean) {
    this.traced = traced
  }

  get count(): number {
    return 0
  }

  onGrown(callback: () => void): void {
    this.#grown = callback
  }

  events(_from: number, _count: number): readonly AnyEvent[] {
    return []
  }

  answerView(_query: unknown): unknown {
    throw new Error('No events are recorded.')
  }

  /** What the thread's call in progress was given; undefined outside a call. */
  callInProgress(_tid: number): readonly Value[] | undefined {
    return undefined
  }

  /** The thread's call in progress as strace prints it. */
  callLine(_tid: number): string | undefined {
    return undefined
  }

  /** The native operation that the thread's call has come to. */
  nativeCallInProgress(_tid: number): string | undefined {
    return undefined
  }

  finish(): void {
    this.#grown?.()
  }

  dispose(): void {}
}
