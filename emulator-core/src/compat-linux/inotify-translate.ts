/** Between inotify's masks and vnode notes: linux_inotify.c, inotify_mask_to_kevent_fflags and kevent_to_inotify. */
import {
  NOTE_ATTRIB,
  NOTE_CLOSE,
  NOTE_CLOSE_WRITE,
  NOTE_DELETE,
  NOTE_LINK,
  NOTE_OPEN,
  NOTE_READ,
  NOTE_RENAME,
  NOTE_REVOKE,
  NOTE_WRITE,
  type VnodeNotes,
} from '../native/kqueue/knote.ts'
import type { VnodeType } from '../native/vfs/vnode.ts'
import {
  IN_ACCESS,
  IN_ATTRIB,
  IN_CLOSE_NOWRITE,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_OPEN,
  IN_UNMOUNT,
  type InotifyMask,
  type InotifyRecord,
} from './inotify-constants.ts'

/** What each bit of a mask asks of files of these types. */
const MASK_TO_NOTES: readonly (readonly [types: readonly VnodeType[], mask: number, notes: number])[] = [
  [['VREG', 'VDIR', 'VLNK'], IN_ATTRIB, NOTE_ATTRIB],
  [['VREG', 'VDIR', 'VLNK'], IN_CLOSE_NOWRITE, NOTE_CLOSE],
  [['VREG', 'VDIR', 'VLNK'], IN_OPEN, NOTE_OPEN],
  [['VREG', 'VDIR', 'VLNK'], IN_MOVE_SELF, NOTE_RENAME],
  [['VREG', 'VDIR'], IN_ACCESS, NOTE_READ],
  [['VREG'], IN_ATTRIB, NOTE_ATTRIB | NOTE_LINK],
  [['VREG'], IN_CLOSE_WRITE, NOTE_CLOSE_WRITE],
  [['VREG'], IN_MODIFY, NOTE_WRITE],
  [['VDIR'], IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO, NOTE_WRITE],
]

/** The notes to ask for. The end of the file is always of interest. */
export function inotify_mask_to_kevent_fflags(mask: InotifyMask, type: VnodeType): VnodeNotes {
  let notes: VnodeNotes = NOTE_DELETE | NOTE_REVOKE
  for (const [types, bits, asked] of MASK_TO_NOTES) if (types.includes(type) && (mask & bits) !== 0) notes |= asked
  return notes
}

/** Notes that become an event of the watched file itself, in the order in which the records are made. */
const NOTE_TO_MASK: readonly (readonly [note: number, mask: number])[] = [
  [NOTE_ATTRIB, IN_ATTRIB],
  [NOTE_CLOSE, IN_CLOSE_NOWRITE],
  [NOTE_CLOSE_WRITE, IN_CLOSE_WRITE],
  [NOTE_OPEN, IN_OPEN],
  [NOTE_READ, IN_ACCESS],
  [NOTE_RENAME, IN_MOVE_SELF],
  [NOTE_REVOKE, IN_UNMOUNT],
]
const OF_DIRECTORY = IN_ACCESS | IN_ATTRIB | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_OPEN

/** What kevent_to_inotify needs to know of the watched file. */
export interface WatchedFile {
  readonly wd: number
  readonly type: VnodeType
  readonly isOneshot: boolean
  /** Names that are left. */
  linkCount(): number
  /** A directory's changes since it was looked at last. */
  directoryChanges(): readonly InotifyRecord[]
}

/** The records for notes (already those the knote asks for). The program's mask is not asked again: more may come than was wanted. */
export function kevent_to_inotify(file: WatchedFile, notes: VnodeNotes): InotifyRecord[] {
  const { wd } = file
  const records: InotifyRecord[] = []
  const add = (mask: number): void => {
    const directory = file.type === 'VDIR' && (mask & OF_DIRECTORY) !== 0
    records.push({ wd, mask: directory ? mask | IN_ISDIR : mask, cookie: 0, name: '' })
  }
  for (const [note, mask] of NOTE_TO_MASK) if ((notes & note) !== 0) add(mask)
  if (file.type === 'VREG') {
    if ((notes & (NOTE_DELETE | NOTE_LINK)) !== 0) add(IN_ATTRIB)
    if ((notes & NOTE_WRITE) !== 0) add(IN_MODIFY)
  } else if (file.type === 'VDIR' && (notes & NOTE_WRITE) !== 0) {
    records.push(...file.directoryChanges())
  }
  if ((notes & NOTE_DELETE) !== 0 && file.linkCount() === 0) add(IN_DELETE_SELF)
  if (file.isOneshot || (notes & (NOTE_REVOKE | NOTE_DELETE)) !== 0) add(IN_IGNORED)
  return records
}
