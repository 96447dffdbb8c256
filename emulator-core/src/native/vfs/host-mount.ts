/** A mounted host directory: what its nodes share. */
import type { HostFiles, HostStat } from '../../host/host.ts'
import { EACCES, ENOTDIR } from '../errno.ts'
import { hosted } from './host-error.ts'
import { HostVnode } from './host-vnode.ts'
import { type FileSystemSize, Mount, type MountFlags } from './mount.ts'
import type { PageMemory } from './page-memory.ts'
import { modeType } from './vnode.ts'

const REMEMBERED = 16384

export interface HostMountOptions {
  readonly files: HostFiles
  readonly memory: PageMemory
  readonly epoch: () => number
  readonly hostPath: string
  readonly writable: boolean
}

export class HostMount extends Mount {
  readonly kind = 'ext4'
  readonly magic = 0xef53
  /** Whether this computer's user allowed writing at all. */
  readonly #writable: boolean
  readonly files: HostFiles
  readonly memory: PageMemory
  /** With the host's links resolved once, when it is mounted. */
  readonly hostPath: string
  readonly root: HostVnode
  readonly #epoch: () => number
  /** Files with several names, so that each leads to the same node. */
  readonly #linked = new Map<string, WeakRef<HostVnode>>()
  readonly #directories = new Set<HostVnode>()
  #remembered = 0

  constructor(options: HostMountOptions) {
    super()
    this.files = options.files
    this.memory = options.memory
    this.#epoch = options.epoch
    this.#writable = options.writable
    if (!options.writable) this.flags = { ...this.flags, readOnly: true }
    this.source = options.hostPath
    this.hostPath = hosted(() => options.files.realpath(options.hostPath))
    const stat = hosted(() => options.files.lstat(this.hostPath))
    if ((stat.mode & 0o170000) !== 0o040000) throw ENOTDIR
    this.root = new HostVnode(this, stat)
  }

  get epoch(): number {
    return this.#epoch()
  }

  node(stat: HostStat): HostVnode {
    if (stat.nlink <= 1 || (stat.mode & 0o170000) === 0o040000) return new HostVnode(this, stat)
    const key = `${stat.dev}:${stat.ino}`
    const known = this.#linked.get(key)?.deref()
    if (known !== undefined && known.type === modeType(stat.mode)) {
      known.seen(stat)
      return known
    }
    const node = new HostVnode(this, stat)
    this.#linked.set(key, new WeakRef(node))
    return node
  }

  remembered(directory: HostVnode): void {
    this.#directories.add(directory)
    if (++this.#remembered < REMEMBERED) return
    this.#remembered = 0
    for (const d of this.#directories) d.sweep()
    this.#directories.clear()
    for (const [key, node] of this.#linked) if (node.deref() === undefined) this.#linked.delete(key)
  }

  override remount(flags: MountFlags): void {
    if (!flags.readOnly && !this.#writable) throw EACCES
    super.remount(flags)
  }

  size(): FileSystemSize {
    return hosted(() => this.files.statfs(this.hostPath))
  }
}
