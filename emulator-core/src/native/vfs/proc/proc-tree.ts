/** What /proc holds: a table of names and of what makes their text. Formats: proc(5). */

import { ESRCH } from '../../errno.ts'
import type { SysvLimits } from '../../ipc/sysv-limits.ts'
import type { Kernel } from '../../kernel.ts'
import type { Lwp } from '../../lwp.ts'
import type { Proc } from '../../proc.ts'
import type { Tunables } from '../../tunables.ts'
import { pathOf } from '../place.ts'
import { descriptorLink } from './descriptor-link.ts'
import { identity, releaseOf } from './identity.ts'
import { namespaceDirectory } from './namespaces.ts'
import { netDirectory, netSettings } from './net-tree.ts'
import type { ProcContext, ProcNode } from './proc-mount.ts'
import { setComm, setOomScoreAdjustment } from './process-settings.ts'
import { statusText } from './process-status.ts'
import {
  descriptorFlags,
  limitsText,
  mapsText,
  mountInfoText,
  mountsText,
  statmText,
  statText,
} from './process-text.ts'
import { sysctl, sysctlOf } from './sysctl-node.ts'
import {
  cpuinfoText,
  filesystemsText,
  loadavgText,
  meminfoText,
  statSystemText,
  uptimeText,
  versionText,
} from './system-text.ts'
import { msgText, semText, shmText } from './sysv-text.ts'

const file = (text: (c: ProcContext) => string, mode?: number): ProcNode => ({ kind: 'file', text, mode })
const directory = (entries: Readonly<Record<string, ProcNode>>): ProcNode => ({ kind: 'directory', entries })
/** A file of one process; empty for one that has ended. */
const ofProc = (text: (p: Proc, c: ProcContext) => string, mode?: number): ProcNode =>
  file(c => (c.proc === undefined ? '' : text(c.proc, c)), mode)
/** A file of one process that takes what is written to it; writing for one that has ended fails. */
const settable = (text: (p: Proc) => string, write: (p: Proc, text: string, l: Lwp | undefined) => void): ProcNode => ({
  kind: 'file',
  mode: 0o644,
  text: c => (c.proc === undefined ? '' : text(c.proc)),
  write: (c, text, l) => {
    if (c.proc === undefined || c.proc.exitStatus !== undefined) throw ESRCH
    write(c.proc, text, l)
  },
})
const tunables = (k: Kernel): Tunables => k.tunables
const ULONG_MAX = 2n ** 64n - 1n
const IPC_MNI = 32768n
/** Limits of System V's IPC: numbers, but for shared memory's two that need all 64 bits. */
const sysvSysctl = (fields: readonly (keyof SysvLimits)[], most?: bigint): ProcNode =>
  sysctl({
    read: k => fields.map(field => k.sysv.limits[field]),
    write: ({ sysv }, values) => {
      const kept = (field: keyof SysvLimits, value: bigint) =>
        typeof sysv.limits[field] === 'bigint' ? value : Number(value)
      sysv.limits = { ...sysv.limits, ...Object.fromEntries(fields.map((field, i) => [field, kept(field, values[i])])) }
    },
    ...(most === undefined ? {} : { most }),
  })
const nameOf = (field: 'hostname' | 'domainname'): ProcNode => ({
  kind: 'file',
  mode: 0o644,
  text: c => `${c.kernel.tunables[field]}\n`,
  write: (c, text) => {
    c.kernel.tunables[field] = text.replace(/[\n\0].*$/s, '').slice(0, 64)
  },
})
const zeroEnded = (list: readonly string[]): string => list.map(s => `${s}\0`).join('')

export const oneProcess: ProcNode = {
  kind: 'directory',
  entries: {
    exe: {
      kind: 'link',
      target: c => (c.proc?.executable === undefined ? '' : pathOf(c.proc.executable, c.proc.cwdi.root)),
      jump: c =>
        c.proc?.executable === undefined ? undefined : { vnode: c.proc.executable, place: c.proc.executable.place },
    },
    cwd: {
      kind: 'link',
      target: c => (c.proc === undefined ? '' : pathOf(c.proc.cwdi.cwd, c.proc.cwdi.root)),
      jump: c => (c.proc === undefined ? undefined : { vnode: c.proc.cwdi.cwd, place: c.proc.cwdi.cwd.place }),
    },
    root: {
      kind: 'link',
      target: c => (c.proc === undefined ? '' : pathOf(c.proc.cwdi.root)),
      jump: c => (c.proc === undefined ? undefined : { vnode: c.proc.cwdi.root, place: c.proc.cwdi.root.place }),
    },
    fd: {
      kind: 'directory',
      mode: 0o500,
      entries: {},
      numbers: {
        list: c => [...(c.proc?.fd.entries() ?? [])].map(([fd]) => fd),
        context: (c, n) => (c.proc?.fd.slot(n) === undefined ? undefined : { ...c, number: n }),
        node: descriptorLink,
      },
    },
    fdinfo: {
      kind: 'directory',
      mode: 0o555,
      entries: {},
      numbers: {
        list: c => [...(c.proc?.fd.entries() ?? [])].map(([fd]) => fd),
        context: (c, n) => (c.proc?.fd.slot(n) === undefined ? undefined : { ...c, number: n }),
        node: ofProc((p, c) => {
          const slot = p.fd.slot(c.number)
          return slot === undefined
            ? ''
            : `pos:\t${slot.file.offset}\nflags:\t0${descriptorFlags(slot).toString(8)}\nmnt_id:\t1\n`
        }, 0o444),
      },
    },
    net: netDirectory,
    ns: namespaceDirectory,
    task: {
      kind: 'directory',
      entries: {},
      numbers: {
        list: c => c.proc?.lwps.keys() ?? [],
        context: (c, n) => (c.proc?.lwps.has(n) === true ? { ...c, number: n } : undefined),
        node: directory({
          comm: ofProc((p, c) => `${p.lwps.get(c.number)?.name ?? p.name}\n`, 0o644),
          stat: ofProc((p, c) => statText(p, c.number)),
          status: ofProc((p, c) => statusText(p, c.number)),
        }),
      },
    },
    maps: ofProc(mapsText),
    status: ofProc(p => statusText(p, p.pid)),
    stat: ofProc(p => statText(p, p.pid)),
    statm: ofProc(statmText),
    cmdline: ofProc(p => zeroEnded(p.arguments)),
    comm: settable(p => `${p.name}\n`, setComm),
    environ: ofProc(p => zeroEnded(p.environment), 0o400),
    limits: ofProc(limitsText),
    mounts: ofProc(mountsText),
    mountinfo: ofProc(mountInfoText),
    oom_score: ofProc(() => '0\n'),
    oom_score_adj: settable(p => `${p.oomScoreAdjustment}\n`, setOomScoreAdjustment),
    loginuid: ofProc(() => '4294967295'),
    cgroup: ofProc(() => '0::/\n'),
    timerslack_ns: ofProc(p => `${p.lwps.get(p.pid)?.timerSlack ?? 0}\n`, 0o644),
    wchan: ofProc(() => '0'),
  },
}

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
    devices: file(() => 'Character devices:\n  1 mem\n  5 /dev/tty\n136 pts\n\nBlock devices:\n'),
    sysvipc: directory({ shm: file(shmText), sem: file(semText), msg: file(msgText) }),
    sys: directory({
      kernel: directory({
        shmmax: sysvSysctl(['shmmax'], ULONG_MAX),
        shmall: sysvSysctl(['shmall'], ULONG_MAX),
        shmmni: sysvSysctl(['shmmni'], IPC_MNI),
        shm_rmid_forced: file(() => '0\n', 0o644),
        sem: sysvSysctl(['semmsl', 'semmns', 'semopm', 'semmni']),
        msgmax: sysvSysctl(['msgmax']),
        msgmnb: sysvSysctl(['msgmnb']),
        msgmni: sysvSysctl(['msgmni'], IPC_MNI),
        osrelease: file(c => `${releaseOf(c.kernel)}\n`),
        ostype: file(() => `${identity.system}\n`),
        version: file(() => `${identity.version}\n`),
        hostname: nameOf('hostname'),
        domainname: nameOf('domainname'),
        pid_max: sysctlOf(tunables, 'pidMax', { least: 301n, most: 4_194_304n }),
        tainted: file(() => '0\n'),
        core_pattern: file(() => 'core\n'),
        core_uses_pid: file(() => '0\n'),
        'threads-max': file(() => '16384\n'),
        ngroups_max: file(() => '65536\n'),
        cap_last_cap: file(() => '40\n'),
        overflowuid: file(() => '65534\n'),
        overflowgid: file(() => '65534\n'),
        random: directory({
          boot_id: file(() => `${identity.bootId}\n`),
          uuid: file(c => `${identity.uuid(c.kernel.host)}\n`),
          entropy_avail: file(() => '256\n'),
          poolsize: file(() => '256\n'),
        }),
      }),
      fs: directory({
        'aio-max-nr': sysctlOf(tunables, 'aioMax'),
        'file-max': file(() => '1048576\n'),
        nr_open: file(() => '1048576\n'),
        'pipe-max-size': file(() => '1048576\n'),
        mqueue: directory({
          msg_default: file(() => '10\n', 0o644),
          msg_max: file(() => '10\n', 0o644),
          msgsize_default: file(() => '8192\n', 0o644),
          msgsize_max: file(() => '8192\n', 0o644),
          queues_max: file(() => '256\n', 0o644),
        }),
        inotify: directory({
          max_queued_events: sysctlOf(tunables, 'inotifyQueuedEvents'),
          max_user_instances: sysctlOf(tunables, 'inotifyInstances'),
          max_user_watches: sysctlOf(tunables, 'inotifyWatches'),
        }),
      }),
      vm: directory({
        overcommit_memory: file(() => '0\n'),
        max_map_count: file(() => '65530\n'),
        mmap_min_addr: file(() => '65536\n'),
      }),
      net: netSettings,
    }),
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
