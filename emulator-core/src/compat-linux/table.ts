/** The system call table: which function answers which number (sys/compat/linux/arch/amd64/syscalls.master). */
import { syscallNames } from '../events/syscall-names.ts'
import { aioCalls } from '../linux/aio.ts'
import { bpfCalls } from '../linux/bpf.ts'
import { linuxEpollCalls } from '../linux/epoll.ts'
import { fanotifyCalls } from '../linux/fanotify.ts'
import { linuxInotifyCalls } from '../linux/inotify.ts'
import { ioUringCalls } from '../linux/io-uring.ts'
import { keyCalls } from '../linux/keys.ts'
import { perfEventCalls } from '../linux/perf-event.ts'
import { secretMemoryCalls } from '../linux/secret-memory.ts'
import { userFaultCalls } from '../linux/userfaultfd.ts'
import { adjtimexCalls } from './adjtimex.ts'
import type { CallFamily, Handler } from './call.ts'
import { capabilityCalls } from './capability.ts'
import { cloneCalls } from './clone.ts'
import { directoryCalls } from './directory.ts'
import { epollCalls } from './epoll.ts'
import { eventfdCalls } from './eventfd.ts'
import { fcntlCalls } from './fcntl.ts'
import { fileCalls } from './file.ts'
import { fileHandleCalls } from './file-handle.ts'
import { fileSystemTypeCalls } from './file-system-types.ts'
import { futexCalls } from './futex.ts'
import { hostNameCalls } from './host-names.ts'
import { identityCalls } from './identity.ts'
import { inotifyCalls } from './inotify.ts'
import { ioctlCalls } from './ioctl.ts'
import { ioprioCalls } from './ioprio.ts'
import { itimerCalls } from './itimer.ts'
import { kcmpCalls } from './kcmp.ts'
import { limitCalls } from './limits.ts'
import { MECHANISMS } from './mechanisms.ts'
import { membarrierCalls } from './membarrier.ts'
import { memfdCalls } from './memfd.ts'
import { memoryCalls } from './memory.ts'
import { mountCalls } from './mount.ts'
import { mountApiCalls } from './mount-api.ts'
import { mqueueCalls } from './mqueue.ts'
import { openat2Calls } from './openat2.ts'
import { pidfdCalls } from './pidfd.ts'
import { pipeCalls } from './pipe.ts'
import { pollCalls } from './poll.ts'
import { prctlCalls } from './prctl.ts'
import { processCalls } from './process.ts'
import { randomCalls } from './random.ts'
import { rseqCalls } from './rseq.ts'
import { schedCalls } from './sched.ts'
import { signalCalls } from './signal.ts'
import { signalfdCalls } from './signalfd.ts'
import { socketCalls } from './socket.ts'
import { spliceCalls } from './splice.ts'
import { statCalls } from './stat.ts'
import { missing, missingCalls } from './structure.ts'
import { systemCalls } from './system.ts'
import { sysvMsgCalls } from './sysv-msg.ts'
import { sysvSemCalls } from './sysv-sem.ts'
import { sysvShmCalls } from './sysv-shm.ts'
import { NATIVE, RENAMED } from './tables/netbsd-calls.ts'
import { timeCalls } from './time.ts'
import { timerfdCalls } from './timerfd.ts'
import { waitCalls } from './wait.ts'
import { xattrCalls } from './xattr.ts'

/** What a Linux program's calls are answered like. */
export type Personality = 'netbsd-10' | 'linux'

const families: readonly CallFamily[] = [
  adjtimexCalls,
  aioCalls,
  bpfCalls,
  capabilityCalls,
  cloneCalls,
  directoryCalls,
  epollCalls,
  eventfdCalls,
  fanotifyCalls,
  fcntlCalls,
  fileCalls,
  fileHandleCalls,
  fileSystemTypeCalls,
  futexCalls,
  hostNameCalls,
  identityCalls,
  inotifyCalls,
  ioUringCalls,
  ioctlCalls,
  ioprioCalls,
  itimerCalls,
  kcmpCalls,
  keyCalls,
  limitCalls,
  memfdCalls,
  membarrierCalls,
  memoryCalls,
  pidfdCalls,
  mqueueCalls,
  mountApiCalls,
  mountCalls,
  openat2Calls,
  perfEventCalls,
  pipeCalls,
  pollCalls,
  prctlCalls,
  processCalls,
  randomCalls,
  rseqCalls,
  schedCalls,
  secretMemoryCalls,
  signalCalls,
  signalfdCalls,
  socketCalls,
  spliceCalls,
  statCalls,
  systemCalls,
  sysvMsgCalls,
  sysvSemCalls,
  sysvShmCalls,
  timeCalls,
  timerfdCalls,
  userFaultCalls,
  waitCalls,
  xattrCalls,
]

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Handlers by number; a hole answers ENOSYS. @param differs which differences from Linux are in force. */
export function systemCallTable(differs: (id: string) => boolean): readonly (Handler | undefined)[] {
  const own = [
    ...(differs(MECHANISMS.epoll) ? [] : [linuxEpollCalls]),
    ...(differs(MECHANISMS.inotify) ? [] : [linuxInotifyCalls]),
  ]
  const byName: Record<string, Handler | undefined> = Object.assign({}, ...families, ...own)
  for (const name of missingCalls) if (differs(missing(name))) delete byName[name]
  const table: (Handler | undefined)[] = []
  for (const [nr, name] of syscallNames) {
    while (table.length <= nr) table.push(undefined)
    table[nr] = byName[name]
  }
  return table
}

/** The NetBSD function behind a call, by the call's name: what a debugger shows above the guest's frame. */
export function handlerNames(): ReadonlyMap<string, string> {
  const renamed = new Map(words(RENAMED).map(pair => pair.split('=') as [string, string]))
  const native = new Set(words(NATIVE))
  const lacking = new Set(missingCalls)
  return new Map(
    syscallNames.map(([, name]) => {
      if (lacking.has(name)) return [name, 'linux_sys_nosys']
      return [name, renamed.get(name) ?? `${native.has(name) ? '' : 'linux_'}sys_${name}`]
    }),
  )
}
