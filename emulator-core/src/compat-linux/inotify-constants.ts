/** inotify's numbers and records (sys/compat/linux/common/linux_inotify.h; inotify(7)). */
export const IN_ACCESS = 0x1
export const IN_MODIFY = 0x2
export const IN_ATTRIB = 0x4
export const IN_CLOSE_WRITE = 0x8
export const IN_CLOSE_NOWRITE = 0x10
export const IN_OPEN = 0x20
export const IN_MOVED_FROM = 0x40
export const IN_MOVED_TO = 0x80
export const IN_CREATE = 0x100
export const IN_DELETE = 0x200
export const IN_DELETE_SELF = 0x400
export const IN_MOVE_SELF = 0x800
export const IN_ALL_EVENTS = 0xfff
export const IN_UNMOUNT = 0x2000
export const IN_Q_OVERFLOW = 0x4000
export const IN_IGNORED = 0x8000
export const IN_ONLYDIR = 0x0100_0000
export const IN_DONT_FOLLOW = 0x0200_0000
export const IN_EXCL_UNLINK = 0x0400_0000
export const IN_MASK_CREATE = 0x1000_0000
export const IN_MASK_ADD = 0x2000_0000
export const IN_ISDIR = 0x4000_0000
export const IN_ONESHOT = 0x8000_0000

export const IN_CLOEXEC = 0x80000
export const IN_NONBLOCK = 0x800

/** IN_…, unsigned. */
export type InotifyMask = number

/** Records that may wait to be read. */
export const INOTIFY_MAX_QUEUED = 16384

/** struct inotify_event: 16 bytes and the name. */
export interface InotifyRecord {
  readonly wd: number
  readonly mask: InotifyMask
  readonly cookie: number
  /** Latin1, one character a byte; empty if there is none. */
  readonly name: string
}

const HEADER = 16

/** Bytes that a record takes. `padding`: names are filled up with zeros to a multiple of this. */
export function recordSize(record: InotifyRecord, padding: number): number {
  return record.name === '' ? HEADER : HEADER + Math.ceil((record.name.length + 1) / padding) * padding
}

export function encodeRecord(record: InotifyRecord, padding: number): Uint8Array {
  const bytes = new Uint8Array(recordSize(record, padding))
  const v = new DataView(bytes.buffer)
  v.setInt32(0, record.wd, true)
  v.setUint32(4, record.mask, true)
  v.setUint32(8, record.cookie, true)
  v.setUint32(12, bytes.length - HEADER, true)
  for (let i = 0; i < record.name.length; i++) bytes[HEADER + i] = record.name.charCodeAt(i)
  return bytes
}

const utf8 = new TextDecoder()

/** A name for people. */
export function readableName(name: string): string {
  return utf8.decode(Uint8Array.from(name, c => c.charCodeAt(0)))
}
