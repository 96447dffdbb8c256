/**
 * A node of the overlay or of a memory file system.
 *
 * It has a lower side (a host file, only ever read), an upper side (what the guest made or changed), or both. Copy-up is in two steps: attributes
 * when they change, data at the first store. A memory file system is an overlay over nothing.
 */
import type { HostStat } from '../../host/host.ts'
import { EEXIST, EINVAL, ENOENT, ENOSPC, ENOTDIR, ENOTEMPTY } from '../errno.ts'
import type { Lwp } from '../lwp.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import type { UvmObject } from '../uvm/object.ts'
import { ExtendedAttributes } from './extended-attributes.ts'
import type { PageOwner } from './file-pages.ts'
import { hosted, ifExists } from './host-error.ts'
import { NAME_COST, NODE_COST } from './page-memory.ts'
import { type Place, pathOf } from './place.ts'
import { TreeContent } from './tree-content.ts'
import { checkName, TreeDirectory } from './tree-directory.ts'
import type { TreeMount } from './tree-mount.ts'
import { type DirectoryEntry, modeType, type NewVnode, typeMode, Vnode, type VnodeChange } from './vnode.ts'

/** What a new directory takes, as on most Linux systems. */
const DIRECTORY_SIZE = 4096
const DIRECTORY_BLOCKS = 8

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

export class TreeVnode extends Vnode implements PageOwner {
  override readonly mount: TreeMount
  /** The host file beneath; undefined if there is none, or none any more. */
  readonly #lowerPath: string | undefined
  #lowerStat: HostStat | undefined
  #lowerChecked = -1
  #upper: Upper | undefined
  #target: string | undefined
  /** Made when first needed, but for new files. */
  #content: TreeContent | undefined
  #directory: TreeDirectory | undefined
  #extended: ExtendedAttributes | undefined
  /** Bytes that it counts against the limit, besides its data and its attributes. */
  #cost = 0

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
    if (what.type === 'VREG') this.#content = TreeContent.empty(mount, this)
  }

  /** The overlay changed it: it must not be forgotten. */
  get isUpper(): boolean {
    return this.#upper !== undefined
  }

  get isMapped(): boolean {
    return this.#content?.isMapped === true
  }

  /** Nobody would notice if this object were forgotten and made again from the host's file. */
  get isForgettable(): boolean {
    return (
      !this.isUpper &&
      (this.type === 'VREG' || this.type === 'VLNK') &&
      this.opens === 0 &&
      !this.isWatched &&
      !this.isMapped
    )
  }

  // --- attributes ---

  #lower(): HostStat | undefined {
    const path = this.#lowerPath
    if (path === undefined) return undefined
    if (this.#lowerChecked !== this.mount.epoch) {
      this.#lowerStat =
        this.#content?.hostStat() ?? ifExists(() => this.mount.hostFiles().lstat(path)) ?? this.#lowerStat
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
    const own = this.#content?.own
    const blocks =
      own === undefined ? (lower?.blocks ?? (this.type === 'VDIR' ? DIRECTORY_BLOCKS : 0)) : own.residentPages * 8
    // Name by name: spreading takes several times as long, and every check of a permission comes here.
    return {
      dev: upper.dev,
      ino: upper.ino,
      mode: upper.mode,
      nlink: upper.nlink,
      uid: upper.uid,
      gid: upper.gid,
      rdev: upper.rdev,
      size: this.#sizeFor(lower),
      blksize: 4096,
      blocks,
      atime: upper.atime,
      mtime: upper.mtime,
      ctime: upper.ctime,
      birthtime: upper.birthtime,
    }
  }

  #sizeFor(lower: HostStat | undefined): number {
    switch (this.type) {
      case 'VLNK':
        return this.readlink().length
      case 'VDIR':
        return lower?.size ?? DIRECTORY_SIZE
      default:
        return this.#content?.own?.size ?? lower?.size ?? 0
    }
  }

  /** Its number and type, as directories list them. */
  get identity(): { readonly ino: number; readonly mode: number } {
    return this.#own()
  }

  override searchAttributes(): Stat {
    return this.#upper === undefined && this.#lowerStat !== undefined ? this.#lowerStat : this.getattr()
  }

  override get isSetId(): boolean {
    return ((this.#upper?.mode ?? this.#lowerStat?.mode ?? 0) & 0o6000) !== 0
  }

  override size(): number {
    return this.#content?.own?.size ?? this.#lower()?.size ?? 0
  }

  /** Copy-up of the attributes. */
  #own(): Upper {
    if (this.#upper !== undefined) return this.#upper
    const lower = this.#lower()
    if (lower === undefined) throw ENOENT
    this.#charge(NODE_COST)
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

  override get hasAttributes(): boolean {
    return true
  }

  override attribute(name: string): Uint8Array | undefined {
    return this.#extended?.get(name)
  }

  override attributeNames(): readonly string[] {
    return this.#extended?.names() ?? []
  }

  override setAttribute(name: string, value: Uint8Array | undefined): void {
    const upper = this.#own()
    this.#extended ??= new ExtendedAttributes(this.mount.memory)
    if (value === undefined) this.#extended.delete(name)
    else this.#extended.set(name, value)
    upper.ctime = this.mount.now()
  }

  /** As relatime: once after each change. The host's own files are left as they are. */
  override accessed(): void {
    const upper = this.#upper
    if (upper === undefined || this.#content?.own === undefined || this.mount.flags.noAccessTime) return
    if (upper.atime <= upper.mtime || upper.atime <= upper.ctime) upper.atime = this.mount.now()
  }

  #modified(): void {
    const upper = this.#own()
    upper.mtime = this.mount.now()
    upper.ctime = upper.mtime
  }

  // --- directories ---

  #names(): TreeDirectory {
    if (this.type !== 'VDIR') throw ENOTDIR
    this.#directory ??= new TreeDirectory(this, this.mount, this.#lowerPath)
    return this.#directory
  }

  override lookup(name: string): Place | undefined {
    return this.#names().lookup(name)
  }

  /** The names of a directory that memory holds, which for a memory file system are all. */
  heldPlaces(): Iterable<Place> {
    return this.#directory?.held() ?? []
  }

  /** Drops lower nodes that nobody uses. */
  sweep(): void {
    this.#directory?.sweep()
  }

  /** @throws ENOENT for a directory that was itself removed. */
  #writableDirectory(): Upper {
    const upper = this.#own()
    if (upper.nlink === 0) throw ENOENT
    return upper
  }

  override create(name: string, what: NewVnode): Place {
    checkName(name)
    const upper = this.#writableDirectory()
    if (this.lookup(name) !== undefined) throw EEXIST
    const node = new TreeVnode(this.mount, what)
    node.#charge(NODE_COST + (what.target?.length ?? 0))
    if (what.type === 'VDIR') upper.nlink++
    this.#modified()
    return this.#names().add(name, node)
  }

  /** A file without a name yet (Linux's O_TMPFILE). */
  createUnnamed(what: NewVnode): TreeVnode {
    const node = new TreeVnode(this.mount, what)
    node.#charge(NODE_COST)
    node.#own().nlink = 0
    return node
  }

  override link(name: string, vnode: Vnode): Place {
    if (!(vnode instanceof TreeVnode)) throw EINVAL
    checkName(name)
    this.#writableDirectory()
    const upper = vnode.#own()
    if (!this.mount.memory.charge(NAME_COST)) throw ENOSPC
    upper.nlink++
    upper.ctime = this.mount.now()
    this.#modified()
    const place = this.#names().add(name, vnode)
    place.cost = NAME_COST
    return place
  }

  override remove(place: Place): void {
    const node = place.vnode as TreeVnode
    const isDirectory = node.type === 'VDIR'
    if (isDirectory && !node.#names().isEmpty) throw ENOTEMPTY
    const upper = this.#writableDirectory()
    const gone = node.#own()
    this.#names().take(place)
    place.removed = true
    this.mount.memory.uncharge(place.cost)
    place.cost = 0
    this.#modified()
    if (isDirectory) upper.nlink--
    gone.nlink = isDirectory ? 0 : gone.nlink - 1
    gone.ctime = this.mount.now()
    if (gone.nlink === 0 && node.opens === 0) node.inactive()
  }

  override rename(place: Place, directory: Vnode, name: string, replaced: Place | undefined): void {
    if (!(directory instanceof TreeVnode)) throw EINVAL
    checkName(name)
    const node = place.vnode as TreeVnode
    this.#writableDirectory()
    directory.#writableDirectory()
    node.#own().ctime = this.mount.now()
    // Both sides may need a directory's names to be known before they change.
    if (replaced !== undefined) directory.remove(replaced)
    this.#names().take(place)
    this.#modified()
    directory.#modified()
    if (node.type === 'VDIR') {
      this.#own().nlink--
      directory.#own().nlink++
    }
    directory.#names().put(name, place)
    node.place = place
  }

  override exchange(place: Place, other: Place): void {
    const a = place.directory as TreeVnode
    const b = other.directory as TreeVnode
    for (const node of [a, b, place.vnode as TreeVnode, other.vnode as TreeVnode]) node.#own()
    const directories = Number(place.vnode.type === 'VDIR') - Number(other.vnode.type === 'VDIR')
    a.#own().nlink -= directories
    b.#own().nlink += directories
    const { name } = place
    b.#names().put(other.name, place)
    a.#names().put(name, other)
    a.#modified()
    b.#modified()
  }

  override entries(cookie: number): Generator<DirectoryEntry> {
    return this.#names().entries(cookie)
  }

  // --- links ---

  override readlink(l?: Lwp): string {
    const path = this.#lowerPath
    if (this.#target === undefined && path !== undefined)
      this.#target = hosted(() => this.mount.hostFiles().readlink(path))
    if (this.#target === undefined) throw EINVAL
    const upper = this.#upper
    if (upper !== undefined && l !== undefined && (upper.atime <= upper.mtime || upper.atime <= upper.ctime))
      upper.atime = this.mount.now()
    return this.#target
  }

  // --- regular files ---

  #data(): TreeContent {
    this.#content ??= new TreeContent(this.mount, this, this.#lowerPath)
    return this.#content
  }

  override opening(): void {
    this.#data().opening(this.#lower(), this.opens === 0)
  }

  override read(_l: Lwp | undefined, uio: Uio, offset: number): number {
    return this.#data().pages().read(uio, offset)
  }

  override write(_l: Lwp | undefined, uio: Uio, offset: number): number {
    this.#own()
    const done = this.#data().copyUp().write(uio, offset)
    if (done > 0) this.#modified()
    return done
  }

  override truncate(length: number): void {
    this.#own()
    // What is cut off need not be copied.
    this.#data().copyUp(length).setSize(length)
    this.#modified()
  }

  override allocate(offset: number, length: number): void {
    this.#own()
    this.#data().copyUp().reserve(offset, length)
    this.#modified()
  }

  override zero(offset: number, length: number): void {
    this.#own()
    this.#data().copyUp().punch(offset, length)
    this.#modified()
  }

  override shift(offset: number, by: number): void {
    this.#own()
    this.#data().copyUp().shift(offset, by)
    this.#modified()
  }

  override seekData(offset: number, hole: boolean): number | undefined {
    return this.#data().pages().seek(offset, hole)
  }

  override object(writable: boolean): UvmObject {
    if (this.type !== 'VREG') return super.object(writable)
    if (!writable) return this.#data().pages()
    this.#own()
    return this.#data().copyUp()
  }

  override get contents(): object | undefined {
    return this.type === 'VREG' ? this.#data().pages().contents : undefined
  }

  /** Stores through a shared mapping leave no trace in the times but this. */
  override fsync(): void {}

  override inactive(): void {
    if (this.opens > 0 || this.isMapped) return
    this.#content?.closeHost()
    if (this.#upper?.nlink === 0) this.#dispose()
  }

  #dispose(): void {
    this.#content?.dispose()
    this.#extended?.dispose()
    this.mount.memory.uncharge(this.#cost)
    this.#cost = 0
  }

  /** @throws ENOSPC */
  #charge(bytes: number): void {
    if (!this.mount.memory.charge(bytes)) throw ENOSPC
    this.#cost += bytes
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

  written(): void {
    this.#modified()
  }

  unmapped(): void {
    this.inactive()
  }
}
