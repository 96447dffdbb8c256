/** Holds a long run and answers what views ask of it, in a thread of its own, as the debug adapter does in its process. */
import { BusyRun } from '../../emulator-core/src/events/test/busy-run.ts'
import { WatcherRun } from '../../emulator-core/src/events/test/watcher-run.ts'
import { ViewQueries } from '../../emulator-core/src/events/view-queries.ts'

/** ms: as the adapter works in quiet moments. */
const TURN_MS = 10
const LOOK_MS = 20

let queries: ViewQueries | undefined
const work = () => setTimeout(work, queries?.advance(TURN_MS) === true ? 0 : LOOK_MS)

self.onmessage = ({
  data,
}: MessageEvent<{
  readonly events?: number
  readonly records?: number
  readonly id?: number
  readonly query?: unknown
}>) => {
  if (data.events !== undefined || data.records !== undefined) {
    const { store } = data.records === undefined ? new BusyRun(data.events ?? 0).run : new WatcherRun(data.records).run
    queries = new ViewQueries(store)
    self.postMessage({ built: store.count })
    work()
    return
  }
  try {
    // As it travels.
    self.postMessage({ type: 'answer', id: data.id, value: JSON.parse(JSON.stringify(queries?.answer(data.query))) })
  } catch (error) {
    self.postMessage({ type: 'failure', id: data.id, message: error instanceof Error ? error.message : String(error) })
  }
}
