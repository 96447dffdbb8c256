/** What the view says where there is nothing to say of the queue itself. */
import { counted } from '../shared/format.ts'
import type { Empty } from '../shared/page.ts'

export const HINT =
  'Select a record to see its call · arrows to its neighbours · Enter to the call · N, Shift+N next and previous change · / find · W lanes · E by event · + − 0 zoom, A D move · L live'
export const NOT_YET_HERE = 'At this position there is no inotify instance yet. Move the cursor on, or return to live.'

export function nothingYet(calls: number, isOver: boolean): Empty {
  return {
    title: isOver ? 'This run made no inotify instance' : 'No inotify instance so far',
    text: isOver
      ? `${counted(calls, 'call')}, none of them inotify_init. A program that watches files is drawn here, for example file-watcher.`
      : `${counted(calls, 'call')} until now. As soon as the program calls inotify_init, its queue is drawn here.`,
  }
}
