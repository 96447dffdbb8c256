/** What a client may ask, and hears, beyond the Debug Adapter Protocol. The only place where these are named. */
import type { JsonEvent } from './json-event.ts'

export interface CustomRequests {
  /** Sends text to the program's standard input; `end` closes it afterwards. */
  'interlinear/stdin': { readonly takes: { readonly text: string; readonly end?: boolean }; readonly gives: undefined }
  /** Sends the program a signal as a terminal would: SIGINT, SIGTERM, SIGHUP…. */
  'interlinear/signal': { readonly takes: { readonly signal: string }; readonly gives: undefined }
  /** Where the run stands. */
  'interlinear/status': { readonly takes: undefined; readonly gives: Status }
  /** Events by their numbers, at most EVENTS_AT_ONCE. */
  'interlinear/events': {
    readonly takes: { readonly from: number; readonly count: number }
    readonly gives: { readonly events: readonly JsonEvent[] }
  }
  /** A view's question (webviews/src/shared/protocol.ts), answered from the events by reducers. */
  'interlinear/view': { readonly takes: { readonly query: unknown }; readonly gives: unknown }
}

export type CustomRequestName = keyof CustomRequests
export type CustomTakes<N extends CustomRequestName> = CustomRequests[N]['takes']
export type CustomGives<N extends CustomRequestName> = CustomRequests[N]['gives']

export type RunState = 'starting' | 'running' | 'paused' | 'ended'

export interface Status {
  readonly state: RunState
  /** Events recorded so far. */
  readonly events: number
  readonly program: string
}

/** The event `interlinear/progress`: sent when events were added or the state changed, at most every PROGRESS_MS. */
export const PROGRESS_EVENT = 'interlinear/progress'
export const PROGRESS_MS = 100
export const EVENTS_AT_ONCE = 5000
