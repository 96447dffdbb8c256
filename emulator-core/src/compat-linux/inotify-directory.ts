/**
 * What changed in a watched directory: linux_inotify.c, get_inotify_dir_entries, handle_write and find_entry. A vnode note says only "written",
 * so the directory is read again and compared with how it was.
 */
import type { Vnode } from '../native/vfs/vnode.ts'
import { IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVED_TO, type InotifyRecord } from './inotify-constants.ts'

export interface SnapshotEntry {
  readonly name: string
  readonly inode: number
}

export type Snapshot = readonly SnapshotEntry[]

/** The entries in the order of reading, `.` and `..` included. None for what is not a directory. */
export function get_inotify_dir_entries(vnode: Vnode): Snapshot {
  if (vnode.type !== 'VDIR') return []
  const own = vnode.getattr().ino
  const entries: SnapshotEntry[] = [
    { name: '.', inode: own },
    { name: '..', inode: vnode.place?.directory.getattr().ino ?? own },
  ]
  for (const e of vnode.entries(0, undefined)) entries.push({ name: e.name, inode: e.ino })
  return entries
}

/** The first position where the two differ: at the latest the one behind the shorter. */
export function find_entry(older: Snapshot, newer: Snapshot): number {
  const shorter = Math.min(older.length, newer.length)
  for (let i = 0; i < shorter; i++) if (older[i].inode !== newer[i].inode) return i
  return shorter
}

/**
 * The records for a change from one snapshot to the next; undefined where the original asserts that this cannot be.
 * A rename is recognised by the equal number of entries, and taken to be that of the last one: which is right where a file system puts a
 * renamed entry at the end, and names an unrelated file where it does not.
 */
export function handle_write(wd: number, older: Snapshot, newer: Snapshot): InotifyRecord[] | undefined {
  const grown = newer.length - older.length
  if (grown === 1) return [{ wd, mask: IN_CREATE, cookie: 0, name: newer[find_entry(older, newer)].name }]
  if (grown === -1) return [{ wd, mask: IN_DELETE, cookie: 0, name: older[find_entry(older, newer)].name }]
  if (grown !== 0) return undefined
  const last = newer[newer.length - 1]
  const was = older.find(e => e.inode === last.inode)
  if (was === undefined) return undefined
  const cookie = last.inode >>> 0
  return [
    { wd, mask: IN_MOVED_FROM, cookie, name: was.name },
    { wd, mask: IN_MOVED_TO, cookie, name: last.name },
  ]
}
