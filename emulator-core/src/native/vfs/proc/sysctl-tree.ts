/** /proc/sys: what of the kernel's settings can be read there. Values are those of a Linux machine of the size that programs find here. */
import { PAGE_SIZE } from '../../../machine/page.ts'
import { EACCES, EINVAL } from '../../errno.ts'
import { MAX_DESCRIPTORS } from '../../filedesc.ts'
import { PIPE_MAX_CAPACITY } from '../../ipc/pipe.ts'
import type { SysvLimits } from '../../ipc/sysv-limits.ts'
import type { Kernel } from '../../kernel.ts'
import { tablesOf } from '../../lwp-parts.ts'
import type { Tunables } from '../../tunables.ts'
import { ENTROPY } from '../device.ts'
import { identity, releaseOf } from './identity.ts'
import { netSettings } from './net-tree.ts'
import type { ProcContext, ProcNode } from './proc-mount.ts'
import { sysctl, sysctlOf } from './sysctl-node.ts'

const file = (text: (c: ProcContext) => string, mode?: number): ProcNode => ({ kind: 'file', text, mode })
const directory = (entries: Readonly<Record<string, ProcNode>>): ProcNode => ({ kind: 'directory', entries })

/** Settings that stand as they are: `name=value` words; a value's tabs are written as commas. */
function fixed(words: string): Record<string, ProcNode> {
  const entries = words
    .trim()
    .split(/\s+/)
    .map(word => word.split('=') as [string, string])
  return Object.fromEntries(entries.map(([name, value]) => [name, file(() => `${value.replaceAll(',', '\t')}\n`)]))
}

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

const nextId = (table: (k: Kernel) => { nextId: number }): ProcNode => sysctlOf(table, 'nextId')

const nameOf = (field: 'hostname' | 'domainname'): ProcNode => ({
  kind: 'file',
  mode: 0o644,
  text: c => `${c.kernel.tunables[field]}\n`,
  write: (c, text) => {
    c.kernel.tunables[field] = text.replace(/[\n\0].*$/s, '').slice(0, 64)
  },
})

function openFiles(k: Kernel): number {
  const files = new Set<object>()
  for (const p of k.processes.values())
    for (const table of tablesOf(p)) for (const [, { file: open }] of table.entries()) files.add(open)
  return files.size
}

/** Of the usual huge pages. */
const hugePages = (field: 'persistent' | 'overcommit'): ProcNode =>
  sysctlOf((k: Kernel) => k.hugePages[0], field, { most: ULONG_MAX })

const unreadable = (): never => {
  throw EACCES
}

/** One number within bounds. @throws EINVAL */
function oneOf(text: string, least: number, most: number): number {
  const value = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : -1
  if (value < least || value > most) throw EINVAL
  return value
}

/** 1: what is kept of the host's files is given back; 2: of names and inodes nothing is kept that could be. */
function dropCaches({ kernel }: ProcContext, text: string): void {
  if ((oneOf(text, 1, 4) & 1) !== 0) kernel.vfs.reclaimPages(kernel.machine.framesTotal)
}

/** No page has to lie beside another one here: there is nothing to move. */
const compactMemory = (_c: ProcContext, text: string): void => void oneOf(text, 1, 1)

/** A power of two of pages (Linux: round_pipe_size). */
function setPipeMax({ tunables }: Kernel, [value]: readonly bigint[]): void {
  let bytes = PAGE_SIZE
  while (bytes < value) bytes *= 2
  tunables.pipeMaxSize = bytes
}

export const sysctlTree: ProcNode = directory({
  kernel: directory({
    shmmax: sysvSysctl(['shmmax'], ULONG_MAX),
    shmall: sysvSysctl(['shmall'], ULONG_MAX),
    shmmni: sysvSysctl(['shmmni'], IPC_MNI),
    shm_rmid_forced: file(() => '0\n', 0o644),
    sem: sysvSysctl(['semmsl', 'semmns', 'semopm', 'semmni']),
    shm_next_id: nextId(k => k.sysv.shm.segments),
    sem_next_id: nextId(k => k.sysv.sem.sets),
    msg_next_id: nextId(k => k.sysv.msg.queues),
    msgmax: sysvSysctl(['msgmax']),
    msgmnb: sysvSysctl(['msgmnb']),
    msgmni: sysvSysctl(['msgmni'], IPC_MNI),
    osrelease: file(c => `${releaseOf(c.kernel)}\n`),
    ostype: file(() => `${identity.system}\n`),
    version: file(() => `${identity.version}\n`),
    hostname: nameOf('hostname'),
    domainname: nameOf('domainname'),
    pid_max: sysctlOf(tunables, 'pidMax', { least: 301n, most: 4_194_304n }),
    io_uring_disabled: sysctlOf(tunables, 'ioUringDisabled', { most: 2n }),
    tainted: file(() => '0\n'),
    ...fixed(`
          core_pattern=core core_uses_pid=0 randomize_va_space=2 panic=0 panic_on_oops=0 kptr_restrict=1 dmesg_restrict=1
          perf_event_paranoid=2 perf_event_max_sample_rate=100000 printk=4,4,1,7 sched_rr_timeslice_ms=100
          sched_rt_period_us=1000000 sched_rt_runtime_us=950000 sysctl_writes_strict=1 unprivileged_bpf_disabled=2 ctrl-alt-del=0
          auto_msgmni=0 hung_task_timeout_secs=120 watchdog=0 nmi_watchdog=0 numa_balancing=0
        `),
    keys: directory({
      gc_delay: sysctlOf(tunables, 'keyCollectionDelay'),
      maxkeys: sysctlOf(tunables, 'userKeys', { least: 1n }),
      maxbytes: sysctlOf(tunables, 'userKeyBytes', { least: 1n }),
      root_maxkeys: sysctlOf(tunables, 'rootKeys', { least: 1n }),
      root_maxbytes: sysctlOf(tunables, 'rootKeyBytes', { least: 1n }),
    }),
    pty: directory(fixed('max=4096 reserve=1024')),

    'threads-max': file(() => '16384\n'),
    ngroups_max: file(() => '65536\n'),
    cap_last_cap: file(() => '40\n'),
    overflowuid: file(() => '65534\n'),
    overflowgid: file(() => '65534\n'),
    random: directory({
      boot_id: file(() => `${identity.bootId}\n`),
      uuid: file(c => `${identity.uuid(c.kernel.host)}\n`),
      entropy_avail: file(() => `${ENTROPY}\n`),
      poolsize: file(() => `${ENTROPY}\n`),
    }),
  }),
  fs: directory({
    ...fixed(`
          file-max=${MAX_DESCRIPTORS} pipe-user-pages-hard=0 pipe-user-pages-soft=16384
          dir-notify-enable=1 leases-enable=1 mount-max=100000
          overflowuid=65534 overflowgid=65534 protected_fifos=0 protected_hardlinks=1 protected_regular=0
          protected_symlinks=0 suid_dumpable=0
        `),
    'pipe-max-size': sysctl({
      read: k => [k.tunables.pipeMaxSize],
      write: setPipeMax,
      most: BigInt(PIPE_MAX_CAPACITY),
    }),
    nr_open: sysctlOf(tunables, 'mostDescriptors', { least: 64n, most: 2n ** 20n }),
    'aio-max-nr': sysctlOf(tunables, 'aioMax'),
    'lease-break-time': sysctlOf(tunables, 'leaseBreakTime'),
    'file-nr': file(c => `${openFiles(c.kernel)}\t0\t${MAX_DESCRIPTORS}\n`),
    'inode-nr': file(c => `${openFiles(c.kernel)}\t0\n`),
    'inode-state': file(c => `${openFiles(c.kernel)}\t0\t0\t0\t0\t0\t0\n`),
    'dentry-state': file(c => `${openFiles(c.kernel)}\t0\t45\t0\t0\t0\n`),
    epoll: directory(fixed('max_user_watches=1048576')),
    mqueue: directory({
      msg_default: file(() => '10\n', 0o644),
      msg_max: file(() => '10\n', 0o644),
      msgsize_default: file(() => '8192\n', 0o644),
      msgsize_max: file(() => '8192\n', 0o644),
      queues_max: file(() => '256\n', 0o644),
    }),
    fanotify: directory({
      max_queued_events: sysctlOf(tunables, 'fanotifyQueuedEvents'),
      max_user_groups: sysctlOf(tunables, 'fanotifyGroups'),
      max_user_marks: sysctlOf(tunables, 'fanotifyMarks'),
    }),
    inotify: {
      kind: 'directory',
      without: 'inotify.no-sysctl',
      entries: {
        max_queued_events: sysctlOf(tunables, 'inotifyQueuedEvents'),
        max_user_instances: sysctlOf(tunables, 'inotifyInstances'),
        max_user_watches: sysctlOf(tunables, 'inotifyWatches'),
      },
    },
  }),
  vm: directory({
    nr_hugepages: hugePages('persistent'),
    nr_hugepages_mempolicy: hugePages('persistent'),
    nr_overcommit_hugepages: hugePages('overcommit'),
    drop_caches: { kind: 'file', mode: 0o200, text: unreadable, write: dropCaches },
    unprivileged_userfaultfd: sysctlOf(tunables, 'unprivilegedUserfaultfd', { most: 1n }),
    compact_memory: { kind: 'file', mode: 0o200, text: unreadable, write: compactMemory },
    ...fixed(`
          overcommit_memory=0 overcommit_ratio=50 overcommit_kbytes=0 max_map_count=65530 mmap_min_addr=65536 swappiness=60
          dirty_ratio=20 dirty_background_ratio=10 dirty_bytes=0 dirty_background_bytes=0 dirty_expire_centisecs=3000
          dirty_writeback_centisecs=500 page-cluster=3 min_free_kbytes=16384
          panic_on_oom=0 oom_kill_allocating_task=0 oom_dump_tasks=1 vfs_cache_pressure=100 admin_reserve_kbytes=8192
          user_reserve_kbytes=131072 legacy_va_layout=0 memfd_noexec=0 mmap_rnd_bits=28
          compaction_proactiveness=20 laptop_mode=0 stat_interval=1 zone_reclaim_mode=0
        `),
  }),
  net: netSettings,
})
