/** The overlay over a host directory, or a memory file system: what its nodes share. */
import type { HostFiles, HostStat } from '../../host/host.ts'
import { EIO } from '../errno.ts'
import { hosted } from './host-error.ts'
import { type FileSystemSize, Mount } from './mount.ts'
import { NODE_COST, type PageMemory } from './page-memory.ts'
import { TreeVnode } from './tree-vnode.ts'

/** Lower files remembered before unused ones are forgotten. */
const REMEMBERED = 16384
/** Numbers of nodes that the guest makes: where no host file system's are. */
let inodes = 2 ** 40

export interface TreeOptions {
  readonly memory: PageMemory
  readonly now: () => bigint
  /** The time at which what was asked of the host is no longer taken as known: see Vfs.epoch. */
  readonly epoch: () => number
  /** The host directory beneath; undefined for a memory file system. */
  readonly lower?: { readonly files: HostFiles; readonly path: string }
  readonly device?: number
  readonly source?: string
  readonly rootMode?: number
  readonly rootOwner?: { readonly uid: number; readonly gid: number }
}

export class TreeMount extends Mount {
  readonly kind: string
  readonly magic: number
  readonly memory: PageMemory
  readonly now: () => bigint
  readonly device: number
  readonly root: TreeVnode
  readonly #epoch: () => number
  readonly #files: HostFiles | undefined
  /** Lower files with several names, so that each name leads to the same node. */
  readonly #linked = new Map<string, TreeVnode>()
  #remembered = 0
  readonly #directories = new Set<TreeVnode>()

  constructor(options: TreeOptions) {
    super()
    this.memory = options.memory
    this.now = options.now
    this.#epoch = options.epoch
    const lower = options.lower
    this.#files = lower?.files
    this.kind = lower === undefined ? 'tmpfs' : 'overlay'
    this.magic = lower === undefined ? 0x0102_1994 : 0x794c_7630
    this.source = options.source ?? this.kind
    if (lower === undefined) {
      this.device = options.device ?? 0
      this.root = new TreeVnode(this, {
        type: 'VDIR',
        mode: options.rootMode ?? 0o755,
        uid: 0,
        gid: 0,
        ...options.rootOwner,
      })
    } else {
      const path = hosted(() => lower.files.realpath(lower.path))
      const stat = hosted(() => lower.files.lstat(path))
      this.device = stat.dev
      this.root = new TreeVnode(this, undefined, { path, stat })
    }
  }

  get epoch(): number {
    return this.#epoch()
  }

  hostFiles(): HostFiles {
    if (this.#files === undefined) throw EIO
    return this.#files
  }

  nextInode(): number {
    return ++inodes
  }

  /** The node of a lower file. */
  lowerNode(path: string, stat: HostStat, _siblings: number): TreeVnode {
    const linked = stat.nlink > 1 && (stat.mode & 0o170000) !== 0o040000
    if (!linked) return new TreeVnode(this, undefined, { path, stat })
    const key = `${stat.dev}:${stat.ino}`
    let node = this.#linked.get(key)
    if (node === undefined || !node.isSame(stat)) {
      node = new TreeVnode(this, undefined, { path, stat })
      this.#linked.set(key, node)
    }
    return node
  }

  /** A directory remembers one more lower file. */
  remembered(directory: TreeVnode): void {
    this.#directories.add(directory)
    if (++this.#remembered < REMEMBERED) return
    this.#remembered = 0
    for (const d of this.#directories) d.sweep()
    this.#directories.clear()
    for (const [key, node] of this.#linked) if (node.isForgettable) this.#linked.delete(key)
  }

  /** Every directory that memory holds, each before those in it. */
  #heldDirectories(): TreeVnode[] {
    const found = [this.root]
    for (const directory of found)
      for (const { vnode } of directory.heldPlaces()) if (vnode.type === 'VDIR') found.push(vnode as TreeVnode)
    return found
  }

  override hasMappings(): boolean {
    for (const directory of this.#heldDirectories())
      for (const { vnode } of directory.heldPlaces()) if ((vnode as TreeVnode).isMapped) return true
    return false
  }

  override dispose(): void {
    if (this.#files !== undefined) return
    for (const directory of this.#heldDirectories().reverse())
      for (const place of [...directory.heldPlaces()]) directory.remove(place)
  }

  size(): FileSystemSize {
    const { limit, used } = this.memory
    return {
      blockSize: 4096,
      blocks: Math.floor(limit / 4096),
      free: Math.floor((limit - used) / 4096),
      files: Math.floor(limit / NODE_COST),
      filesFree: Math.floor((limit - used) / NODE_COST),
    }
  }
}
