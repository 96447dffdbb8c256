/** What /proc holds: a table of names and of what makes their text. Formats: proc(5). */

import { ESRCH } from '../../errno.ts'
import type { Slot } from '../../filedesc.ts'
import { keysText, keyUsersText } from '../../keys/key-text.ts'
import { latin1 } from '../../latin1.ts'
import type { Lwp } from '../../lwp.ts'
import { tablesOf } from '../../lwp-parts.ts'
import type { Cwdinfo, Proc } from '../../proc.ts'
import { offsetsText, setOffsets } from '../../time-namespace.ts'
import { pathOf } from '../place.ts'
import { descriptorLink } from './descriptor-link.ts'
import { holderOf } from './holder.ts'
import { namespaceDirectory } from './namespaces.ts'
import { netDirectory } from './net-tree.ts'
import { pagemapBytes } from './pagemap.ts'
import type { ProcContext, ProcNode } from './proc-mount.ts'
import { fdinfoText, locksText } from './process-files.ts'
import { smapsRollupText, smapsText } from './process-memory.ts'
import { setComm, setCoreFilter, setOomScoreAdjustment } from './process-settings.ts'
import { statusText } from './process-status.ts'
import { cmdlineText, environText } from './process-strings.ts'
import {
  ioText,
  limitsText,
  mapsText,
  mountInfoText,
  mountStatsText,
  mountsText,
  statmText,
  statText,
} from './process-text.ts'
import { sysctlTree } from './sysctl-tree.ts'
import {
  cpuinfoText,
  filesystemsText,
  loadavgText,
  meminfoText,
  statSystemText,
  uptimeText,
  versionText,
  vmstatText,
} from './system-text.ts'
import { msgText, semText, shmText } from './sysv-text.ts'

const file = (text: (c: ProcContext) => string, mode?: number): ProcNode => ({ kind: 'file', text, mode })
const directory = (entries: Readonly<Record<string, ProcNode>>): ProcNode => ({ kind: 'directory', entries })
/** A file of one process; empty for one that has ended. */
const ofProc = (text: (p: Proc, c: ProcContext) => string, mode?: number): ProcNode =>
  file(c => (c.proc === undefined ? '' : text(c.proc, c)), mode)
/** A table of what is mounted, which tells who polls it when that changes. */
const ofMounts = (text: (p: Proc) => string, mode = 0o444): ProcNode => ({
  kind: 'file',
  mode,
  text: c => (c.proc === undefined ? '' : text(c.proc)),
  changes: c => c.kernel.vfs.mountChanges,
})
/** A file of one process that takes what is written to it; writing for one that has ended fails. */
const settable = (
  text: (p: Proc, tid: number) => string,
  write: (p: Proc, text: string, l: Lwp | undefined, tid: number) => void,
): ProcNode => ({
  kind: 'file',
  mode: 0o644,
  text: c => (c.proc === undefined ? '' : text(c.proc, tidOf(c.proc, c))),
  write: (c, text, l) => {
    if (c.proc === undefined || c.proc.exitStatus !== undefined) throw ESRCH
    write(c.proc, text, l, tidOf(c.proc, c))
  },
})
/** Every open descriptor of these processes. */
function* allDescriptors(processes: Iterable<Proc>): Generator<Slot> {
  for (const p of processes) for (const table of tablesOf(p)) for (const [, slot] of table.entries()) yield slot
}

/** Whose thread a file is about: that of its directory, or the process's first. */
const tidOf = (p: Proc, c: ProcContext): number => (c.number < 0 ? p.pid : c.number)

function whereIs<T>(c: ProcContext, of: (cwdi: Cwdinfo) => T): T | undefined {
  const holder = holderOf(c)
  return holder && of(holder.cwdi)
}

/** What a process and each of its threads has. */
const ofEither: Readonly<Record<string, ProcNode>> = {
  exe: {
    kind: 'link',
    target: c => (c.proc?.executable === undefined ? '' : pathOf(c.proc.executable, c.proc.cwdi.root)),
    jump: c =>
      c.proc?.executable === undefined ? undefined : { vnode: c.proc.executable, place: c.proc.executable.place },
  },
  cwd: {
    kind: 'link',
    target: c => whereIs(c, cwdi => pathOf(cwdi.cwd, cwdi.root)) ?? '',
    jump: c => whereIs(c, ({ cwd }) => ({ vnode: cwd, place: cwd.place })),
  },
  root: {
    kind: 'link',
    target: c => whereIs(c, ({ root }) => pathOf(root)) ?? '',
    jump: c => whereIs(c, ({ root }) => ({ vnode: root, place: root.place })),
  },
  fd: {
    kind: 'directory',
    mode: 0o500,
    entries: {},
    numbers: {
      list: c => [...(holderOf(c)?.fd.entries() ?? [])].map(([fd]) => fd),
      context: (c, n) => (holderOf(c)?.fd.slot(n) === undefined ? undefined : { ...c, number: n }),
      node: descriptorLink,
    },
  },
  fdinfo: {
    kind: 'directory',
    mode: 0o555,
    entries: {},
    numbers: {
      list: c => [...(holderOf(c)?.fd.entries() ?? [])].map(([fd]) => fd),
      context: (c, n) => (holderOf(c)?.fd.slot(n) === undefined ? undefined : { ...c, number: n }),
      node: ofProc((_p, c) => fdinfoText(c), 0o444),
    },
  },
  net: netDirectory,
  ns: namespaceDirectory,
  maps: ofProc(mapsText),
  smaps: ofProc(smapsText),
  smaps_rollup: ofProc(smapsRollupText),
  pagemap: { kind: 'file', mode: 0o400, text: () => '', bytes: pagemapBytes },
  auxv: ofProc(p => latin1(p.vm.auxiliary), 0o400),
  status: ofProc((p, c) => statusText(p, tidOf(p, c))),
  stat: ofProc((p, c) => statText(p, tidOf(p, c))),
  statm: ofProc(statmText),
  io: ofProc(ioText, 0o400),
  cmdline: ofProc(cmdlineText),
  environ: ofProc(environText, 0o400),
  limits: ofProc(limitsText),
  mounts: ofMounts(mountsText),
  mountinfo: ofMounts(mountInfoText),
  oom_score: ofProc(() => '0\n'),
  oom_score_adj: settable(p => `${p.oomScoreAdjustment}\n`, setOomScoreAdjustment),
  loginuid: ofProc(() => '4294967295', 0o644),
  sessionid: ofProc(() => '4294967295'),
  personality: ofProc(p => `${p.persona.toString(16).padStart(8, '0')}\n`, 0o400),
  cgroup: ofProc(() => '0::/\n'),
  cpuset: ofProc(() => '/\n'),
  uid_map: ofProc(() => WHOLE_RANGE, 0o644),
  gid_map: ofProc(() => WHOLE_RANGE, 0o644),
  projid_map: ofProc(() => WHOLE_RANGE, 0o644),
  setgroups: ofProc(() => 'allow\n', 0o644),
  wchan: ofProc((p, c) => p.lwps.get(tidOf(p, c))?.sleep?.message ?? '0'),
}

/** uid_map of the first user namespace: everybody is himself. */
const WHOLE_RANGE = '         0          0 4294967295\n'

const oneThread = directory({
  ...ofEither,
  comm: settable((p, tid) => `${p.lwps.get(tid)?.name ?? p.name}\n`, setComm),
  children: ofProc((p, c) => (c.number === p.pid ? [...p.children].map(child => `${child.pid} `).join('') : '')),
})

export const oneProcess: ProcNode = directory({
  ...ofEither,
  timens_offsets: settable(offsetsText, setOffsets),
  timerslack_ns: ofProc(p => `${p.lwps.get(p.pid)?.timerSlack ?? 0}\n`, 0o644),
  comm: settable(p => `${p.name}\n`, setComm),
  coredump_filter: settable(p => `${p.coreFilter.toString(16).padStart(8, '0')}\n`, setCoreFilter),
  mountstats: ofMounts(mountStatsText, 0o400),
  task: {
    kind: 'directory',
    entries: {},
    numbers: {
      list: c => c.proc?.lwps.keys() ?? [],
      context: (c, n) => {
        const thread = c.proc?.lwps.get(n)
        return thread && { ...c, number: n, thread }
      },
      node: oneThread,
    },
  },
})

export const procTree: ProcNode = {
  kind: 'directory',
  entries: {
    self: { kind: 'link', target: (c, l) => String((l ?? c.kernel.current)?.proc.pid ?? 1) },
    'thread-self': {
      kind: 'link',
      target: (c, l) => {
        const thread = l ?? c.kernel.current
        return `${thread?.proc.pid ?? 1}/task/${thread?.id ?? 1}`
      },
    },
    mounts: { kind: 'link', target: () => 'self/mounts' },
    net: { kind: 'link', target: () => 'self/net' },
    cpuinfo: file(cpuinfoText),
    meminfo: file(meminfoText),
    stat: file(statSystemText),
    uptime: file(uptimeText),
    loadavg: file(loadavgText),
    version: file(versionText),
    filesystems: file(filesystemsText),
    cmdline: file(() => '\n'),
    devices: file(
      () => 'Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n\nBlock devices:\n',
    ),
    vmstat: file(vmstatText),
    partitions: file(() => 'major minor  #blocks  name\n\n'),
    diskstats: file(() => ''),
    swaps: file(() => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
    keys: file(c => keysText(c.kernel)),
    'key-users': file(c => keyUsersText(c.kernel)),
    locks: file(c => locksText(allDescriptors(c.kernel.processes.values()))),
    cgroups: file(() => '#subsys_name\thierarchy\tnum_cgroups\tenabled\n'),
    modules: file(() => ''),
    misc: file(() => ''),
    consoles: file(() => ''),
    tty: directory({
      drivers: file(
        () =>
          '/dev/tty             /dev/tty        5       0 system:/dev/tty\n/dev/ptmx            /dev/ptmx       5       2 system\npty_slave            /dev/pts      136 0-1048575 pty:slave\n',
      ),
    }),
    sysvipc: directory({ shm: file(shmText), sem: file(semText), msg: file(msgText) }),
    sys: sysctlTree,
  },
  numbers: {
    list: c => c.kernel.processes.keys(),
    context: (c, n) => {
      const proc = c.kernel.processes.get(n)
      return proc === undefined ? undefined : { ...c, proc }
    },
    node: oneProcess,
  },
}
