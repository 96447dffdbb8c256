/**
 * What one call put into NetBSD's queue of an inotify instance, beside what Linux would have put there: which records are the same, and the names
 * of the differences where they are not (divergences-inotify.ts).
 */
import type { VnodeType } from '../native/vfs/vnode.ts'
import {
  IN_ACCESS,
  IN_ALL_EVENTS,
  IN_ATTRIB,
  IN_CLOSE_NOWRITE,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_OPEN,
  IN_Q_OVERFLOW,
  type InotifyMask,
  type InotifyRecord,
} from './inotify-constants.ts'

export interface NetbsdRecord extends InotifyRecord {
  /** Which one of the instance, from 0. */
  readonly number: number
}

export interface LinuxRecord extends InotifyRecord {
  readonly fate: 'queued' | 'merged' | 'lost'
  /** The length of Linux's queue then. */
  readonly depth: number
}

/** What is known of a watch, by NetBSD's number for it. */
export interface WatchFacts {
  /** What the program asked for last. */
  readonly asked: InotifyMask
  readonly type: VnodeType
  /** It has ended on Linux: by IN_ONESHOT, by its file's end, or by inotify_rm_watch. */
  readonly ended: 'oneshot' | 'gone' | 'removed' | undefined
  /** Its file has names left. */
  readonly isNamed: boolean
  /** NetBSD's watch is lost, as its descriptor was closed. */
  readonly isBroken: boolean
}

export interface Facts {
  watch(wd: number): WatchFacts | undefined
  /** NetBSD's queue takes nothing more until it is read. */
  readonly isFull: boolean
  /** Why NetBSD has a watch that Linux has not. */
  reason(wd: number): string | undefined
  /** A comparison of the watched directory has failed in this call. */
  hasFailed(wd: number): boolean
  /** The call is one that opens: what NetBSD opens for more than Linux was told as a divergence of that. */
  readonly isOpening: boolean
}

/** A record that is not in both alike. Without an id it is a consequence of one that was told before. */
export interface Difference {
  readonly netbsd: NetbsdRecord | undefined
  readonly linux: LinuxRecord | undefined
  readonly id: string | undefined
}

const ENTRY = IN_ACCESS | IN_MODIFY | IN_ATTRIB | IN_OPEN | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE
const NAMES = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
const MOVED = IN_MOVED_FROM | IN_MOVED_TO
const END = IN_DELETE_SELF | IN_IGNORED

type Pair = (netbsd: NetbsdRecord, linux: LinuxRecord) => boolean

const sameName: Pair = (n, l) => n.wd === l.wd && n.name === l.name
const isA = (mask: InotifyMask, record: InotifyRecord): boolean => (record.mask & mask) !== 0

/** How records are recognised as standing for the same thing, the surest way first; the difference that it is. */
const PAIRS: readonly (readonly [id: string | undefined, pair: Pair])[] = [
  [undefined, (n, l) => sameName(n, l) && n.mask === l.mask && (n.cookie === 0) === (l.cookie === 0)],
  ['inotify.no-isdir', (n, l) => sameName(n, l) && n.mask === (l.mask & ~IN_ISDIR)],
  ['inotify.no-modify', (n, l) => sameName(n, l) && isA(IN_ATTRIB, n) && isA(IN_MODIFY, l)],
  ['inotify.unpaired-move', (n, l) => sameName(n, l) && isA(IN_DELETE, n) && isA(IN_MOVED_FROM, l)],
  ['inotify.unpaired-move', (n, l) => sameName(n, l) && isA(IN_CREATE, n) && isA(IN_MOVED_TO, l)],
  ['inotify.wrong-name', (n, l) => n.wd === l.wd && (n.mask & NAMES & l.mask) !== 0],
]

/** What a call put into the two queues, each in its order. */
export function compareRecords(
  netbsd: readonly NetbsdRecord[],
  linux: readonly LinuxRecord[],
  facts: Facts,
): Difference[] {
  const left = new Set(netbsd)
  const ghosts = new Set(linux)
  const differences: Difference[] = []
  const order: number[] = []
  const renamesOver = replacedWithin(netbsd, linux)
  const over: Pair = (n, l) => n.wd === l.wd && isA(IN_DELETE, n) && isA(IN_MOVED_FROM, l) && renamesOver.has(l)
  for (const [id, pair] of [PAIRS[0], [OVER, over] as const, ...PAIRS.slice(1)]) {
    for (const n of left) {
      for (const l of ghosts) {
        if (!pair(n, l)) continue
        left.delete(n)
        ghosts.delete(l)
        if (l.fate === 'queued') order[netbsd.indexOf(n)] = linux.indexOf(l)
        const name = id ?? (l.fate === 'queued' ? undefined : FATES[l.fate])
        if (name !== undefined) differences.push({ netbsd: n, linux: l, id: name })
        break
      }
    }
  }
  for (const n of left) differences.push({ netbsd: n, linux: undefined, id: idOfNetbsd(n, facts) })
  for (const l of ghosts) {
    const id = l.fate === 'queued' ? (renamesOver.has(l) ? OVER : idOfLinux(l, facts)) : undefined
    const isBoth = facts.isFull && (l.fate === 'lost' || isA(IN_Q_OVERFLOW, l))
    if (!isBoth) differences.push({ netbsd: undefined, linux: l, id })
  }
  const found = order.filter(each => each !== undefined)
  const isMixed = found.some((each, i) => i > 0 && each < found[i - 1])
  if (isMixed) differences.push({ netbsd: undefined, linux: undefined, id: 'inotify.order' })
  return differences
}

const OVER = 'inotify.rename-over'
const FATES = { merged: 'inotify.no-coalescing', lost: 'inotify.fixed-limit' } as const

/** Linux's halves of renames within a directory in which NetBSD saw no rename, as one name disappeared. */
function replacedWithin(netbsd: readonly NetbsdRecord[], linux: readonly LinuxRecord[]): Set<LinuxRecord> {
  const found = new Set<LinuxRecord>()
  for (const from of linux) {
    if (!isA(IN_MOVED_FROM, from)) continue
    const to = linux.find(each => isA(IN_MOVED_TO, each) && each.wd === from.wd && each.cookie === from.cookie)
    const seen = netbsd.some(each => each.wd === from.wd && isA(MOVED, each))
    if (to !== undefined && !seen && netbsd.some(each => each.wd === from.wd && isA(IN_DELETE, each)))
      found.add(from).add(to)
  }
  return found
}

/** Why there is a record that Linux has not. */
function idOfNetbsd(record: NetbsdRecord, facts: Facts): string | undefined {
  if (isA(IN_Q_OVERFLOW, record)) return 'inotify.fixed-limit'
  const watch = facts.watch(record.wd)
  if (watch === undefined) return facts.reason(record.wd) ?? OTHER
  if (watch.ended === 'oneshot') return 'inotify.oneshot-survives'
  if (isA(END, record) && watch.isNamed) return 'inotify.ignored-alive'
  if (isA(IN_IGNORED, record)) return 'inotify.early-end'
  if ((watch.asked & record.mask & IN_ALL_EVENTS) === 0) return 'inotify.unrequested'
  if (isA(IN_DELETE_SELF, record)) return 'inotify.early-end'
  if (isA(IN_OPEN, record) && facts.isOpening) return undefined
  if (isA(IN_OPEN | IN_CLOSE_NOWRITE, record)) return 'inotify.watch-opens'
  // Cut off or filled, where IN_MODIFY was not asked for.
  if (isA(IN_ATTRIB, record) && (watch.asked & IN_MODIFY) === 0) return 'inotify.no-modify'
  if (isA(IN_ACCESS, record)) return 'inotify.read-nothing'
  return isA(NAMES, record) ? 'inotify.wrong-name' : OTHER
}

const OTHER = 'inotify.other-records'
export const FAILED = 'inotify.snapshot-assertion'

/** Why there is none that Linux has. */
function idOfLinux(record: LinuxRecord, facts: Facts): string | undefined {
  if (facts.isFull) return 'inotify.fixed-limit'
  const watch = facts.watch(record.wd)
  if (isA(IN_IGNORED, record) && watch?.ended === 'removed') return 'inotify.silent-rm'
  if (watch?.isBroken === true) return 'inotify.descriptor-watches'
  if (isA(NAMES, record) && facts.hasFailed(record.wd)) return FAILED
  if (isA(END, record)) return 'inotify.early-end'
  if (record.name !== '' && isA(ENTRY, record)) return 'inotify.entries-unseen'
  if (watch !== undefined && watch.type !== 'VREG' && watch.type !== 'VDIR') return 'inotify.special-files'
  if (isA(IN_ACCESS, record) && watch?.type === 'VDIR') return 'inotify.listing-unseen'
  return isA(IN_MODIFY, record) ? 'inotify.no-modify' : OTHER
}
