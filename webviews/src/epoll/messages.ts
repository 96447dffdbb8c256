/** What the view says where there is nothing to say of a thing of the graph. */
import type { EpollPicture, Thing } from '@interlinear/emulator-core/events/queries.ts'
import { counted } from '../shared/format.ts'
import type { Empty } from '../shared/page.ts'
import { subjectName } from './selection.ts'

export const HINT =
  'Select something to see its calls · N, Shift+N next and previous change · / find · A around it · X as on Linux · F fold · + − 0 zoom · L live · drag the cursor below to go back in time'
export const NOT_YET_HERE = 'At this position there is no epoll instance yet. Move the cursor on, or return to live.'

export function touchedText(touched: readonly Thing[], picture: EpollPicture): string {
  const names = touched.map(each => subjectName(each, picture))
  return names.length === 0
    ? 'The selected call has nothing to do with an epoll instance.'
    : `The selected call touched ${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}.`
}

export function nothingYet(calls: number, isOver: boolean): Empty {
  return {
    title: isOver ? 'This run made no epoll instance' : 'No epoll instance so far',
    text: isOver
      ? `${counted(calls, 'call')}, none of them epoll_create. A program that waits for events with epoll is drawn here, for example epoll-echo.`
      : `${counted(calls, 'call')} until now. As soon as the program calls epoll_create, its graph is drawn here.`,
  }
}
