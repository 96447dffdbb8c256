/** Opening, stat, directories, fcntl, locks, file systems. */
import type { Call } from '../call.ts'
import {
  commented,
  type Field,
  formatted,
  hexValue,
  listValue,
  pointerValue,
  structValue,
  type Value,
} from '../value.ts'
import { approximate, signed64, unsigned64 } from '../wide.ts'
import { long, octal, permissions, uint, ulong } from './basic.ts'
import { bitNames, choice, flags, names } from './names.ts'
import { calendar } from './time.ts'
import { type ArgumentType, array, type Layout, pointer, struct, word } from './type.ts'

export const openConstants = names(
  '',
  'O_CREAT=0o100 O_EXCL=0o200 O_NOCTTY=0o400 O_TRUNC=0o1000 O_APPEND=0o2000 O_NONBLOCK=0o4000 O_SYNC=0o4010000 __O_SYNC=0o4000000 O_DSYNC=0o10000 O_DIRECT=0o40000 O_LARGEFILE=0o100000 O_NOFOLLOW=0o400000 O_NOATIME=0o1000000 O_CLOEXEC=0o2000000 O_PATH=0o10000000 O_TMPFILE=0o20200000 __O_TMPFILE=0o20000000 O_DIRECTORY=0o200000 FASYNC=0o20000',
)
const accessModes = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE']
const O_CREAT = 0o100
const O_TMPFILE = 0o20200000

export function openFlagNames(low: number): string[] {
  const bits = (low & ~3) >>> 0
  return bits === 0 ? [accessModes[low & 3]] : [accessModes[low & 3], ...bitNames(openConstants, bits)]
}

export const openFlags: ArgumentType = { value: (_call, low) => ({ kind: 'flags', names: openFlagNames(low) }) }

/** Shown only where a file may be made. `i`: which argument the flags are. */
export function modeIfCreating(i: number): ArgumentType {
  return {
    value: (call, low, high) => {
      const bits = call.low[i]
      const makes = (bits & O_CREAT) !== 0 || (bits & O_TMPFILE) === O_TMPFILE
      return makes ? permissions.value(call, low & 0xffff, high) : undefined
    },
  }
}

export const descriptorFlags = flags(openConstants, 'O_???')

const fileTypes: Readonly<Record<number, string>> = {
  1: 'S_IFIFO',
  2: 'S_IFCHR',
  4: 'S_IFDIR',
  6: 'S_IFBLK',
  8: 'S_IFREG',
  10: 'S_IFLNK',
  12: 'S_IFSOCK',
}
function modeText(mode: number): string {
  const kind = fileTypes[(mode >> 12) & 15]
  const text = `0${(mode & 0o7777).toString(8).padStart(3, '0')}`
  if (kind === undefined) return octal(mode)
  const special = [
    mode & 0o4000 ? 'S_ISUID' : '',
    mode & 0o2000 ? 'S_ISGID' : '',
    mode & 0o1000 ? 'S_ISVTX' : '',
  ].filter(s => s !== '')
  const bits = `0${(mode & 0o777).toString(8).padStart(3, '0')}`
  return special.length === 0 ? `${kind}|${text}` : [kind, ...special, bits].join('|')
}
export const fileMode: ArgumentType = { value: (_call, low) => modeText(low) }

function deviceValue(major: number, minor: number): Value {
  const text = `makedev(0x${major.toString(16)}, 0x${minor.toString(16)})`
  return formatted(
    text,
    structValue([
      ['major', major],
      ['minor', minor],
    ]),
  )
}

/** The kernel's 64-bit dev_t. */
export const device: ArgumentType = {
  value: (_call, low, high) => {
    const major = ((low >>> 8) & 0xfff) | (high & 0xffff_f000)
    const minor = (low & 0xff) | ((low >>> 12) & 0xffff_ff00)
    return deviceValue(major >>> 0, minor >>> 0)
  },
}
/** mknod's device: shown only for device nodes. */
export function deviceIfNode(i: number): ArgumentType {
  return {
    value: (call, low, high) => {
      const kind = (call.low[i] >> 12) & 15
      return kind === 2 || kind === 6 ? device.value(call, low, high) : undefined
    },
  }
}

const isDevice = (mode: number) => ((mode >> 12) & 15) === 2 || ((mode >> 12) & 15) === 6

function timestamp(name: string, view: DataView, at: number): Field[] {
  const seconds = signed64(view.getUint32(at, true), view.getUint32(at + 4, true))
  const nanoseconds = unsigned64(view.getUint32(at + 8, true), view.getUint32(at + 12, true))
  const shown = calendar(Number(seconds), Number(nanoseconds))
  const comment = Number(seconds) === 0 && Number(nanoseconds) === 0 ? seconds : commented(seconds, shown)
  return [
    [name, comment],
    [`${name}_nsec`, nanoseconds],
  ]
}

const statLayout: Layout = {
  size: 144,
  read: (call, view, at) => {
    const mode = view.getUint32(at + 24, true)
    const wide = (offset: number) =>
      unsigned64(view.getUint32(at + offset, true), view.getUint32(at + offset + 4, true))
    const signed = (offset: number) =>
      signed64(view.getUint32(at + offset, true), view.getUint32(at + offset + 4, true))
    const modeField: Field = ['st_mode', modeText(mode)]
    const sizeField: Field = isDevice(mode)
      ? ['st_rdev', word(8, device).read(call, view, at + 40)]
      : ['st_size', signed(48)]
    if (!call.options.verbose) return structValue([modeField, sizeField], true)
    return structValue([
      ['st_dev', word(8, device).read(call, view, at)],
      ['st_ino', wide(8)],
      modeField,
      ['st_nlink', wide(16)],
      ['st_uid', view.getUint32(at + 28, true)],
      ['st_gid', view.getUint32(at + 32, true)],
      ['st_blksize', signed(56)],
      ['st_blocks', signed(64)],
      sizeField,
      ...timestamp('st_atime', view, at + 72),
      ...timestamp('st_mtime', view, at + 88),
      ...timestamp('st_ctime', view, at + 104),
    ])
  },
}
export const stat = pointer(statLayout)

const statxMaskNames = names(
  'STATX_',
  'ALL=0xfff BASIC_STATS=0x7ff TYPE=1 MODE=2 NLINK=4 UID=8 GID=0x10 ATIME=0x20 MTIME=0x40 CTIME=0x80 INO=0x100 SIZE=0x200 BLOCKS=0x400 BTIME=0x800 MNT_ID=0x1000 DIOALIGN=0x2000',
)
export const statxMask = flags(statxMaskNames, 'STATX_???')
const statxAttributes = flags(
  names(
    'STATX_ATTR_',
    'COMPRESSED=4 IMMUTABLE=0x10 APPEND=0x20 NODUMP=0x40 ENCRYPTED=0x800 AUTOMOUNT=0x1000 MOUNT_ROOT=0x2000 VERITY=0x100000 DAX=0x200000',
  ),
  'STATX_ATTR_???',
)
const statxTime = struct(16, [
  ['tv_sec', 0, word(8, long)],
  ['tv_nsec', 8, word(4, uint)],
])
function statxTimestamp(call: Call, name: string, view: DataView, at: number): Field {
  const seconds = Number(signed64(view.getUint32(at, true), view.getUint32(at + 4, true)))
  const value = statxTime.read(call, view, at)
  const nanoseconds = view.getUint32(at + 8, true)
  return [name, seconds === 0 && nanoseconds === 0 ? value : commented(value, calendar(seconds, nanoseconds))]
}

const statxLayout: Layout = {
  size: 256,
  read: (call, view, at) => {
    const mask = view.getUint32(at, true)
    const mode = view.getUint16(at + 28, true)
    const wide = (offset: number) =>
      unsigned64(view.getUint32(at + offset, true), view.getUint32(at + offset + 4, true))
    const attributes = (offset: number) => statxAttributes.value(call, view.getUint32(at + offset, true), 0) ?? 0
    const first: Field[] = [['stx_mask', statxMask.value(call, mask, 0) ?? 0]]
    const modeField: Field = ['stx_mode', modeText(mode)]
    const sizeField: Field = ['stx_size', wide(40)]
    if (!call.options.verbose)
      return structValue([...first, ['stx_attributes', attributes(8)], modeField, sizeField], true)
    return structValue([
      ...first,
      ['stx_blksize', view.getUint32(at + 4, true)],
      ['stx_attributes', attributes(8)],
      ['stx_nlink', view.getUint32(at + 16, true)],
      ['stx_uid', view.getUint32(at + 20, true)],
      ['stx_gid', view.getUint32(at + 24, true)],
      modeField,
      ['stx_ino', wide(32)],
      sizeField,
      ['stx_blocks', wide(48)],
      ['stx_attributes_mask', attributes(56)],
      statxTimestamp(call, 'stx_atime', view, at + 64),
      statxTimestamp(call, 'stx_btime', view, at + 80),
      statxTimestamp(call, 'stx_ctime', view, at + 96),
      statxTimestamp(call, 'stx_mtime', view, at + 112),
      ['stx_rdev_major', view.getUint32(at + 128, true)],
      ['stx_rdev_minor', view.getUint32(at + 132, true)],
      ['stx_dev_major', view.getUint32(at + 136, true)],
      ['stx_dev_minor', view.getUint32(at + 140, true)],
      ['stx_mnt_id', hexValue(view.getUint32(at + 144, true), view.getUint32(at + 148, true))],
    ])
  },
}
export const statx = pointer(statxLayout)

const syncTypes = ['AT_STATX_SYNC_AS_STAT', 'AT_STATX_FORCE_SYNC', 'AT_STATX_DONT_SYNC', 'AT_STATX_SYNC_TYPE']
const atBits = names(
  'AT_',
  'SYMLINK_NOFOLLOW=0x100 REMOVEDIR=0x200 SYMLINK_FOLLOW=0x400 NO_AUTOMOUNT=0x800 EMPTY_PATH=0x1000 RECURSIVE=0x8000',
)
export const atFlags = flags(atBits, 'AT_???')
export const accessAtFlags = flags([['AT_EACCESS', 0x200], ...atBits.filter(([n]) => n !== 'AT_REMOVEDIR')], 'AT_???')
export const statxFlags: ArgumentType = {
  value: (_call, low) => {
    const rest = (low & ~0x6000) >>> 0
    return { kind: 'flags', names: [syncTypes[(low >> 13) & 3], ...(rest === 0 ? [] : bitNames(atBits, rest))] }
  },
}
export const accessMode = flags(names('', 'F_OK=0 R_OK=4 W_OK=2 X_OK=1'), '?_OK')
export const seekOrigin = choice(names('SEEK_', 'SET=0 CUR=1 END=2 DATA=3 HOLE=4'), 'SEEK_???')
export const renameFlags = flags(names('RENAME_', 'NOREPLACE=1 EXCHANGE=2 WHITEOUT=4'), 'RENAME_??')
export const fallocateFlags = flags(
  names(
    'FALLOC_FL_',
    'KEEP_SIZE=1 PUNCH_HOLE=2 NO_HIDE_STALE=4 COLLAPSE_RANGE=8 ZERO_RANGE=0x10 INSERT_RANGE=0x20 UNSHARE_RANGE=0x40',
  ),
  'FALLOC_FL_???',
)
export const fadvice = choice(
  names('POSIX_FADV_', 'NORMAL=0 RANDOM=1 SEQUENTIAL=2 WILLNEED=3 DONTNEED=4 NOREUSE=5'),
  'POSIX_FADV_???',
)
export const flockOperation = flags(names('LOCK_', 'SH=1 EX=2 NB=4 UN=8 MAND=32 READ=64 WRITE=128'), 'LOCK_???')
export const closeRangeFlags = flags(names('CLOSE_RANGE_', 'UNSHARE=2 CLOEXEC=4'), 'CLOSE_RANGE_???')
export const spliceFlags = flags(names('SPLICE_F_', 'MOVE=1 NONBLOCK=2 MORE=4 GIFT=8'), 'SPLICE_F_???')
export const transferFlags = flags(names('RWF_', 'HIPRI=1 DSYNC=2 SYNC=4 NOWAIT=8 APPEND=16'), 'RWF_???')
export const syncRangeFlags = flags(
  names('SYNC_FILE_RANGE_', 'WAIT_BEFORE=1 WRITE=2 WAIT_AFTER=4'),
  'SYNC_FILE_RANGE_???',
)
export const xattrFlags = flags(names('XATTR_', 'CREATE=1 REPLACE=2'), 'XATTR_???')
export const mountFlags = flags(
  names(
    'MS_',
    'RDONLY=1 NOSUID=2 NODEV=4 NOEXEC=8 SYNCHRONOUS=16 REMOUNT=32 MANDLOCK=64 DIRSYNC=128 NOATIME=1024 NODIRATIME=2048 BIND=4096 MOVE=8192 REC=16384 SILENT=32768 POSIXACL=65536 UNBINDABLE=131072 PRIVATE=262144 SLAVE=524288 SHARED=1048576 RELATIME=2097152',
  ),
  'MS_???',
)
export const unmountFlags = flags(names('', 'MNT_FORCE=1 MNT_DETACH=2 MNT_EXPIRE=4 UMOUNT_NOFOLLOW=8'), 'MNT_???')

/** getdents64: how many entries the buffer holds; with -v what they are. */
export const directoryEntries: ArgumentType = {
  capture: (sink, at) => {
    if (sink.result > 0) sink.bytes(at, Math.min(sink.result, 1 << 16))
  },
  value: (call, low, high) => {
    const total = call.result
    const at = approximate(low, high)
    const view = total > 0 ? call.find(at, total) : undefined
    if (view === undefined)
      return call.options.verbose ? listValue([]) : commented(pointerValue(low, high), '0 entries')
    let count = 0
    const entries: Value[] = []
    const old = call.nr === GETDENTS
    for (let p = 0; p + 19 <= total; count++) {
      const length = view.getUint16(p + 16, true)
      if (length < 19 || p + length > total) break
      if (call.options.verbose) entries.push(entry(view, p, length, old))
      p += length
    }
    if (call.options.verbose) return { kind: 'list', items: entries, separator: ', ', more: false, prefix: '' }
    return commented(pointerValue(low, high), `${count} entr${count === 1 ? 'y' : 'ies'}`)
  },
}
const GETDENTS = 78
const entryTypes = names('DT_', 'UNKNOWN=0 FIFO=1 CHR=2 DIR=4 BLK=6 REG=8 LNK=10 SOCK=12 WHT=14')

function entry(view: DataView, at: number, length: number, old: boolean): Value {
  const nameStart = at + (old ? 18 : 19)
  const bytes = new Uint8Array(view.buffer, view.byteOffset + nameStart, at + length - nameStart)
  const end = bytes.indexOf(0)
  const name = bytes.subarray(0, end < 0 ? bytes.length : end)
  const type = view.getUint8(old ? at + length - 1 : at + 18)
  const typeField: Field = ['d_type', entryTypes.find(([, v]) => v === type)?.[0] ?? type]
  const nameField: Field = ['d_name', { kind: 'bytes', bytes: name, total: name.length, whole: true, hex: false }]
  const wide = (offset: number) => signed64(view.getUint32(at + offset, true), view.getUint32(at + offset + 4, true))
  const start: Field[] = [
    ['d_ino', unsigned64(view.getUint32(at, true), view.getUint32(at + 4, true))],
    ['d_off', wide(8)],
    ['d_reclen', length],
  ]
  return structValue(old ? [...start, nameField, typeField] : [...start, typeField, nameField])
}

const magics = choice(
  names(
    '',
    'EXT2_SUPER_MAGIC=0xef53 TMPFS_MAGIC=0x01021994 PROC_SUPER_MAGIC=0x9fa0 SYSFS_MAGIC=0x62656572 OVERLAYFS_SUPER_MAGIC=0x794c7630 BTRFS_SUPER_MAGIC=0x9123683e XFS_SUPER_MAGIC=0x58465342 DEVPTS_SUPER_MAGIC=0x1cd1 NFS_SUPER_MAGIC=0x6969 RAMFS_MAGIC=0x858458f6 PIPEFS_MAGIC=0x50495045 SOCKFS_MAGIC=0x534f434b ANON_INODE_FS_MAGIC=0x09041934 CGROUP2_SUPER_MAGIC=0x63677270 SQUASHFS_MAGIC=0x73717368 FUSE_SUPER_MAGIC=0x65735546',
  ),
  '',
)
const magic: ArgumentType = {
  value: (call, low, high) => {
    const known = magics.value(call, low, high)
    return typeof known === 'string' ? known : hexValue(low, high)
  },
}
const mountedFlags = flags(
  names(
    'ST_',
    'VALID=0x20 RDONLY=1 NOSUID=2 NODEV=4 NOEXEC=8 SYNCHRONOUS=0x10 MANDLOCK=0x40 NOATIME=0x400 NODIRATIME=0x800 RELATIME=0x1000 NOSYMFOLLOW=0x2000',
  ),
  'ST_???',
)
const fsid: Layout = {
  size: 8,
  read: (_call, view, at) =>
    structValue([
      [
        'val',
        {
          kind: 'list',
          items: [hexValue(view.getUint32(at, true), 0), hexValue(view.getUint32(at + 4, true), 0)],
          separator: ', ',
          more: false,
          prefix: '',
        },
      ],
    ]),
}
export const statfs = pointer(
  struct(120, [
    ['f_type', 0, word(8, magic)],
    ['f_bsize', 8, word(8, ulong)],
    ['f_blocks', 16, word(8, ulong)],
    ['f_bfree', 24, word(8, ulong)],
    ['f_bavail', 32, word(8, ulong)],
    ['f_files', 40, word(8, ulong)],
    ['f_ffree', 48, word(8, ulong)],
    ['f_fsid', 56, fsid],
    ['f_namelen', 64, word(8, ulong)],
    ['f_frsize', 72, word(8, ulong)],
    ['f_flags', 80, word(8, mountedFlags)],
  ]),
)

const resolveFlags = flags(
  names('RESOLVE_', 'NO_XDEV=1 NO_MAGICLINKS=2 NO_SYMLINKS=4 BENEATH=8 IN_ROOT=16 CACHED=32'),
  'RESOLVE_???',
)
export const openHow: ArgumentType = pointer({
  size: 24,
  read: (call, view, at) => {
    const low = view.getUint32(at, true)
    const high = view.getUint32(at + 4, true)
    const found = openFlagNames(low)
    if (high !== 0) found.push(`0x${high.toString(16)}00000000`)
    const fields: Field[] = [['flags', { kind: 'flags', names: found }]]
    const mode = view.getUint32(at + 8, true)
    if (mode !== 0 || (low & O_CREAT) !== 0) fields.push(['mode', formatted(octal(mode).padStart(4, '0'), mode)])
    fields.push(['resolve', word(8, resolveFlags).read(call, view, at + 16)])
    return structValue(fields)
  },
})

export const groupList = (i: number, byResult: boolean) =>
  array(word(4, uint), source => (byResult ? source.result : source.argument(i)))
