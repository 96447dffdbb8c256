/** Texts of /proc/PID. */
import { PAGE_SIZE } from '../../../machine/page.ts'
import { FAPPEND, FASYNC, FDIRECT, FNONBLOCK, FREAD, FWRITE } from '../../file.ts'
import type { Slot } from '../../filedesc.ts'
import type { Proc } from '../../proc.ts'
import { clockOffset } from '../../time-namespace.ts'
import type { Mapping } from '../../uvm/vmspace.ts'
import { major, minor } from '../device.ts'
import type { Mount } from '../mount.ts'
import { pathOf } from '../place.ts'
import { parentNumber, stateOf } from './process-status.ts'

const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0')

export function mapsText(p: Proc): string {
  let text = ''
  for (const m of p.vm.mappings()) text += mapsLine(m)
  return text
}

export function mapsLine(m: Mapping): string {
  const prot = `${m.prot & 1 ? 'r' : '-'}${m.prot & 2 ? 'w' : '-'}${m.prot & 4 ? 'x' : '-'}${m.shared ? 's' : 'p'}`
  const line = `${hex(m.start, 8)}-${hex(m.end, 8)} ${prot} ${hex(m.offset, 8)} ${hex(major(m.device), 2)}:${hex(minor(m.device), 2)} ${m.inode} `
  // Linux escapes a line end in a name, or a name could forge a line.
  return m.name === '' ? `${line}\n` : `${line.padEnd(73)}${m.name.replaceAll('\n', '\\012')}\n`
}

/** Times there are counted in hundredths of a second. */
const TICK = 1e7

/** The 52 numbers of /proc/PID/stat; those that are not kept are 0. */
export function statText(p: Proc, tid: number): string {
  const fields = new Array<number | string>(52).fill(0)
  const thread = p.lwps.get(tid)
  p.kernel.scheduler?.charge()
  const usage = (tid === p.pid ? undefined : thread?.usage) ?? p.usage
  fields[0] = tid
  fields[1] = `(${thread?.name ?? p.name})`
  fields[2] = stateOf(p, tid)
  fields[3] = parentNumber(p)
  fields[4] = p.pgrp
  fields[5] = p.session
  fields[7] = -1
  fields[9] = usage.faults
  fields[13] = Math.floor(usage.user / TICK)
  fields[14] = Math.floor(usage.system / TICK)
  fields[15] = Math.floor(p.childUsage.user / TICK)
  fields[16] = Math.floor(p.childUsage.system / TICK)
  fields[17] = 20 + p.nice
  fields[18] = p.nice
  fields[19] = Math.max(1, p.lwps.size)
  const { current } = p.kernel
  fields[21] = Math.floor((p.startTime + (current === undefined ? 0 : clockOffset(current.proc, 'boottime'))) / 1e7)
  // What a process that has ended had of memory is gone.
  if (p.exitStatus === undefined) {
    fields[22] = p.vm.size
    fields[23] = p.vm.space.residentPages
  }
  fields[24] = '18446744073709551615'
  fields[37] = p.exitSignal
  fields[39] = thread?.scheduling.priority ?? 0
  fields[40] = thread?.scheduling.policy ?? 0
  fields[51] = p.exitStatus ?? 0
  return `${fields.join(' ')}\n`
}

export function statmText(p: Proc): string {
  if (p.exitStatus !== undefined) return '0 0 0 0 0 0 0\n'
  const resident = p.vm.space.residentPages
  return `${Math.floor(p.vm.size / PAGE_SIZE)} ${resident} 0 0 0 ${resident} 0\n`
}

/** In Linux's order of resources. */
const limitNames: readonly (readonly [string, string])[] = [
  ['Max cpu time', 'seconds'],
  ['Max file size', 'bytes'],
  ['Max data size', 'bytes'],
  ['Max stack size', 'bytes'],
  ['Max core file size', 'bytes'],
  ['Max resident set', 'bytes'],
  ['Max processes', 'processes'],
  ['Max open files', 'files'],
  ['Max locked memory', 'bytes'],
  ['Max address space', 'bytes'],
  ['Max file locks', 'locks'],
  ['Max pending signals', 'signals'],
  ['Max msgqueue size', 'bytes'],
  ['Max nice priority', ''],
  ['Max realtime priority', ''],
  ['Max realtime timeout', 'us'],
]

export function limitsText(p: Proc): string {
  const amount = (n: number | undefined): string =>
    (n === undefined || n === Number.POSITIVE_INFINITY ? 'unlimited' : String(n)).padEnd(21)
  let text = `${'Limit'.padEnd(26)}${'Soft Limit'.padEnd(21)}${'Hard Limit'.padEnd(21)}Units     \n`
  limitNames.forEach(([name, unit], i) => {
    const limit = p.limits[i]
    text += `${name.padEnd(26)}${amount(limit?.soft)}${amount(limit?.hard)}${unit.padEnd(10)}\n`
  })
  return text
}

const escaped = (path: string): string =>
  path.replace(/[ \t\n\\]/g, c => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)

/** In the order of Linux's show_mnt_opts. */
function mountOptions({ flags }: Mount): string {
  return [
    flags.readOnly ? 'ro' : 'rw',
    flags.noSuid ? 'nosuid' : '',
    flags.noDevices ? 'nodev' : '',
    flags.noExecution ? 'noexec' : '',
    flags.noAccessTime ? 'noatime' : '',
    flags.noDirectoryAccessTime ? 'nodiratime' : '',
    flags.noAccessTime ? '' : 'relatime',
  ]
    .filter(word => word !== '')
    .join(',')
}

export function mountsText(p: Proc): string {
  return p.kernel.vfs.mounts
    .map(m => `${escaped(m.source)} ${escaped(pathOf(m.root, p.cwdi.root))} ${m.kind} ${mountOptions(m)} 0 0\n`)
    .join('')
}

export function mountStatsText(p: Proc): string {
  return p.kernel.vfs.mounts
    .map(m => `device ${escaped(m.source)} mounted on ${escaped(pathOf(m.root, p.cwdi.root))} with fstype ${m.kind}\n`)
    .join('')
}

/** What was read and written by calls; nothing here is a disk's. */
export function ioText({ transfers: t }: Proc): string {
  const counted = `rchar: ${t.readBytes}\nwchar: ${t.writtenBytes}\nsyscr: ${t.reads}\nsyscw: ${t.writes}\n`
  return `${counted}read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n`
}

export function mountInfoText(p: Proc): string {
  return p.kernel.vfs.mounts
    .map(m => {
      const dev = m.root.getattr().dev
      return `${m.id} ${m.covered?.mount.id ?? 0} ${major(dev)}:${minor(dev)} / ${escaped(pathOf(m.root, p.cwdi.root))} ${mountOptions(m)} - ${m.kind} ${escaped(m.source)} ${m.readOnly ? 'ro' : 'rw'}\n`
    })
    .join('')
}

/** An open file's flags in Linux's numbers, which is what /proc shows. */
export function descriptorFlags(slot: Slot): number {
  const { flags } = slot.file
  const access = (flags & (FREAD | FWRITE)) === (FREAD | FWRITE) ? 2 : (flags & FWRITE) !== 0 ? 1 : 0
  return (
    access |
    ((flags & FAPPEND) !== 0 ? 0x400 : 0) |
    ((flags & FNONBLOCK) !== 0 ? 0x800 : 0) |
    ((flags & FASYNC) !== 0 ? 0x2000 : 0) |
    ((flags & FDIRECT) !== 0 ? 0x4000 : 0) |
    (slot.closeOnExec ? 0x80000 : 0)
  )
}
