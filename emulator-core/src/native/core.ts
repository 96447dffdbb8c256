/**
 * Core files: coredump (sys/kern/kern_core.c), coredump_elf64 (core_elf32.c); Linux: fs/coredump.c, fs/binfmt_elf.c. An ELF file with a note for each thread
 * and a segment for each mapping, of which core-segments.ts says how much is in the file; pages that were never touched are holes. Linux's registers and notes, which is what a debugger of Linux programs reads.
 */
import { PAGE_SIZE } from '../machine/page.ts'
import { coreNotes } from './core-notes.ts'
import { bytesDumped } from './core-segments.ts'
import { meets } from './divergence.ts'
import { Errno } from './errno.ts'
import { type File, FREAD, FWRITE } from './file.ts'
import type { Lwp } from './lwp.ts'
import { RLIMIT_CORE } from './resource-limits.ts'
import type { SigInfo } from './signal/siginfo.ts'
import { isKthread } from './sleep.ts'
import { KernelUio } from './uio.ts'
import { O_CREAT, O_NOFOLLOW, O_TRUNC } from './vfs/open-flags.ts'
import { vnOpen } from './vfs/vn-open.ts'
import { VnodeFile } from './vfs/vnode-file.ts'

const HEADER_BYTES = 64
const PROGRAM_HEADER_BYTES = 56
const PT_LOAD = 1
const PT_NOTE = 4
const MODE = 0o600
/** A program header's number of them is 16 bits; the rest goes into a section header that is not made. */
const MOST_SEGMENTS = 0xfff0

interface Segment {
  readonly type: number
  readonly flags: number
  readonly address: number
  readonly offset: number
  readonly fileSize: number
  readonly size: number
}

/** Writes the core file of the process of `l`, which is about to end of a signal. @returns whether there is one now. */
export function coredump(l: Lwp, info: SigInfo): boolean {
  const p = l.proc
  const limit = p.limits[RLIMIT_CORE]?.soft ?? 0
  if (limit < PAGE_SIZE || p.dumpable !== 1) return false
  const { kernel } = p
  const name = meets(l, 'core.name', `signal ${info.signo}`) ? `${p.name.replaceAll('/', '_')}.core` : 'core'
  try {
    const flags = FREAD | FWRITE | O_CREAT | O_TRUNC | O_NOFOLLOW
    const file = vnOpen(l, kernel.vfs, p.cwdi.cwd, name, flags, MODE)
    if (isKthread(file)) return false
    try {
      if (!(file instanceof VnodeFile) || file.vnode.type !== 'VREG' || file.vnode.getattr().nlink !== 1) return false
      writeCore(l, info, file, limit)
      return true
    } finally {
      file.close()
    }
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function writeCore(l: Lwp, info: SigInfo, file: File, limit: number): void {
  const { vm } = l.proc
  const mappings = [...vm.map.entries].slice(0, MOST_SEGMENTS)
  const sizes = mappings.map(e => bytesDumped(l.proc, e))
  const notes = coreNotes(l, info)
  const notesAt = HEADER_BYTES + PROGRAM_HEADER_BYTES * (mappings.length + 1)
  const segments: Segment[] = [
    { type: PT_NOTE, flags: 0, address: 0, offset: notesAt, fileSize: notes.length, size: 0 },
  ]
  let offset = Math.ceil((notesAt + notes.length) / PAGE_SIZE) * PAGE_SIZE
  mappings.forEach(({ start, end, prot }, i) => {
    const flags = (prot & 1 ? 4 : 0) | (prot & 2) | (prot & 4 ? 1 : 0)
    segments.push({ type: PT_LOAD, flags, address: start, offset, fileSize: sizes[i], size: end - start })
    offset += sizes[i]
  })
  put(l, file, headers(segments), 0, limit)
  put(l, file, notes, notesAt, limit)
  mappings.forEach((e, i) => {
    putPages(l, file, e.start, e.start + sizes[i], segments[i + 1].offset, limit)
  })
  // What is not written at the end is a hole too.
  file.truncate(l, Math.min(offset, limit))
}

function put(l: Lwp, file: File, bytes: Uint8Array, offset: number, limit: number): void {
  const room = limit - offset
  if (room <= 0) return
  file.write(l, new KernelUio(bytes.length > room ? bytes.subarray(0, room) : bytes, 'out', offset))
}

/** The pages that are in memory. */
function putPages(l: Lwp, file: File, start: number, end: number, offset: number, limit: number): void {
  const { space } = l.proc.vm
  const { physical } = l.proc.kernel.machine
  const states = new Uint8Array(STATES)
  for (let at = start; at < end && offset + at - start < limit; at += STATES * PAGE_SIZE) {
    const length = Math.min(end - at, STATES * PAGE_SIZE)
    space.pageStates(at, length, states, false)
    for (let i = 0; i * PAGE_SIZE < length; i++) {
      const frame = (states[i] & 1) === 0 ? -1 : space.frameAt(at + i * PAGE_SIZE)
      if (frame < 0) continue
      const page = physical.slice(frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE)
      put(l, file, page, offset + at - start + i * PAGE_SIZE, limit)
    }
  }
}

/** Pages asked about at once. */
const STATES = 512

function headers(segments: readonly Segment[]): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + PROGRAM_HEADER_BYTES * segments.length)
  const v = new DataView(bytes.buffer)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  const ET_CORE = 4
  const EM_X86_64 = 62
  v.setUint16(16, ET_CORE, true)
  v.setUint16(18, EM_X86_64, true)
  v.setUint32(20, 1, true)
  v.setBigUint64(32, BigInt(HEADER_BYTES), true)
  v.setUint16(52, HEADER_BYTES, true)
  v.setUint16(54, PROGRAM_HEADER_BYTES, true)
  v.setUint16(56, segments.length, true)
  segments.forEach((s, i) => {
    const at = HEADER_BYTES + PROGRAM_HEADER_BYTES * i
    v.setUint32(at, s.type, true)
    v.setUint32(at + 4, s.flags, true)
    const words = [s.offset, s.address, 0, s.fileSize, s.size, s.type === PT_LOAD ? PAGE_SIZE : 4]
    words.forEach((word, j) => {
      v.setBigUint64(at + 8 + 8 * j, BigInt(word), true)
    })
  })
  return bytes
}
