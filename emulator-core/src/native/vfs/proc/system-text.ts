/** Texts of /proc that tell of the whole machine. */
import { PAGE_SIZE } from '../../../machine/page.ts'
import type { Kernel } from '../../kernel.ts'
import { clockOffset } from '../../time-namespace.ts'
import { identity, releaseOf } from './identity.ts'
import type { ProcContext } from './proc-mount.ts'

/** What the translator executes; its cpuid announces the same. */
const cpuFlags =
  'fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall nx lm constant_tsc rep_good nopl cpuid pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm'

export function cpuinfoText(): string {
  const lines: readonly (readonly [string, string])[] = [
    ['processor\t', '0'],
    ['vendor_id\t', 'GenuineIntel'],
    ['cpu family\t', '6'],
    ['model\t\t', '6'],
    ['model name\t', 'QEMU TCG CPU version 2.5+'],
    ['stepping\t', '3'],
    ['cpu MHz\t\t', '1000.000'],
    ['cache size\t', '16384 KB'],
    ['physical id\t', '0'],
    ['siblings\t', '1'],
    ['core id\t\t', '0'],
    ['cpu cores\t', '1'],
    ['fpu\t\t', 'yes'],
    ['flags\t\t', cpuFlags],
    ['bogomips\t', '2000.00'],
    ['clflush size\t', '64'],
    ['cache_alignment\t', '64'],
    ['address sizes\t', '40 bits physical, 48 bits virtual'],
  ]
  return `${lines.map(([k, v]) => `${k}: ${v}\n`).join('')}\n`
}

export function meminfoText({ kernel }: ProcContext): string {
  const { framesTotal, framesUsed } = kernel.machine
  const kb = (frames: number): string => String(Math.floor((frames * PAGE_SIZE) / 1024)).padStart(8)
  const cached = kernel.vfs.memory.cached
  const free = framesTotal - framesUsed
  const rows: readonly (readonly [string, number])[] = [
    ['MemTotal', framesTotal],
    ['MemFree', free],
    ['MemAvailable', free + cached],
    ['Buffers', 0],
    ['Cached', cached],
    ['SwapCached', 0],
    ['Active', framesUsed],
    ['Inactive', 0],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', 0],
    ['Writeback', 0],
    ['AnonPages', framesUsed - cached],
    ['Mapped', cached],
    ['Shmem', Math.ceil(kernel.vfs.memory.used / PAGE_SIZE)],
    ['Slab', 0],
    ['SReclaimable', 0],
    ['SUnreclaim', 0],
    ['KernelStack', 0],
    ['PageTables', 0],
    ['CommitLimit', framesTotal],
    ['Committed_AS', framesUsed],
    ['VmallocTotal', 0],
    ['VmallocUsed', 0],
  ]
  const [pool] = kernel.hugePages
  const pages = { Total: pool.total, Free: pool.free, Rsvd: pool.reserved, Surp: pool.surplus }
  const huge = Object.entries(pages).map(([name, n]) => `${`HugePages_${name}:`.padEnd(16)}${String(n).padStart(8)}\n`)
  const all = kernel.hugePages.reduce((sum, { total, size }) => sum + (total * size) / PAGE_SIZE, 0)
  const line = ([name, frames]: readonly [string, number]): string => `${`${name}:`.padEnd(16)}${kb(frames)} kB\n`
  const last: readonly (readonly [string, number])[] = [
    ['Hugepagesize', pool.size / PAGE_SIZE],
    ['Hugetlb', all],
  ]
  return [...rows.map(line), ...huge, ...last.map(line)].join('')
}

/** Processor time of all processes, those that ended among them, in hundredths of a second. */
function processorTime(kernel: Kernel): { user: number; system: number; idle: number } {
  let user = 0
  let system = 0
  for (const { usage, childUsage } of kernel.processes.values()) {
    user += usage.user + childUsage.user
    system += usage.system + childUsage.system
  }
  const [u, s] = [user, system].map(ns => Math.floor(ns / 1e7))
  return { user: u, system: s, idle: Math.max(0, Math.floor(kernel.clock.monotonic() / 1e7) - u - s) }
}

/** ns that the reader's time namespace adds to the time since the start. */
const shownOffset = ({ current }: Kernel): number => (current === undefined ? 0 : clockOffset(current.proc, 'boottime'))

export function uptimeText({ kernel }: ProcContext): string {
  const seconds = (kernel.clock.monotonic() + shownOffset(kernel)) / 1e9
  return `${seconds.toFixed(2)} ${(processorTime(kernel).idle / 100).toFixed(2)}\n`
}

export function loadavgText({ kernel }: ProcContext): string {
  const last = Math.max(0, ...kernel.processes.keys())
  const threads = [...kernel.processes.values()].flatMap(p => [...p.lwps.values()])
  const running = threads.filter(l => l.state === 'runnable').length
  return `0.00 0.00 0.00 ${running}/${threads.length} ${last}\n`
}

export function statSystemText({ kernel }: ProcContext): string {
  const { user, system, idle } = processorTime(kernel)
  const since = BigInt(Math.floor(kernel.clock.monotonic() + shownOffset(kernel)))
  const boot = (kernel.clock.realtime() - since) / 1_000_000_000n
  const cpu = `${user} 0 ${system} ${idle} 0 0 0 0 0 0`
  const last = Math.max(0, ...kernel.processes.keys())
  return `cpu  ${cpu}\ncpu0 ${cpu}\nintr 0\nctxt 0\nbtime ${boot}\nprocesses ${last}\nprocs_running 1\nprocs_blocked 0\n`
}

/** Pages of memory by what they are; nothing is ever swapped, and no disk is read. */
export function vmstatText({ kernel }: ProcContext): string {
  const { framesTotal, framesUsed } = kernel.machine
  const { cached } = kernel.vfs.memory
  const rows = {
    nr_free_pages: framesTotal - framesUsed,
    nr_inactive_anon: 0,
    nr_active_anon: framesUsed - cached,
    nr_inactive_file: 0,
    nr_active_file: cached,
    nr_mlock: 0,
    nr_anon_pages: framesUsed - cached,
    nr_file_pages: cached,
    nr_dirty: 0,
    nr_writeback: 0,
    pgpgin: 0,
    pgpgout: 0,
    pswpin: 0,
    pswpout: 0,
  }
  return Object.entries(rows)
    .map(([name, pages]) => `${name} ${pages}\n`)
    .join('')
}

export function versionText(c: ProcContext): string {
  return `${identity.system} version ${releaseOf(c.kernel)} (interlinear) ${identity.version}\n`
}

/** Kinds of file systems, in the order of their numbers. */
export const fileSystemTypes: readonly string[] = ['sysfs', 'tmpfs', 'proc', 'overlay', 'ext4']
const ON_DISKS = new Set(['ext4'])

export function filesystemsText(): string {
  return fileSystemTypes.map(name => `${ON_DISKS.has(name) ? '' : 'nodev'}\t${name}\n`).join('')
}
