/** Processes, their threads and what their descriptors refer to. */
import type { AnyEvent } from '../grammar.ts'
import type { Reducer } from './fold.ts'

export interface Descriptor {
  readonly file: number
  readonly type: string
  readonly description: string
  readonly closeOnExec: boolean
}

export interface ProcessState {
  readonly pid: number
  readonly parent: number
  readonly program: string
  readonly cwd: string | undefined
  readonly ended: string | undefined
  readonly threads: ReadonlyMap<number, string>
  /** Shared between copies of the state: replaced, never changed… */
  descriptors: Map<number, Descriptor>
  /** …unless this says that it is ours alone. */
  owned: boolean
}

export interface ProcessesState {
  readonly processes: Map<number, ProcessState>
  session: { readonly personality: string; readonly program: string; readonly realtime: string } | undefined
}

/** Ended processes that are remembered. */
const REMEMBERED = 64

function processOf(state: ProcessesState, pid: number): ProcessState {
  const found = state.processes.get(pid)
  if (found !== undefined) return found
  const none = { parent: 0, program: '', cwd: undefined, ended: undefined }
  const made: ProcessState = { pid, ...none, threads: new Map(), descriptors: new Map(), owned: true }
  state.processes.set(pid, made)
  return made
}

function change(state: ProcessesState, pid: number, more: Partial<ProcessState>): void {
  state.processes.set(pid, { ...processOf(state, pid), ...more })
}

function ownDescriptors(state: ProcessesState, pid: number): Map<number, Descriptor> {
  const found = processOf(state, pid)
  if (!found.owned) {
    found.descriptors = new Map(found.descriptors)
    found.owned = true
  }
  return found.descriptors
}

function forgetLongGone(state: ProcessesState): void {
  if (state.processes.size <= REMEMBERED) return
  const ended = [...state.processes.values()].filter(each => each.ended !== undefined)
  for (const each of ended.slice(0, ended.length - REMEMBERED)) state.processes.delete(each.pid)
}

function apply(state: ProcessesState, event: AnyEvent): void {
  const { pid, tid } = event
  switch (event.kind) {
    case 'session':
      state.session = { personality: event.personality, program: event.program, realtime: event.realtime }
      change(state, pid, { program: event.program })
      return
    case 'fd-open':
      ownDescriptors(state, pid).set(event.fd, {
        file: event.file,
        type: event.type,
        description: event.description,
        closeOnExec: event.closeOnExec !== 0,
      })
      return
    case 'fd-close':
      ownDescriptors(state, pid).delete(event.fd)
      return
    case 'cwd':
      change(state, pid, { cwd: event.path })
      return
    case 'process-start': {
      const parent = processOf(state, event.parent)
      state.processes.set(pid, {
        pid,
        parent: event.parent,
        program: parent.program,
        cwd: parent.cwd,
        ended: undefined,
        threads: new Map([[tid, '']]),
        // A kqueue does not survive fork (fd_copy, sys/kern/kern_descrip.c).
        descriptors: new Map([...parent.descriptors].filter(([, { type }]) => type !== 'kqueue')),
        owned: true,
      })
      return
    }
    case 'exec':
      change(state, pid, { program: event.path })
      return
    case 'thread-start':
      change(state, pid, { threads: new Map(processOf(state, pid).threads).set(tid, event.name) })
      return
    case 'thread-exit': {
      const threads = new Map(processOf(state, pid).threads)
      threads.delete(tid)
      change(state, pid, { threads })
      return
    }
    case 'process-exit': {
      const ended = event.signal === 0 ? `status ${event.status}` : `signal ${event.signal}`
      change(state, pid, { ended, threads: new Map(), descriptors: new Map(), owned: true })
      forgetLongGone(state)
    }
  }
}

export const processes: Reducer<ProcessesState> = {
  kinds: [
    ...(['session', 'fd-open', 'fd-close', 'cwd', 'process-start', 'exec'] as const),
    ...(['thread-start', 'thread-exit', 'process-exit'] as const),
  ],
  start: () => ({ processes: new Map(), session: undefined }),
  apply,
  copy: state => {
    const copied = new Map<number, ProcessState>()
    for (const [pid, each] of state.processes) {
      // From now on both share the table, so neither may change it in place.
      each.owned = false
      copied.set(pid, { ...each })
    }
    return { processes: copied, session: state.session }
  },
}

/** What a descriptor refers to, in the way of `strace -y`; the working directory under AT_FDCWD. */
export function describeDescriptor(state: ProcessesState, pid: number, fd: number): string | undefined {
  const process = state.processes.get(pid)
  return fd === AT_FDCWD ? process?.cwd : process?.descriptors.get(fd)?.description
}
const AT_FDCWD = -100

/** Who has which file open: for each file its numbers, as `7` in the process `home` and `1210:7` in another. */
export function holdersOf(state: ProcessesState): (file: number, home: number) => string[] {
  const holders = new Map<number, { pid: number; fd: number }[]>()
  for (const { pid, descriptors } of state.processes.values()) {
    for (const [fd, { file }] of descriptors) {
      const found = holders.get(file)
      if (found === undefined) holders.set(file, [{ pid, fd }])
      else found.push({ pid, fd })
    }
  }
  return (file, home) => (holders.get(file) ?? []).map(({ pid, fd }) => (pid === home ? String(fd) : `${pid}:${fd}`))
}

export function isOpen(state: ProcessesState, file: number): boolean {
  for (const { descriptors } of state.processes.values()) {
    for (const each of descriptors.values()) if (each.file === file) return true
  }
  return false
}
