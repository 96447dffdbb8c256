/** What the view says where there is nothing to say of a thing of the graph. */
import type { EpollPicture, Thing } from '@interlinear/emulator-core/events/queries.ts'
import type { Wanted } from '../shared/nothing-yet.ts'
import { subjectName } from './selection.ts'

export const HINT =
  'Select something to see its calls · N, Shift+N next and previous change · / find · A around it · X as on Linux · F fold · + − 0 zoom · L live · drag the cursor below to go back in time'
export const NOT_YET_HERE = 'At this position there is no epoll instance yet. Move the cursor on, or return to live.'

export const ALL_CLOSED =
  'Everything is closed at this position. Click into the strip below, or press Shift+N, to go back in time.'

export function touchedText(touched: readonly Thing[], picture: EpollPicture): string {
  const names = touched.map(each => subjectName(each, picture))
  return names.length === 0
    ? 'The selected call has nothing to do with an epoll instance.'
    : `The selected call touched ${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}.`
}

export const EPOLL_WANTED: Wanted = {
  thing: 'epoll instance',
  call: 'epoll_create',
  picture: 'its graph',
  programs: 'waits for events with epoll',
  example: 'epoll-echo',
  create: 'createExample',
}
