/**
 * A node of the overlay or of a memory file system.
 *
 * It has a lower side (a host file, only ever read), an upper side (what the guest made or changed), or both. Copy-up is in two steps: attributes
 * when they change, data at the first store. A directory shows the lower names, less those that were removed, with the upper ones.
 * A memory file system is an overlay over nothing.
 */
import type { HostStat } from '../../host/host.ts'
import { EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, ENOSPC, ENOTEMPTY } from '../errno.ts'
import type { Lwp } from '../lwp.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import type { UvmObject } from '../uvm/object.ts'
import { DirectoryOrder } from './directory-order.ts'
import { FilePages, type PageOwner } from './file-pages.ts'
import { HostData } from './host-data.ts'
import { hosted, ifExists } from './host-error.ts'
import { NODE_COST } from './page-memory.ts'
import { Place, pathOf } from './place.ts'
import type { TreeMount } from './tree-mount.ts'
import { type DirectoryEntry, modeType, type NewVnode, typeMode, Vnode, type VnodeChange } from './vnode.ts'

const NAME_MAX = 255

/** Attributes that are the overlay's own. */
interface Upper {
  dev: number
  ino: number
  mode: number
  nlink: number
  uid: number
  gid: number
  readonly rdev: number
  atime: bigint
  mtime: bigint
  ctime: bigint
  readonly birthtime: bigint
}

/** A removed lower name. */
const WHITEOUT = null

export class TreeVnode extends Vnode implements PageOwner {
  override readonly mount: TreeMount
  /** The host file beneath; undefined if there is none, or none any more. */
  readonly #lowerPath: string | undefined
  #lowerStat: HostStat | undefined
  #lowerChecked = -1
  #upper: Upper | undefined
  #target: string | undefined
  #pages: FilePages | undefined
  #hostData: HostData | undefined
  /** Lower mtime and size when pages were read. */
  #pagesOf: string | undefined
  /** Names that are the overlay's own (nodes it made, moved or changed), whiteouts, and lower nodes met so far. */
  #names: Map<string, Place | typeof WHITEOUT> | undefined
  #order: DirectoryOrder | undefined

  constructor(
    mount: TreeMount,
    what: NewVnode | undefined,
    lower?: { readonly path: string; readonly stat: HostStat },
  ) {
    super(mount, what?.type ?? modeType(lower?.stat.mode ?? 0))
    this.mount = mount
    this.#lowerPath = lower?.path
    this.#lowerStat = lower?.stat
    this.#lowerChecked = mount.epoch
    if (what === undefined) return
    const now = mount.now()
    this.#target = what.target
    this.#upper = {
      dev: mount.device,
      ino: mount.nextInode(),
      mode: typeMode[what.type] | (what.mode & 0o7777),
      nlink: what.type === 'VDIR' ? 2 : 1,
      uid: what.uid,
      gid: what.gid,
      rdev: what.rdev ?? 0,
      atime: now,
      mtime: now,
      ctime: now,
      birthtime: now,
    }
    if (what.type === 'VREG') this.#pages = new FilePages(mount.memory, this)
  }

  /** The overlay changed it: it must not be forgotten. */
  get isUpper(): boolean {
    return this.#upper !== undefined
  }

  /** Nobody would notice if this object were forgotten and made again from the host's file. */
  get isForgettable(): boolean {
    return (
      !this.isUpper && this.type !== 'VDIR' && this.opens === 0 && !this.isWatched && (this.#pages?.mappings ?? 0) === 0
    )
  }

  // --- attributes ---

  #lower(): HostStat | undefined {
    const path = this.#lowerPath
    if (path === undefined) return undefined
    if (this.#lowerChecked !== this.mount.epoch) {
      const data = this.#hostData
      this.#lowerStat = data?.isOpen
        ? data.stat()
        : (ifExists(() => this.mount.hostFiles().lstat(path)) ?? this.#lowerStat)
      this.#lowerChecked = this.mount.epoch
    }
    return this.#lowerStat
  }

  /** What a lookup just saw: spares asking again in the same call. */
  seen(stat: HostStat): void {
    this.#lowerStat = stat
    this.#lowerChecked = this.mount.epoch
  }

  isSame(stat: HostStat): boolean {
    const known = this.#lowerStat
    return known !== undefined && known.ino === stat.ino && known.dev === stat.dev && (known.mode ^ stat.mode) < 0o10000
  }

  override getattr(): Stat {
    const lower = this.#lower()
    const upper = this.#upper
    if (upper === undefined) {
      if (lower === undefined) throw ENOENT
      return lower
    }
    const own = this.#pages !== undefined && !this.#pages.hasSource
    const size =
      this.type === 'VLNK'
        ? (this.#target ?? this.readlink()).length
        : this.type === 'VDIR'
          ? (lower?.size ?? 4096)
          : own
            ? this.size()
            : (lower?.size ?? 0)
    const blocks = own ? (this.#pages?.residentPages ?? 0) * 8 : (lower?.blocks ?? 0)
    return { ...upper, size, blksize: 4096, blocks }
  }

  override searchAttributes(): Stat {
    return this.#upper === undefined && this.#lowerStat !== undefined ? this.#lowerStat : this.getattr()
  }

  override size(): number {
    if (this.#pages !== undefined && !this.#pages.hasSource) return this.#pages.size
    return this.#lower()?.size ?? 0
  }

  /** Copy-up of the attributes. */
  #own(): Upper {
    if (this.#upper !== undefined) return this.#upper
    const lower = this.#lower()
    if (lower === undefined) throw ENOENT
    if (!this.mount.memory.charge(NODE_COST)) throw ENOSPC
    const { dev, ino, mode, nlink, uid, gid, rdev, atime, mtime, ctime, birthtime } = lower
    this.#upper = { dev, ino, mode, nlink, uid, gid, rdev, atime, mtime, ctime, birthtime }
    return this.#upper
  }

  override setattr(change: VnodeChange): void {
    const upper = this.#own()
    if (change.mode !== undefined) upper.mode = (upper.mode & 0o170000) | (change.mode & 0o7777)
    upper.uid = change.uid ?? upper.uid
    upper.gid = change.gid ?? upper.gid
    upper.atime = change.atime ?? upper.atime
    upper.mtime = change.mtime ?? upper.mtime
    upper.ctime = this.mount.now()
  }

  #modified(): void {
    const upper = this.#own()
    upper.mtime = this.mount.now()
    upper.ctime = upper.mtime
  }

  // --- directories ---

  override lookup(name: string): Place | undefined {
    const known = this.#names?.get(name)
    if (known === WHITEOUT) return undefined
    if (known !== undefined) {
      const node = known.vnode as TreeVnode
      // A lower directory stays one while the overlay stands on it, as with Linux's overlayfs: paths through it cost nothing.
      if (node.isUpper || (node.type === 'VDIR' && this.#lowerPath !== undefined)) return this.#met(known)
    }
    const lowerPath = this.#lowerPath
    if (lowerPath === undefined) return known
    const path = join(lowerPath, name)
    const stat = ifExists(() => this.mount.hostFiles().lstat(path))
    if (stat === undefined) {
      if (known !== undefined) this.#forget(known)
      return undefined
    }
    if (known !== undefined) {
      const node = known.vnode as TreeVnode
      if (node.isSame(stat)) {
        node.seen(stat)
        return this.#met(known)
      }
      this.#forget(known)
    }
    return this.#remember(name, this.mount.lowerNode(path, stat, this.#names?.size ?? 0))
  }

  #met(place: Place): Place {
    place.vnode.place = place
    return place
  }

  #remember(name: string, vnode: TreeVnode): Place {
    const place = new Place(this, name, vnode)
    this.#names ??= new Map()
    this.#names.set(name, place)
    if (!vnode.isUpper && vnode.type !== 'VDIR') this.mount.remembered(this)
    return place
  }

  #forget(place: Place): void {
    place.removed = true
    this.#names?.delete(place.name)
  }

  /** Drops lower nodes that nobody uses. */
  sweep(): void {
    for (const [name, place] of this.#names ?? [])
      if (place !== WHITEOUT && (place.vnode as TreeVnode).isForgettable) this.#names?.delete(name)
  }

  /** A name is added (by create, link, rename). @throws ENOSPC. */
  #add(name: string, vnode: TreeVnode): Place {
    if (name.length > NAME_MAX) throw ENAMETOOLONG
    const place = this.#remember(name, vnode)
    this.#order?.add(name)
    return place
  }

  /** A name is taken away; a lower one leaves a whiteout. */
  #take(place: Place): void {
    const hides =
      this.#lowerPath !== undefined &&
      ifExists(() => this.mount.hostFiles().lstat(join(this.#lowerPath ?? '', place.name))) !== undefined
    if (hides) this.#names?.set(place.name, WHITEOUT)
    else this.#names?.delete(place.name)
    this.#order?.remove(place.name)
  }

  /** @throws ENOENT for a directory that was itself removed. */
  #writableDirectory(): Upper {
    const upper = this.#own()
    if (upper.nlink === 0) throw ENOENT
    return upper
  }

  override create(name: string, what: NewVnode): Place {
    if (name.length > NAME_MAX) throw ENAMETOOLONG
    const upper = this.#writableDirectory()
    if (this.lookup(name) !== undefined) throw EEXIST
    if (!this.mount.memory.charge(NODE_COST)) throw ENOSPC
    const node = new TreeVnode(this.mount, what)
    if (what.type === 'VDIR') upper.nlink++
    this.#modified()
    return this.#add(name, node)
  }

  /** A file without a name yet (Linux's O_TMPFILE). */
  createUnnamed(what: NewVnode): TreeVnode {
    if (!this.mount.memory.charge(NODE_COST)) throw ENOSPC
    const node = new TreeVnode(this.mount, what)
    node.#own().nlink = 0
    return node
  }

  override link(name: string, vnode: Vnode): Place {
    if (!(vnode instanceof TreeVnode)) throw EINVAL
    if (name.length > NAME_MAX) throw ENAMETOOLONG
    this.#writableDirectory()
    const upper = vnode.#own()
    upper.nlink++
    upper.ctime = this.mount.now()
    this.#modified()
    return this.#add(name, vnode)
  }

  override remove(place: Place): void {
    const node = place.vnode as TreeVnode
    const isDirectory = node.type === 'VDIR'
    if (isDirectory && !node.isEmpty()) throw ENOTEMPTY
    const upper = this.#writableDirectory()
    const gone = node.#own()
    this.#take(place)
    place.removed = true
    this.#modified()
    if (isDirectory) upper.nlink--
    gone.nlink = isDirectory ? 0 : gone.nlink - 1
    gone.ctime = this.mount.now()
    if (gone.nlink === 0 && node.opens === 0) node.inactive()
  }

  isEmpty(): boolean {
    for (const _ of this.#listing(2)) return false
    return true
  }

  override rename(place: Place, directory: Vnode, name: string, replaced: Place | undefined): void {
    if (!(directory instanceof TreeVnode)) throw EINVAL
    if (name.length > NAME_MAX) throw ENAMETOOLONG
    const node = place.vnode as TreeVnode
    this.#writableDirectory()
    directory.#writableDirectory()
    node.#own().ctime = this.mount.now()
    // Both sides may need a directory's names to be known before they change.
    if (replaced !== undefined) directory.remove(replaced)
    this.#take(place)
    this.#modified()
    directory.#modified()
    if (node.type === 'VDIR') {
      this.#own().nlink--
      directory.#own().nlink++
    }
    place.directory = directory
    place.name = name
    directory.#names ??= new Map()
    directory.#names.set(name, place)
    directory.#order?.add(name)
    node.place = place
  }

  override exchange(place: Place, other: Place): void {
    const a = place.directory as TreeVnode
    const b = other.directory as TreeVnode
    for (const node of [a, b, place.vnode as TreeVnode, other.vnode as TreeVnode]) node.#own()
    const directories = Number(place.vnode.type === 'VDIR') - Number(other.vnode.type === 'VDIR')
    a.#own().nlink -= directories
    b.#own().nlink += directories
    const name = place.name
    a.#names?.set(name, other)
    b.#names?.set(other.name, place)
    place.directory = b
    place.name = other.name
    other.directory = a
    other.name = name
    a.#modified()
    b.#modified()
  }

  /** Names with their cookies; a listing from the start looks at the host's directory again. */
  *#listing(cookie: number): Generator<[string, number]> {
    const lowerPath = this.#lowerPath
    if (lowerPath === undefined || cookie < 3 || this.#order === undefined) this.#readOrder(lowerPath)
    yield* this.#order?.after(cookie) ?? []
  }

  #readOrder(lowerPath: string | undefined): void {
    const order = this.#order ?? new DirectoryOrder()
    this.#order = order
    if (lowerPath !== undefined) {
      const lower = new Set(hosted(() => this.mount.hostFiles().readdir(lowerPath)))
      for (const name of [...order.names()]) if (!lower.has(name) && !this.#isOwnName(name)) order.remove(name)
      for (const name of lower) if (this.#names?.get(name) !== WHITEOUT) order.add(name)
    }
    for (const [name, place] of this.#names ?? [])
      if (place !== WHITEOUT && (lowerPath === undefined || (place.vnode as TreeVnode).isUpper)) order.add(name)
  }

  #isOwnName(name: string): boolean {
    const place = this.#names?.get(name)
    return place !== undefined && place !== WHITEOUT && (place.vnode as TreeVnode).isUpper
  }

  override *entries(cookie: number): Generator<DirectoryEntry> {
    for (const [name, next] of this.#listing(cookie)) {
      const place = this.#names?.get(name)
      if (place === WHITEOUT) continue
      if (place !== undefined && (place.vnode as TreeVnode).isUpper) {
        const upper = (place.vnode as TreeVnode).#own()
        yield { name, ino: upper.ino, mode: upper.mode, cookie: next }
        continue
      }
      const stat = ifExists(() => this.mount.hostFiles().lstat(join(this.#lowerPath ?? '', name)))
      if (stat !== undefined) yield { name, ino: stat.ino, mode: stat.mode, cookie: next }
    }
  }

  // --- links ---

  override readlink(): string {
    const path = this.#lowerPath
    if (this.#target === undefined && path !== undefined)
      this.#target = hosted(() => this.mount.hostFiles().readlink(path))
    if (this.#target === undefined) throw EINVAL
    return this.#target
  }

  // --- regular files ---

  #data(): FilePages {
    if (this.#pages === undefined) {
      const path = this.#lowerPath
      if (path === undefined) throw EISDIR
      this.#hostData = new HostData(this.mount.hostFiles(), () => path)
      this.#pages = new FilePages(this.mount.memory, this, this.#hostData)
      this.#pagesOf = stamp(this.#hostData.stat())
    }
    return this.#pages
  }

  /** Copy-up of the data. */
  #ownData(): FilePages {
    this.#own()
    const pages = this.#data()
    if (pages.hasSource) {
      pages.adopt(this.#hostData?.size() ?? 0)
      this.#hostData?.close()
      this.#hostData = undefined
    }
    return pages
  }

  override opening(): void {
    if (!this.#data().hasSource) return
    const data = this.#hostData
    if (data === undefined) return
    const path = this.#lowerPath
    if (!data.isOpen) data.open(false)
    const now = stamp(this.#lower() ?? data.stat())
    if (now !== this.#pagesOf && this.opens === 0 && path !== undefined) {
      data.close()
      data.open(false)
      this.#pages?.invalidate()
      this.#pagesOf = now
    }
  }

  override read(_l: Lwp | undefined, uio: Uio, offset: number): number {
    const pages = this.#data()
    const upper = this.#upper
    // As relatime: once after each change.
    if (upper !== undefined && !pages.hasSource && upper.atime <= upper.mtime) upper.atime = this.mount.now()
    return pages.read(uio, offset)
  }

  override write(_l: Lwp | undefined, uio: Uio, offset: number): number {
    const done = this.#ownData().write(uio, offset)
    if (done > 0) this.#modified()
    return done
  }

  override truncate(length: number): void {
    this.#own()
    const pages = this.#data()
    if (pages.hasSource && length < (this.#hostData?.size() ?? 0)) {
      // What is cut off need not be copied.
      pages.adopt(length)
      this.#hostData?.close()
      this.#hostData = undefined
    }
    this.#ownData().setSize(length)
    this.#modified()
  }

  override allocate(offset: number, length: number): void {
    this.#ownData().reserve(offset, length)
  }

  override zero(offset: number, length: number): void {
    this.#ownData().punch(offset, length)
    this.#modified()
  }

  override seekData(offset: number, hole: boolean): number | undefined {
    return this.#data().seek(offset, hole)
  }

  override object(writable: boolean): UvmObject {
    if (this.type !== 'VREG') return super.object(writable)
    return writable ? this.#ownData() : this.#data()
  }

  /** Stores through a shared mapping leave no trace in the times but this. */
  override fsync(): void {}

  override inactive(): void {
    if (this.opens > 0) return
    if ((this.#pages?.mappings ?? 0) === 0) {
      this.#hostData?.close()
      if (this.#upper?.nlink === 0) this.#dispose()
    }
  }

  #dispose(): void {
    this.#pages?.dispose()
    this.mount.memory.uncharge(NODE_COST)
    this.#pages = undefined
  }

  // --- the owner of pages ---

  get path(): string {
    return pathOf(this)
  }

  get device(): number {
    return this.#upper?.dev ?? this.#lowerStat?.dev ?? 0
  }

  get inode(): number {
    return this.#upper?.ino ?? this.#lowerStat?.ino ?? 0
  }

  unmapped(): void {
    this.inactive()
  }
}

function join(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`
}

function stamp(stat: HostStat): string {
  return `${stat.ino}:${stat.size}:${stat.mtime}`
}
