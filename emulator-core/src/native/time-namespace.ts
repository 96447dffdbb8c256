/**
 * Time namespaces: what the clocks that count from the start show to some processes, time_namespaces(7). Linux: kernel/time/namespace.c.
 * A process stays in its own when it makes a new one: its children are in it, and it itself after it executes a program.
 */
import { CAP_SYS_TIME, hasCapability } from './capability.ts'
import { EACCES, EINVAL, EPERM, ERANGE } from './errno.ts'
import type { Lwp } from './lwp.ts'
import type { Proc } from './proc.ts'

/** Whose time counts from 1970, from the start, and from the start with the time that the machine slept. */
export type WallClock = 'realtime' | 'monotonic' | 'boottime'
type ShiftedClock = Exclude<WallClock, 'realtime'>

export interface TimeOffset {
  readonly seconds: number
  readonly nanoseconds: number
}

const NONE: TimeOffset = { seconds: 0, nanoseconds: 0 }
/** The first one's number; the others' follow from where Linux counts dynamic ones. */
const FIRST_INO = 0xeffffffa
let nextIno = 0xf000_0100

export class TimeNamespace {
  readonly name = 'time'
  readonly flag = 0x80
  readonly ino: number
  readonly offsets: { readonly [clock in ShiftedClock]: TimeOffset }
  /** Somebody is in it: the clocks no longer change. */
  frozen = false

  constructor(ino: number, offsets: TimeNamespace['offsets']) {
    this.ino = ino
    this.offsets = offsets
  }

  /** One more, with the same offsets. */
  copy(): TimeNamespace {
    return new TimeNamespace(nextIno++, { ...this.offsets })
  }
}

/** The first one, whose clocks are the machine's. */
export const INITIAL_TIME = new TimeNamespace(FIRST_INO, { monotonic: NONE, boottime: NONE })
INITIAL_TIME.frozen = true

/** What a process's namespace adds to a clock, in ns. */
export function clockOffset(p: Proc, clock: WallClock | 'cpu'): number {
  if (clock === 'realtime' || clock === 'cpu' || p.timeNamespace === INITIAL_TIME) return 0
  const { seconds, nanoseconds } = p.timeNamespace.offsets[clock]
  return seconds * 1e9 + nanoseconds
}

/** timens_on_fork, also at exec: from now on the process is in the one that its children would be in. */
export function enterTimeNamespace(p: Proc, namespace: TimeNamespace = p.childrenTimeNamespace): void {
  namespace.frozen = true
  p.timeNamespace = p.childrenTimeNamespace = namespace
}

const CLOCK_NAMES: Readonly<Record<string, ShiftedClock>> = {
  monotonic: 'monotonic',
  '1': 'monotonic',
  boottime: 'boottime',
  '7': 'boottime',
}
/** KTIME_SEC_MAX. */
const MOST_SECONDS = 9_223_372_036
const LINE = /^\s*(\S{1,9})\s+([+-]?\d{1,19})\s+(\d{1,19})/
const MOST_LINES = 2

/** /proc/PID/timens_offsets of the namespace for children. */
export function offsetsText({ childrenTimeNamespace: { offsets } }: Proc): string {
  const line = (clock: ShiftedClock): string => {
    const { seconds, nanoseconds } = offsets[clock]
    return `${clock.padEnd(10)} ${String(seconds).padStart(10)} ${String(nanoseconds).padStart(9)}\n`
  }
  return line('monotonic') + line('boottime')
}

/** Writing to it: `clock seconds nanoseconds`, once or twice. @throws EINVAL, EPERM, ERANGE, EACCES when somebody is in it already. */
export function setOffsets(p: Proc, text: string, l: Lwp | undefined): void {
  const given = text.replace(/\n$/, '').split('\n').slice(0, MOST_LINES).map(parseLine)
  if (l !== undefined && !hasCapability(l.credentials, CAP_SYS_TIME)) throw EPERM
  const now = p.kernel.clock.monotonic() / 1e9
  for (const [, { seconds, nanoseconds }] of given) {
    const shows = now + seconds + nanoseconds / 1e9
    if (Math.abs(seconds) > MOST_SECONDS || shows < 0 || shows > MOST_SECONDS / 2) throw ERANGE
  }
  const namespace = p.childrenTimeNamespace
  if (namespace.frozen) throw EACCES
  Object.assign(namespace.offsets, Object.fromEntries(given))
}

function parseLine(line: string): [ShiftedClock, TimeOffset] {
  const words = LINE.exec(line)
  if (words === null) throw EINVAL
  const [, name, seconds, nanoseconds] = words
  const clock = Object.hasOwn(CLOCK_NAMES, name) ? CLOCK_NAMES[name] : undefined
  if (clock === undefined || Number(nanoseconds) >= 1e9) throw EINVAL
  return [clock, { seconds: Number(seconds), nanoseconds: Number(nanoseconds) }]
}
