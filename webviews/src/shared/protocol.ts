/** What the pages and the extension say to each other. */
import type { Position, ViewQuery } from '@interlinear/emulator-core/events/queries.ts'

export type {
  Position,
  QueryGives,
  QueryName,
  QueryTakes,
  ViewQuery,
} from '@interlinear/emulator-core/events/queries.ts'

/** How the run stands: the debug adapter's status. */
export interface RunStatus {
  readonly state: 'starting' | 'running' | 'paused' | 'ended'
  readonly events: number
  readonly program: string
}

/** A thing that is selected: in one view, and so in all. */
export type Selection =
  | { readonly kind: 'call'; readonly event: number }
  | { readonly kind: 'epoll'; readonly epoll: number }
  | { readonly kind: 'interest'; readonly epoll: number; readonly fd: number }
  | { readonly kind: 'object'; readonly object: number }
  | { readonly kind: 'knote'; readonly epoll: number; readonly fd: number; readonly knote: number }
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'descriptor'; readonly pid: number; readonly fd: number }
  | { readonly kind: 'divergence'; readonly id: string; readonly event: number }
  | { readonly kind: 'thread'; readonly tid: number }
  | { readonly kind: 'watch'; readonly instance: number; readonly wd: number }
  | { readonly kind: 'event'; readonly event: number }

/** What all views have in common. */
export interface SharedState {
  readonly cursor: Position
  readonly selection: Selection | undefined
  /** Whether native lines are shown. */
  readonly native: boolean
}

/** Where a page may lead: to another view, to a divergence in the page of all, to a function of the translation in its source. */
export type Destination =
  | { readonly view: 'calls' | 'epoll' | 'inotify' | 'timeline' }
  | { readonly divergence: string }
  | { readonly translation: string }

/** Commands of the extension that a page may run. */
export type PageCommand = 'createExample' | 'createWatcherExample' | 'continue' | 'configure'

export type FromView =
  | { readonly type: 'ready' }
  | { readonly type: 'query'; readonly id: number; readonly query: ViewQuery }
  | { readonly type: 'shared'; readonly state: SharedState }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'command'; readonly command: PageCommand }
  | { readonly type: 'go'; readonly to: Destination }
  /** What is seen, as a file that the user chooses a place for. */
  | { readonly type: 'save'; readonly name: string; readonly text: string }

/** What a command of the extension asks of a page. */
export type Action = 'next-call' | 'previous-call' | 'live' | 'copy-as-strace'

export type ToView =
  | { readonly type: 'run'; readonly status: RunStatus | undefined }
  | { readonly type: 'progress'; readonly status: RunStatus }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string }
  | { readonly type: 'shared'; readonly state: SharedState }
  | { readonly type: 'do'; readonly action: Action }
