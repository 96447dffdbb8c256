import { expect, it } from 'vitest'
import * as notes from '../native/kqueue/knote.ts'
import type { VnodeType } from '../native/vfs/vnode.ts'
import * as constants from './inotify-constants.ts'
import { handle_write } from './inotify-directory.ts'
import { inotify_mask_to_kevent_fflags, kevent_to_inotify } from './inotify-translate.ts'

/** The tables of netbsd-linux-semantics 3.5 to 3.7. */

/** The names of the bits of a value, of those whose names begin so; not of inotify_init1's flags. */
function named(of: object, prefix: string, value: number): string[] {
  return Object.entries(of).flatMap(([name, bit]) =>
    name.startsWith(prefix) &&
    !/CLOEXEC|NONBLOCK/.test(name) &&
    typeof bit === 'number' &&
    Math.log2(bit) % 1 === 0 &&
    (value & bit) !== 0
      ? [name.slice(prefix.length)]
      : [],
  )
}

const asked = (mask: number, type: VnodeType) => named(notes, 'NOTE_', inotify_mask_to_kevent_fflags(mask, type)).sort()

it('asks for the notes that a mask means, by the type of the file', () => {
  const bits: Readonly<Record<string, number>> = { ...constants } as never
  const table: Readonly<Record<string, readonly [file: string, directory: string]>> = {
    ACCESS: ['READ', 'READ'],
    MODIFY: ['WRITE', ''],
    ATTRIB: ['ATTRIB LINK', 'ATTRIB'],
    CLOSE_WRITE: ['CLOSE_WRITE', ''],
    CLOSE_NOWRITE: ['CLOSE', 'CLOSE'],
    OPEN: ['OPEN', 'OPEN'],
    MOVED_FROM: ['', 'WRITE'],
    MOVED_TO: ['', 'WRITE'],
    CREATE: ['', 'WRITE'],
    DELETE: ['', 'WRITE'],
    DELETE_SELF: ['', ''],
    MOVE_SELF: ['RENAME', 'RENAME'],
  }
  for (const [name, [file, directory]] of Object.entries(table)) {
    const always = (more: string) => ['DELETE', 'REVOKE', ...more.split(' ')].filter(each => each !== '').sort()
    expect([name, asked(bits[`IN_${name}`], 'VREG')]).toEqual([name, always(file)])
    expect([name, asked(bits[`IN_${name}`], 'VDIR')]).toEqual([name, always(directory)])
    for (const type of ['VFIFO', 'VSOCK', 'VCHR', 'VBLK'] as const)
      expect(asked(bits[`IN_${name}`], type)).toEqual(['DELETE', 'REVOKE'])
  }
})

const ALL = 0x7ff

function made(type: VnodeType, note: number, more: { isOneshot?: boolean; links?: number } = {}): string[] {
  const records = kevent_to_inotify(
    {
      wd: 5,
      type,
      isOneshot: more.isOneshot === true,
      linkCount: () => more.links ?? 0,
      directoryChanges: () => [{ wd: 5, mask: constants.IN_CREATE, cookie: 0, name: 'made' }],
    },
    note,
  )
  return records.map(({ mask }) => named(constants, 'IN_', mask).join('|'))
}

it('makes records in a fixed order', () => {
  expect(made('VREG', ALL)).toEqual([
    'ATTRIB',
    'CLOSE_NOWRITE',
    'CLOSE_WRITE',
    'OPEN',
    'ACCESS',
    'MOVE_SELF',
    'UNMOUNT',
    'ATTRIB',
    'MODIFY',
    'DELETE_SELF',
    'IGNORED',
  ])
  expect(made('VDIR', ALL)).toEqual([
    'ATTRIB|ISDIR',
    'CLOSE_NOWRITE|ISDIR',
    'CLOSE_WRITE|ISDIR',
    'OPEN|ISDIR',
    'ACCESS|ISDIR',
    'MOVE_SELF',
    'UNMOUNT',
    'CREATE',
    'DELETE_SELF',
    'IGNORED',
  ])
  expect(made('VREG', notes.NOTE_DELETE, { links: 1 })).toEqual(['ATTRIB', 'IGNORED'])
  expect(made('VREG', notes.NOTE_REVOKE)).toEqual(['UNMOUNT', 'IGNORED'])
  expect(made('VREG', notes.NOTE_OPEN, { isOneshot: true })).toEqual(['OPEN', 'IGNORED'])
  expect(made('VFIFO', notes.NOTE_DELETE)).toEqual(['DELETE_SELF', 'IGNORED'])
})

it('names an unrelated file if the renamed entry is not the last', () => {
  const older = ['a', 'b', 'c'].map((name, i) => ({ name, inode: i + 1 }))
  const newer = [{ name: 'renamed', inode: 1 }, ...older.slice(1)]
  expect(handle_write(9, older, newer)?.map(({ name, cookie }) => [name, cookie])).toEqual([
    ['c', 3],
    ['c', 3],
  ])
})
