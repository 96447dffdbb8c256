/** Answers questions about the guest while it is held (or between two slices). */
import { Reg } from 'unicorn-engine-node'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { shownFrames } from './backtrace.ts'
import { CodeMap, type SymbolCache } from './code-map.ts'
import type { Registers } from './dwarf/unwind.ts'
import type { Backtrace, DescriptorInfo, GuestFrame, ThreadInfo, ThreadState, TranslationFrame } from './protocol.ts'
import type { Names } from './system.ts'

const FILTERS = ['READ', 'WRITE', 'AIO', 'VNODE', 'PROC', 'SIGNAL', 'TIMER', 'FS', 'USER', 'EMPTY'] as const

export function threadInfo(l: Lwp): ThreadInfo {
  return {
    pid: l.proc.pid,
    tid: l.id,
    name: l.name,
    state: threadState(l),
    syscall: l.syscall,
    waitingFor: l.sleep?.message ?? '',
  }
}

function threadState(l: Lwp): ThreadState {
  if (l.state !== 'runnable') return l.state
  return l.syscall >= 0 ? 'in-call' : 'running'
}

export function backtrace(
  l: Lwp,
  within: readonly TranslationFrame[],
  names: Names,
  cache: SymbolCache,
  limit: number,
): Backtrace {
  const code = new CodeMap(l.proc, cache)
  return {
    translation: translationFrames(l, within, names),
    guest: shownFrames(code, dwarfRegisters(l), limit).map((frame, i) =>
      withSource(code, frame, i === 0 && l.syscall < 0),
    ),
  }
}

/** `isNext`: the address is that of the next instruction; else it is behind a call, which may be the last of its line. */
function withSource(code: CodeMap, frame: GuestFrame, isNext: boolean): GuestFrame {
  const line = code.lineAt(isNext ? frame.address : frame.address - 1)
  return line === undefined ? frame : { ...frame, source: { file: line.file, line: line.line } }
}

/** Innermost first: what it sleeps for, the functions it is within, else the call's own function. */
function translationFrames(l: Lwp, within: readonly TranslationFrame[], names: Names): TranslationFrame[] {
  if (l.syscall < 0) return []
  const bare = (name: string) => ({ name, place: undefined, variables: [] })
  const frames: TranslationFrame[] = []
  if (l.sleep !== undefined) frames.push(bare(`cv_wait "${l.sleep.message}"`))
  if (within.length > 0) return [...frames, ...within]
  frames.push(bare(names.handler(l.syscall)))
  return frames
}

export function descriptors(proc: Proc): DescriptorInfo[] {
  return [...proc.fd.entries()].map(([fd, slot]) => ({
    fd,
    file: slot.file.id,
    type: slot.file.type,
    description: slot.file.describe(),
    flags: slot.file.flags,
    closeOnExec: slot.closeOnExec,
    offset: slot.file.offset,
    knotes: [...slot.knotes].map(kn => `EVFILT_${FILTERS[kn.kevent.filter] ?? kn.kevent.filter}, knote ${kn.id}`),
  }))
}

/** The engine's registers in DWARF's order; the last is the return address, which is where the thread is. */
const IN_ORDER = [Reg.RAX, Reg.RDX, Reg.RCX, Reg.RBX, Reg.RSI, Reg.RDI, Reg.RBP, Reg.RSP]
const NUMBERED = [Reg.R8, Reg.R9, Reg.R10, Reg.R11, Reg.R12, Reg.R13, Reg.R14, Reg.R15, Reg.RIP]

export function dwarfRegisters(l: Lwp): Registers {
  return [...IN_ORDER, ...NUMBERED].map(slot => l.registers[slot])
}

const WORD = 8

/** The word at the stack pointer; -1 where it cannot be read. */
export function topOfStack(code: CodeMap, stack: number): number {
  const bytes = code.read(stack, WORD)
  return bytes.length < WORD ? -1 : Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
}

/** The frame that called the innermost one, and the stack pointer at the innermost: what a step out waits for. */
export function callerOf(l: Lwp, cache: SymbolCache): { frame: GuestFrame; stackPointer: number } | undefined {
  const rsp = Number(l.registers[Reg.RSP])
  const frames = shownFrames(new CodeMap(l.proc, cache), dwarfRegisters(l), 2)
  return frames[1] === undefined ? undefined : { frame: frames[1], stackPointer: rsp }
}

/** How far out a caller that has lines is looked for. */
const CALLERS_ASKED = 64

/** Where the innermost caller that has lines goes on. */
export function callerWithLines(l: Lwp, cache: SymbolCache): number | undefined {
  const code = new CodeMap(l.proc, cache)
  const frames = shownFrames(code, dwarfRegisters(l), CALLERS_ASKED)
  return frames.slice(1).find(({ address }) => code.lineAt(address - 1) !== undefined)?.address
}
