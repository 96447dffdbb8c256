/**
 * Stands for VS Code around a view: index.html?view=calls&theme=light&rounds=200&state=running&live=1, or view=epoll&sockets=1000. It answers questions through the real
 * reducers, from a run that was written by hand; `events=1000000` takes a long one, which a thread of its own holds. `window.told` has what the page asked the extension to do.
 */
import { QueryError } from '../../emulator-core/src/events/queries.ts'
import { ExampleRun } from '../../emulator-core/src/events/test/example-run.ts'
import { ServerRun } from '../../emulator-core/src/events/test/server-run.ts'
import { WatcherRun } from '../../emulator-core/src/events/test/watcher-run.ts'
import { ViewQueries } from '../../emulator-core/src/events/view-queries.ts'
import type { FromView, RunStatus, ToView } from '../src/shared/protocol.ts'
import { applyTheme } from './themes.ts'

const asked = new URLSearchParams(location.search)
const view = asked.get('view') ?? 'calls'
const rounds = Number(asked.get('rounds') ?? '40')
const isLive = asked.get('live') !== null
applyTheme(asked.get('theme') ?? 'dark')

/** `sockets=1000` (and `processes=2`, `odd=1`): a server with as many connections instead. */
const sockets = Number(asked.get('sockets') ?? '0')
const server = sockets > 0 ? new ServerRun(sockets, Number(asked.get('processes') ?? '1')) : undefined
if (asked.get('odd') !== null) server?.oddities()
const active = Number(asked.get('active') ?? '20')
server?.turn(active).turn(active, 9)
/** `records=5000` (and `unread=1`, `instant=1`): a watcher in whose queue so many are put; `thread=1`: a thread of its own holds that too. */
const records = Number(asked.get('records') ?? '0')
const isApart = asked.get('thread') !== null
const watcher =
  records > 0 && !isApart
    ? new WatcherRun(records, asked.get('unread') === null, asked.get('instant') !== null)
    : undefined
const example = server ?? watcher ?? (rounds < 0 ? undefined : new ExampleRun(isLive ? 1 : rounds))
if (asked.get('end') !== null && example instanceof ExampleRun) example.end()
function goOn(round: number): void {
  if (example instanceof ServerRun) example.turn(active, 3)
  else if (example instanceof WatcherRun) for (let i = 0; i < active; i++) example.happen(true)
  else example?.round(round)
}
const queries = example === undefined ? undefined : new ViewQueries(example.run.store)
const told: FromView[] = []

const tell = (message: ToView) => window.dispatchEvent(new MessageEvent('message', { data: message }))
const status = (): RunStatus | undefined =>
  example === undefined || (worker !== undefined && built === 0)
    ? undefined
    : {
        state: (asked.get('state') as RunStatus['state'] | null) ?? (isLive ? 'running' : 'ended'),
        events: worker === undefined ? example.run.store.count : built,
        program: '/home/you/epoll-echo',
      }

function hear(message: FromView): void {
  told.push(message)
  if (message.type === 'ready') tell({ type: 'run', status: status() })
  if (message.type !== 'query') return
  const { id, query } = message
  if (worker !== undefined) {
    worker.postMessage({ id, query })
    return
  }
  try {
    if (queries === undefined) throw new QueryError('Nothing has been run yet.')
    tell({ type: 'answer', id, value: JSON.parse(JSON.stringify(queries.answer(query))) })
  } catch (error) {
    tell({ type: 'failure', id, message: error instanceof Error ? error.message : String(error) })
  }
}

/** The long run, and what the page is told of it. */
const longRun = Number(asked.get('events') ?? '0')
const worker = longRun > 0 || isApart ? new Worker('dist/run-worker.js') : undefined
let built = 0

const KEPT = `interlinear.${view}`
Object.assign(window, {
  told,
  tell,
  example,
  applyTheme,
  /** Goes on with the run. */
  goOn: (more: number) => {
    for (let i = 0; i < more; i++) goOn(i + 1)
    const now = status()
    if (now !== undefined) tell({ type: 'progress', status: now })
  },
  acquireVsCodeApi: () => ({
    postMessage: (message: FromView) => setTimeout(() => hear(message), 0),
    getState: () => JSON.parse(sessionStorage.getItem(KEPT) ?? 'null'),
    setState: (state: unknown) => sessionStorage.setItem(KEPT, JSON.stringify(state)),
  }),
})

let round = 1
if (isLive)
  setInterval(
    () => {
      goOn(round++)
      const now = status()
      if (now !== undefined) tell({ type: 'progress', status: now })
    },
    Number(asked.get('every') ?? '200'),
  )

document.querySelector('#style')?.setAttribute('href', `dist/${view}.css`)

/** What is there as soon as a view shows something of the run. */
const PAINTED =
  view === 'timeline'
    ? '.tracks[aria-label^="Lanes"]'
    : view === 'calls'
      ? '.grid .row'
      : view === 'inotify'
        ? 'canvas.queue[aria-label]'
        : '.bar'

/** Begins the view; `window.painted` is then the ms until something of the run was to be seen. */
function open(): void {
  const begun = performance.now()
  const script = document.createElement('script')
  script.src = `dist/${view}.js`
  document.body.append(script)
  const look = () => {
    if (document.querySelector(PAINTED) === null) requestAnimationFrame(look)
    // It is on the screen when the frame after it begins.
    else requestAnimationFrame(() => Object.assign(window, { painted: performance.now() - begun }))
  }
  look()
}

/** `window.indexed`: whether the run was looked through to its end. */
function noteExtent(value: unknown): void {
  if (typeof value !== 'object' || value === null || !('indexed' in value) || !('events' in value)) return
  Object.assign(window, { indexed: value.indexed === value.events })
}

if (worker === undefined) open()
else {
  worker.onmessage = ({ data }: MessageEvent<ToView | { readonly built: number }>) => {
    if (!('built' in data)) {
      if (data.type === 'answer') noteExtent(data.value)
      tell(data)
      return
    }
    built = data.built
    open()
  }
  worker.postMessage(isApart ? { records } : { events: longRun })
}
