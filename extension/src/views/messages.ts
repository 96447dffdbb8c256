/** What the pages and the extension say to each other: the pages' own file says it. */
export type {
  Action,
  Destination,
  FromView,
  PageCommand,
  RunStatus,
  SharedState,
  ToView,
} from '@interlinear/webviews/shared/protocol.ts'
