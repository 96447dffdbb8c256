/**
 * perf_event_open(2), which NetBSD does not have: counters of what the kernel itself counts (PERF_TYPE_SOFTWARE). This processor has none of its
 * own, as many virtual machines', and nothing is sampled. Linux: kernel/events/core.c.
 */
import { type CallFamily, size } from '../compat-linux/call.ts'
import { allocateDescriptor } from '../compat-linux/new-descriptor.ts'
import { CAP_PERFMON, CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import { E2BIG, EACCES, EBADF, EINVAL, ENODEV, ENOENT, ENOSPC, EOPNOTSUPP, ESRCH } from '../native/errno.ts'
import { FREAD, FWRITE } from '../native/file.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLHUP } from '../native/selinfo.ts'
import type { Uio } from '../native/uio.ts'
import type { Usage } from '../native/usage.ts'
import { AnonymousFile } from './anonymous-file.ts'

const FORMAT_ENABLED = 1
const FORMAT_RUNNING = 2
const FORMAT_ID = 4
const FORMAT_GROUP = 8
const FORMAT_LOST = 16
const FORMATS = 31

/** PERF_COUNT_SW_…, by what of a usage they count; the processor's clock runs only while the thread does. */
const COUNTERS: Readonly<Record<number, (usage: Usage) => number>> = {
  0: u => u.user + u.system, // CPU_CLOCK
  1: u => u.user + u.system, // TASK_CLOCK
  2: u => u.faults, // PAGE_FAULTS
  3: u => u.sleeps + u.preemptions, // CONTEXT_SWITCHES
  4: () => 0, // CPU_MIGRATIONS
  5: u => u.faults, // PAGE_FAULTS_MIN
  6: () => 0, // PAGE_FAULTS_MAJ
  7: () => 0, // ALIGNMENT_FAULTS
  8: () => 0, // EMULATION_FAULTS
  9: () => 0, // DUMMY
}

export class PerfEvent extends AnonymousFile {
  override readonly name = '[perf_event]'
  readonly leader: PerfEvent
  readonly siblings: PerfEvent[] = []
  readonly #kernel: Kernel
  readonly #count: () => number
  readonly #format: number
  #enabled = false
  /** What the counter and the clock stood at when it was enabled last, and what was counted before. */
  #from = { count: 0, time: 0 }
  #before = { count: 0, time: 0 }

  constructor(kernel: Kernel, usage: Usage, config: number, format: number, leader: PerfEvent | undefined) {
    super(FREAD | FWRITE)
    this.#kernel = kernel
    this.#count = () => COUNTERS[config](usage)
    this.#format = format
    this.leader = leader ?? this
    leader?.siblings.push(this)
  }

  get #now(): { count: number; time: number } {
    this.#kernel.scheduler.charge()
    return { count: this.#count(), time: this.#kernel.clock.monotonic() }
  }

  enable(): void {
    if (this.#enabled) return
    this.#enabled = true
    this.#from = this.#now
  }

  disable(): void {
    this.#before = this.total
    this.#enabled = false
  }

  reset(): void {
    this.#before = { ...this.#before, count: 0 }
    this.#from = { ...this.#from, count: this.#now.count }
  }

  /** Counted, and ns enabled. */
  get total(): { count: number; time: number } {
    const { count, time } = this.#before
    if (!this.#enabled) return this.#before
    const now = this.#now
    return { count: count + now.count - this.#from.count, time: time + now.time - this.#from.time }
  }

  /** @throws ENOSPC for a buffer that is too small. */
  override read(_l: Lwp, uio: Uio): number {
    const words = this.#words()
    if (uio.resid < 8 * words.length) throw ENOSPC
    return uio.write(new Uint8Array(BigUint64Array.from(words, w => BigInt(Math.floor(w))).buffer))
  }

  #words(): number[] {
    const format = this.#format
    const has = (bit: number, value: number): number[] => ((format & bit) === 0 ? [] : [value])
    const { time } = this.total
    const times = [...has(FORMAT_ENABLED, time), ...has(FORMAT_RUNNING, time)]
    const own = (e: PerfEvent): number[] => [...has(FORMAT_ID, e.id), ...has(FORMAT_LOST, 0)]
    if ((format & FORMAT_GROUP) === 0) return [this.total.count, ...times, ...own(this)]
    const group = [this, ...this.siblings]
    return [group.length, ...times, ...group.flatMap(e => [e.total.count, ...own(e)])]
  }

  override control(l: Lwp, command: number, argument: number): number | undefined {
    const group = (argument & 1) === 0 ? [this] : [this.leader, ...this.leader.siblings]
    switch (command) {
      case 0x2400:
        for (const e of group) e.enable()
        return 0
      case 0x2401:
        for (const e of group) e.disable()
        return 0
      case 0x2403:
        for (const e of group) e.reset()
        return 0
      case 0x8008_2407:
        l.memory.writeI64(argument, this.id)
        return 0
      default:
        return undefined
    }
  }

  override poll(): number {
    return POLLHUP
  }

  override close(): void {
    const { siblings } = this.leader
    const at = siblings.indexOf(this)
    if (at >= 0) siblings.splice(at, 1)
  }
}

const FIRST_SIZE = 64
const KNOWN_SIZE = 136
const PAGE = 4096
const DISABLED = 1
const INHERIT = 2
const EXCLUDE_KERNEL = 0x20
const ENABLE_ON_EXEC = 0x1000
const FD_CLOEXEC = 8
const FLAGS = 15
const PID_CGROUP = 4
const SOFTWARE = 1

/** struct perf_event_attr. @throws E2BIG, having written the size that is known; EFAULT */
function readAttributes(l: Lwp, address: number): DataView {
  const length = l.memory.readU32(address + 4) || FIRST_SIZE
  const fits = length >= FIRST_SIZE && length <= PAGE
  const given = fits ? l.memory.copyin(address, length) : new Uint8Array(0)
  if (!fits || given.subarray(KNOWN_SIZE).some(byte => byte !== 0)) {
    l.memory.writeU32(address + 4, KNOWN_SIZE)
    throw E2BIG
  }
  const bytes = new Uint8Array(KNOWN_SIZE)
  bytes.set(given.subarray(0, KNOWN_SIZE))
  return new DataView(bytes.buffer)
}

/** Whose usage a number means. @throws ESRCH, EACCES */
function usageOf(l: Lwp, pid: number): Usage {
  if (pid === 0) return l.usage
  for (const p of l.proc.kernel.processes.values()) {
    const thread = p.lwps.get(pid)
    if (thread === undefined) continue
    if (p.credentials.euid !== l.credentials.euid && l.credentials.euid !== 0) throw EACCES
    return thread.usage
  }
  throw ESRCH
}

/** @throws E2BIG, EACCES, EBADF, EFAULT, EINVAL, EMFILE, ENODEV, ENOENT, EOPNOTSUPP, ESRCH */
function perf_event_open(
  l: Lwp,
  address: number,
  pidArgument: number,
  cpuArgument: number,
  groupFd: number,
  flags: number,
): number {
  const [pid, cpu] = [pidArgument | 0, cpuArgument | 0]
  if ((size(flags) & ~FLAGS) !== 0) throw EINVAL
  const v = readAttributes(l, address)
  const [type, config, period, format] = [
    v.getUint32(0, true),
    v.getBigUint64(8, true),
    v.getBigUint64(16, true),
    v.getBigUint64(32, true),
  ]
  const bits = v.getUint32(40, true)
  const { credentials } = l
  const { kernel } = l.proc
  const privileged = hasCapability(credentials, CAP_PERFMON) || hasCapability(credentials, CAP_SYS_ADMIN)
  if ((bits & EXCLUDE_KERNEL) === 0 && !privileged) throw EACCES
  if (format > BigInt(FORMATS) || (flags & PID_CGROUP) !== 0 || (pid === -1 && cpu === -1) || cpu < -1) throw EINVAL
  if (cpu > 0) throw ENODEV
  const group = (groupFd | 0) === -1 ? undefined : l.fd.file(groupFd | 0)
  if (group !== undefined && !(group instanceof PerfEvent)) throw EBADF
  if (group !== undefined && group.leader !== group) throw EINVAL
  if (type !== SOFTWARE || config > 9n) throw ENOENT
  // Neither samples nor children, nor a whole processor, are counted.
  if (period !== 0n || (bits & (INHERIT | ENABLE_ON_EXEC)) !== 0 || pid === -1) throw EOPNOTSUPP
  const event = new PerfEvent(kernel, usageOf(l, pid), Number(config), Number(format), group)
  if ((bits & DISABLED) === 0) event.enable()
  return allocateDescriptor(l, event, (flags & FD_CLOEXEC) !== 0)
}

export const perfEventCalls: CallFamily = { perf_event_open }
