/**
 * A node of a host directory that is mounted (`--mount HOST:GUEST[:rw]`): every operation goes to the host at once.
 * Host paths are made from names that the guest's own lookup resolved, one by one; a host symbolic link is data here, never followed. Before a
 * path is used to change or open something, each directory on it is looked at again, so that one swapped for a link leads nowhere.
 */
import type { HostStat } from '../../host/host.ts'
import { EINVAL, EISDIR, ELOOP, ENOENT, EOPNOTSUPP, EPERM, EROFS, ESTALE } from '../errno.ts'
import { FWRITE } from '../file.ts'
import type { Lwp } from '../lwp.ts'
import type { Stat } from '../stat.ts'
import { KernelUio, type Uio } from '../uio.ts'
import type { UvmObject } from '../uvm/object.ts'
import { DirectoryOrder } from './directory-order.ts'
import { FilePages, type PageOwner } from './file-pages.ts'
import { HostData } from './host-data.ts'
import { hosted, ifExists } from './host-error.ts'
import { HostListing } from './host-listing.ts'
import type { HostMount } from './host-mount.ts'
import { Place, pathOf } from './place.ts'
import { type DirectoryEntry, modeType, type NewVnode, Vnode, type VnodeChange } from './vnode.ts'

/** Bytes that are written one by one where the guest wants none. */
const MOST_ZEROED = 1 << 20

export class HostVnode extends Vnode implements PageOwner {
  override readonly mount: HostMount
  #stat: HostStat
  #checked: number
  #removed = false
  #pages: FilePages | undefined
  readonly #data: HostData
  #pagesOf = ''
  #names: Map<string, Place> | undefined
  #order: DirectoryOrder | undefined
  #listing: HostListing | undefined

  constructor(mount: HostMount, stat: HostStat) {
    super(mount, modeType(stat.mode))
    this.mount = mount
    this.#stat = stat
    this.#checked = mount.epoch
    this.#data = new HostData(mount.files, () => this.hostPath())
  }

  /** Where it is on the host, every directory on the way checked. @throws ENOENT if it was removed, ESTALE. */
  hostPath(): string {
    if (this === this.mount.root) return this.mount.hostPath
    const place = this.place
    if (place === undefined || place.removed) throw ENOENT
    return (place.directory as HostVnode).#childPath(place.name)
  }

  /**
   * The path of this directory, looked at again unless that was done in this very call.
   * @throws ESTALE if it is another directory now, or none.
   */
  directoryPath(): string {
    const path = this.hostPath()
    if (this === this.mount.root || this.#checked === this.mount.epoch) return path
    const stat = hosted(() => this.mount.files.lstat(path))
    if (modeType(stat.mode) !== 'VDIR' || stat.ino !== this.#stat.ino || stat.dev !== this.#stat.dev) throw ESTALE
    this.seen(stat)
    return path
  }

  #childPath(name: string): string {
    const path = this.directoryPath()
    return path === '/' ? `/${name}` : `${path}/${name}`
  }

  get isForgettable(): boolean {
    // Pipes and sockets are known by their nodes.
    if (this.type !== 'VREG' && this.type !== 'VLNK') return false
    return this.opens === 0 && !this.isWatched && (this.#pages?.mappings ?? 0) === 0
  }

  /** What a lookup just saw: spares asking again in the same call. */
  seen(stat: HostStat): void {
    this.#stat = stat
    this.#checked = this.mount.epoch
  }

  #changed(): void {
    this.#checked = -1
  }

  override getattr(): Stat {
    if (this.#checked !== this.mount.epoch) {
      if (this.#data.isOpen) this.#stat = this.#data.stat()
      else if (this.#removed) this.#stat = { ...this.#stat, nlink: 0 }
      else this.#stat = hosted(() => this.mount.files.lstat(this.hostPath()))
      this.#checked = this.mount.epoch
    }
    return this.#stat
  }

  #writable(): void {
    if (this.mount.readOnly) throw EROFS
  }

  override setattr(change: VnodeChange): void {
    this.#writable()
    const { files } = this.mount
    const path = this.hostPath()
    const now = this.getattr()
    hosted(() => {
      if (change.uid !== undefined || change.gid !== undefined)
        files.chown(path, change.uid ?? now.uid, change.gid ?? now.gid)
      if (change.mode !== undefined) {
        if (this.type === 'VLNK') throw EOPNOTSUPP
        files.chmod(path, change.mode & 0o7777)
      }
      if (change.atime !== undefined || change.mtime !== undefined)
        files.utimes(path, change.atime ?? now.atime, change.mtime ?? now.mtime, false)
    })
    this.#changed()
  }

  // --- directories ---

  override lookup(name: string): Place | undefined {
    const known = this.#names?.get(name)
    const path = this.#childPath(name)
    const stat = ifExists(() => this.mount.files.lstat(path))
    if (stat === undefined) {
      if (known !== undefined) this.#forget(known)
      return undefined
    }
    if (known !== undefined) {
      const node = known.vnode as HostVnode
      if (node.#stat.ino === stat.ino && node.#stat.dev === stat.dev && node.type === modeType(stat.mode)) {
        node.seen(stat)
        node.place = known
        return known
      }
      this.#forget(known)
    }
    return this.#remember(name, this.mount.node(stat))
  }

  #remember(name: string, vnode: HostVnode): Place {
    const place = new Place(this, name, vnode)
    this.#names ??= new Map()
    this.#names.set(name, place)
    this.mount.remembered(this)
    return place
  }

  #forget(place: Place): void {
    place.removed = true
    this.#names?.delete(place.name)
  }

  sweep(): void {
    for (const [name, place] of this.#names ?? [])
      if ((place.vnode as HostVnode).isForgettable) this.#names?.delete(name)
  }

  override create(name: string, what: NewVnode): Place {
    this.#writable()
    const { files } = this.mount
    const path = this.#childPath(name)
    const mode = what.mode & 0o7777
    let fd: number | undefined
    const make = (): void => {
      if (what.type === 'VREG') fd = files.open(path, 'create-exclusive', mode)
      else if (what.type === 'VDIR') files.mkdir(path, mode)
      else if (what.type === 'VLNK') files.symlink(what.target ?? '', path)
      else if (what.type === 'VFIFO') files.mknod(path, 'fifo')
      else if (what.type === 'VSOCK') files.mknod(path, 'socket')
      // A device of the host's is not the guest's to make.
      else throw EPERM
      // The host's own mask is not the guest's.
      if (what.type !== 'VLNK') files.chmod(path, mode)
    }
    this.#alter([name], () => hosted(make))
    const stat = hosted(() => files.lstat(path))
    // The emulator may run as somebody else than the guest believes to be; then the host's owner stands.
    if (stat.uid !== what.uid || stat.gid !== what.gid) {
      try {
        files.chown(path, what.uid, what.gid)
      } catch {}
    }
    const node = new HostVnode(
      this.mount,
      hosted(() => files.lstat(path)),
    )
    if (fd !== undefined) node.#data.take(fd)
    this.#changed()
    this.#order?.add(name)
    return this.#remember(name, node)
  }

  override link(name: string, vnode: Vnode): Place {
    this.#writable()
    if (!(vnode instanceof HostVnode)) throw EINVAL
    const existing = vnode.hostPath()
    this.#alter([name], () => hosted(() => this.mount.files.link(existing, this.#childPath(name))))
    vnode.#changed()
    this.#changed()
    this.#order?.add(name)
    return this.#remember(name, vnode)
  }

  override remove(place: Place): void {
    this.#writable()
    const node = place.vnode as HostVnode
    const path = this.#childPath(place.name)
    node.#keepReachable(path)
    const { files } = this.mount
    this.#alter([place.name], () => hosted(() => (node.type === 'VDIR' ? files.rmdir(path) : files.unlink(path))))
    this.#changed()
    node.#unnamed(place)
    this.#names?.delete(place.name)
    this.#order?.remove(place.name)
  }

  /** An open or mapped file goes on living without its name, so the host's descriptor must exist before the name goes. */
  #keepReachable(path: string): void {
    if (this.type !== 'VREG' || this.#data.isOpen || (this.opens === 0 && (this.#pages?.mappings ?? 0) === 0)) return
    this.#data.take(hosted(() => this.mount.files.open(path, 'r+')))
  }

  #unnamed(place: Place): void {
    this.#changed()
    place.removed = true
    this.#removed = this.type === 'VDIR' || this.#stat.nlink <= 1
    if (this.#removed && this.opens === 0) this.inactive()
  }

  override rename(place: Place, directory: Vnode, name: string, replaced: Place | undefined): void {
    this.#writable()
    if (!(directory instanceof HostVnode)) throw EINVAL
    const from = this.#childPath(place.name)
    const to = directory.#childPath(name)
    const victim = replaced?.vnode as HostVnode | undefined
    if (victim !== undefined) victim.#keepReachable(to)
    const move = (): void => hosted(() => this.mount.files.rename(from, to))
    if (directory === this) this.#alter([place.name, name], move)
    else this.#alter([place.name], () => directory.#alter([name], move))
    if (victim !== undefined && replaced !== undefined) victim.#unnamed(replaced)
    this.#names?.delete(place.name)
    this.#order?.remove(place.name)
    place.directory = directory
    place.name = name
    directory.#names ??= new Map()
    directory.#names.set(name, place)
    directory.#order?.add(name)
    place.vnode.place = place
    for (const node of [this, directory, place.vnode as HostVnode]) node.#changed()
  }

  override *entries(cookie: number): Generator<DirectoryEntry> {
    const order = this.#order ?? new DirectoryOrder()
    if (cookie < 3 || this.#order === undefined) {
      const names = new Set(hosted(() => this.mount.files.readdir(this.directoryPath())))
      for (const name of [...order.names()]) if (!names.has(name)) order.remove(name)
      for (const name of names) order.add(name)
      this.#order = order
      this.#listing ??= new HostListing()
      this.#listing.keepOnly(names)
    }
    const listing = this.#listing ?? new HostListing()
    listing.at(this.#modified())
    for (const [name, next] of order.after(cookie)) {
      const kind = listing.get(name) ?? ifExists(() => this.mount.files.lstat(this.#childPath(name)))
      if (kind === undefined) continue
      listing.set(name, kind)
      yield { name, ino: kind.ino, mode: kind.mode, cookie: next }
    }
  }

  /** When this directory's names changed last. */
  #modified(): bigint {
    return hosted(() => this.mount.files.lstat(this.directoryPath())).mtime
  }

  /** Changes what names of this directory stand for; what is known of the others stays known. */
  #alter<T>(names: readonly string[], change: () => T): T {
    const listing = this.#listing
    if (listing === undefined) return change()
    const before = this.#modified()
    try {
      return change()
    } finally {
      listing.altered(names, before, this.#modified())
    }
  }

  override readlink(): string {
    return hosted(() => this.mount.files.readlink(this.hostPath()))
  }

  // --- regular files ---

  #content(): FilePages {
    if (this.type === 'VDIR') throw EISDIR
    if (this.type === 'VLNK') throw ELOOP
    if (this.#pages === undefined) {
      this.#pages = new FilePages(this.mount.memory, this, this.#data, true)
      this.#pagesOf = this.#stamp()
    }
    return this.#pages
  }

  #stamp(): string {
    const s = this.#data.stat()
    return `${s.size}:${s.mtime}`
  }

  override opening(flags: number): void {
    const writes = (flags & FWRITE) !== 0
    if (writes) this.#writable()
    this.#data.open(writes)
    if (this.#pages !== undefined && this.opens === 0 && this.#stamp() !== this.#pagesOf) {
      this.#pages.invalidate()
      this.#pagesOf = this.#stamp()
    }
  }

  override read(_l: Lwp | undefined, uio: Uio, offset: number): number {
    return this.#content().read(uio, offset)
  }

  override write(_l: Lwp | undefined, uio: Uio, offset: number): number {
    this.#writable()
    this.#changed()
    return this.#content().write(uio, offset)
  }

  override size(): number {
    this.#changed()
    return this.getattr().size
  }

  override truncate(length: number): void {
    this.#writable()
    const pages = this.#content()
    this.#data.truncate(length)
    pages.setSize(length)
    this.#changed()
  }

  override allocate(offset: number, length: number): void {
    if (offset + length > this.size()) this.truncate(offset + length)
  }

  /**
   * A host's file can be given holes only at its end: what reaches there is cut off and grown again. Little is overwritten.
   * @throws EOPNOTSUPP for much in the middle, which programs know how to do without.
   */
  override zero(offset: number, length: number): void {
    this.#writable()
    const size = this.size()
    if (offset >= size) return
    if (offset + length >= size) {
      this.truncate(offset)
      this.truncate(size)
      return
    }
    if (length > MOST_ZEROED) throw EOPNOTSUPP
    this.write(undefined, new KernelUio(new Uint8Array(length), 'out', offset), offset)
  }

  override fsync(): void {
    this.#pages?.flush()
    this.#data.fsync()
  }

  override object(writable: boolean): UvmObject {
    if (this.type !== 'VREG') return super.object(writable)
    if (writable) this.#writable()
    const pages = this.#content()
    pages.refreshSize()
    return pages
  }

  override inactive(): void {
    if (this.opens > 0) return
    this.#pages?.flush()
    if ((this.#pages?.mappings ?? 0) > 0) return
    if (this.#pages !== undefined && this.#data.isOpen) this.#pagesOf = this.#stamp()
    this.#data.close()
    if (this.#removed) this.#pages?.dispose()
  }

  get path(): string {
    return pathOf(this)
  }

  get device(): number {
    return this.#stat.dev
  }

  get inode(): number {
    return this.#stat.ino
  }

  /** The host tells of it when it gets the page. */
  written(): void {}

  unmapped(): void {
    this.inactive()
  }
}
