/** What the view says where there is nothing to say of the queue itself. */
import type { Wanted } from '../shared/nothing-yet.ts'

export const HINT =
  'Select a record to see its call · arrows to its neighbours · Enter to the call · N, Shift+N next and previous change · / find · W lanes · E by event · + − 0 zoom, A D move · L live'
export const NOT_YET_HERE = 'At this position there is no inotify instance yet. Move the cursor on, or return to live.'

export const INOTIFY_WANTED: Wanted = {
  thing: 'inotify instance',
  call: 'inotify_init',
  picture: 'its queue',
  programs: 'watches files',
  example: 'file-watcher',
  create: 'createWatcherExample',
}
