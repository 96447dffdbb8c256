/**
 * /proc/PID/ns: what namespaces a process is in. But for time there is one of each kind, the initial one, which no process can leave. namespaces(7).
 */
import { EBADF, EINVAL } from '../../errno.ts'
import { File, FREAD } from '../../file.ts'
import type { Lwp } from '../../lwp.ts'
import type { Stat } from '../../stat.ts'
import { INITIAL_TIME } from '../../time-namespace.ts'
import { OpenFileVnode } from './open-file-vnode.ts'
import type { ProcContext, ProcNode } from './proc-mount.ts'

export interface Namespace {
  readonly name: string
  /** CLONE_NEW… */
  readonly flag: number
  /** Linux's number for the initial one (include/linux/proc_ns.h, and what comes next where it is counted). */
  readonly ino: number
}

export const NAMESPACES: readonly Namespace[] = [
  { name: 'cgroup', flag: 0x0200_0000, ino: 0xeffffffb },
  { name: 'ipc', flag: 0x0800_0000, ino: 0xefffffff },
  { name: 'mnt', flag: 0x0002_0000, ino: 0xeffffff8 },
  { name: 'net', flag: 0x4000_0000, ino: 0xeffffff9 },
  { name: 'pid', flag: 0x2000_0000, ino: 0xeffffffc },
  INITIAL_TIME,
  { name: 'user', flag: 0x1000_0000, ino: 0xeffffffd },
  { name: 'uts', flag: 0x0400_0000, ino: 0xeffffffe },
]

const NSFS_DEVICE = 4
const S_IFREG_0444 = 0o100444

/** An open namespace: what setns(2) and ioctl_nsfs(2) take. */
export class NamespaceFile extends File {
  readonly type = 'misc'
  readonly namespace: Namespace

  constructor(namespace: Namespace) {
    super(FREAD)
    this.namespace = namespace
  }

  override describe(): string {
    return `${this.namespace.name}:[${this.namespace.ino}]`
  }

  override stat(l: Lwp): Stat {
    const t = l.proc.kernel.clock.realtime()
    const times = { atime: t, mtime: t, ctime: t, birthtime: t }
    const fixed = { dev: NSFS_DEVICE, nlink: 1, uid: 0, gid: 0, rdev: 0, size: 0, blksize: 4096, blocks: 0 }
    return { ...fixed, ...times, ino: this.namespace.ino, mode: S_IFREG_0444 }
  }

  override read(): never {
    throw EINVAL
  }

  override write(): never {
    throw EBADF
  }

  override reopen(): NamespaceFile {
    return new NamespaceFile(this.namespace)
  }

  override close(): void {}
}

const link = (of: (c: ProcContext) => Namespace): ProcNode => ({
  kind: 'link',
  target: c => `${of(c).name}:[${of(c).ino}]`,
  jump: c => {
    const l = c.kernel.current
    if (l === undefined) return undefined
    const vnode = new OpenFileVnode(c.kernel.vfs.root.mount, new NamespaceFile(of(c)), l)
    return { vnode, place: undefined }
  },
})

const fixed = Object.fromEntries(NAMESPACES.map(namespace => [namespace.name, link(() => namespace)]))

/** Those that a process gives only to its children are there twice. */
export const namespaceDirectory: ProcNode = {
  kind: 'directory',
  mode: 0o511,
  entries: {
    ...fixed,
    pid_for_children: fixed.pid,
    time: link(c => c.proc?.timeNamespace ?? INITIAL_TIME),
    time_for_children: link(c => c.proc?.childrenTimeNamespace ?? INITIAL_TIME),
  },
}
