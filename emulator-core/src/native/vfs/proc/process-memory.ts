/** Texts of /proc/PID that tell of memory page by page: smaps, smaps_rollup. proc(5); Linux, fs/proc/task_mmu.c. */
import { PAGE_SIZE } from '../../../machine/page.ts'
import type { Proc } from '../../proc.ts'
import type { Mapping } from '../../uvm/vmspace.ts'
import { mapsLine } from './process-text.ts'

/** Pages asked about at once. */
const PIECE = 4096
const PRESENT = 1
const WRITTEN = 2

interface Counts {
  pages: number
  written: number
  anonymous: number
  locked: number
}

/** What is there of a mapping; `most` pages are there in all, so that an enormous range ends the search early. */
function count(p: Proc, m: Mapping, most: number): Counts {
  const found = { pages: 0, written: 0, anonymous: 0, locked: 0 }
  const states = new Uint8Array(PIECE)
  for (let at = m.start; at < m.end && found.pages < most; at += PIECE * PAGE_SIZE) {
    const length = Math.min(PIECE * PAGE_SIZE, m.end - at)
    p.vm.space.pageStates(at, length, states, false)
    for (let i = 0; i < length / PAGE_SIZE; i++) {
      if ((states[i] & PRESENT) === 0) continue
      found.pages++
      if ((states[i] & WRITTEN) !== 0) found.written++
    }
  }
  // A private page of a file that was written is a copy, and no longer the file's.
  found.anonymous = m.inode === 0 ? found.pages : m.shared ? 0 : found.written
  found.locked = m.locked ? found.pages : 0
  return found
}

const kb = (name: string, pages: number): string =>
  `${`${name}:`.padEnd(16)}${String((pages * PAGE_SIZE) / 1024).padStart(8)} kB\n`

/** The amounts that smaps and its sum have in common. */
function amounts(c: Counts, shared: number): string {
  const ownPages = c.pages - shared
  const own = Math.min(c.written, ownPages)
  return [
    kb('Shared_Clean', shared),
    kb('Shared_Dirty', 0),
    kb('Private_Clean', ownPages - own),
    kb('Private_Dirty', own),
    kb('Referenced', c.pages),
    kb('Anonymous', c.anonymous),
    ...['KSM', 'LazyFree', 'AnonHugePages', 'ShmemPmdMapped', 'FilePmdMapped'].map(name => kb(name, 0)),
    ...['Shared_Hugetlb', 'Private_Hugetlb', 'Swap', 'SwapPss'].map(name => kb(name, 0)),
    kb('Locked', c.locked),
  ].join('')
}

function vmFlags({ prot, shared }: Mapping): string {
  const flags = [prot & 1 ? 'rd' : '', prot & 2 ? 'wr' : '', prot & 4 ? 'ex' : '', shared ? 'sh' : '', 'mr', 'mw', 'me']
  return `VmFlags: ${flags.filter(f => f !== '').join(' ')} \n`
}

export function smapsText(p: Proc): string {
  if (p.exitStatus !== undefined) return ''
  const most = p.vm.space.residentPages
  let text = ''
  for (const m of p.vm.mappings()) {
    const c = count(p, m, most)
    const size = (m.end - m.start) / PAGE_SIZE
    text += `${mapsLine(m)}${kb('Size', size)}${kb('KernelPageSize', 1)}${kb('MMUPageSize', 1)}${kb('Rss', c.pages)}`
    text += `${kb('Pss', c.pages)}${kb('Pss_Dirty', c.written)}${amounts(c, 0)}THPeligible:           0\n${vmFlags(m)}`
  }
  return text
}

export function smapsRollupText(p: Proc): string {
  if (p.exitStatus !== undefined) return ''
  const sum = { pages: 0, written: 0, anonymous: 0, locked: 0 }
  const most = p.vm.space.residentPages
  const list = [...p.vm.mappings()]
  for (const m of list) {
    const c = count(p, m, most)
    sum.pages += c.pages
    sum.written += c.written
    sum.anonymous += c.anonymous
    sum.locked += c.locked
  }
  const hex = (n: number): string => n.toString(16).padStart(8, '0')
  const range = `${hex(list[0]?.start ?? 0)}-${hex(list.at(-1)?.end ?? 0)} ---p 00000000 00:00 0`
  const head = `${range.padEnd(73)}[rollup]\n${kb('Rss', sum.pages)}${kb('Pss', sum.pages)}${kb('Pss_Dirty', sum.written)}`
  const kinds = `${kb('Pss_Anon', sum.anonymous)}${kb('Pss_File', sum.pages - sum.anonymous)}${kb('Pss_Shmem', 0)}`
  return `${head}${kinds}${amounts(sum, 0)}`
}
