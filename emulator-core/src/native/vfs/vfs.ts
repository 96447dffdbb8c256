/** The guest's file systems: what is mounted where, and the way from a path to a file. */
import type { Machine } from 'unicorn-engine-node'
import type { Host } from '../../host/host.ts'
import { PAGE_SIZE } from '../../machine/page.ts'
import { EEXIST, ENOTDIR } from '../errno.ts'
import { FREAD } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import { KernelUio } from '../uio.ts'
import { mountDevices } from './devfs.ts'
import { type DeviceOpen, DeviceTable } from './device.ts'
import { HostMount } from './host-mount.ts'
import type { Mount } from './mount.ts'
import { type Found, type NameiOptions, namei } from './namei.ts'
import { Notes } from './notes.ts'
import type { FileObserver } from './observer.ts'
import { PageMemory } from './page-memory.ts'
import { type Place, pathOf } from './place.ts'
import { ProcMount } from './proc/proc-mount.ts'
import { sysTree } from './proc/sys-tree.ts'
import { TreeMount } from './tree-mount.ts'
import { Changes, type Vnode } from './vnode.ts'

export interface VfsOptions {
  readonly host: Host
  readonly machine: Machine
  /** The host directory that is the guest's root, seen through an overlay in memory. */
  readonly rootHostPath: string
  readonly mounts: readonly { readonly host: string; readonly guest: string; readonly writable: boolean }[]
  /** Bytes that the overlay and memory file systems may take; half of the machine's memory if not given. */
  readonly overlayLimit?: number
  /** The kernel, once there is one: /proc shows it, and its clock gives files their times. */
  readonly kernel: () => Kernel | undefined
}

/** Numbers of devices for what the guest mounts: major 0, as Linux gives them to file systems without a disk. */
let nextDevice = 64

export class Vfs {
  readonly root: Vnode
  readonly notes: Notes
  readonly devices = new DeviceTable()
  readonly memory: PageMemory
  readonly mounts: Mount[] = []
  /** Told when something is mounted, unmounted, moved or given other flags. */
  readonly mountChanges = new Changes()
  /** Counts calls that look at files: what was asked of the host within one is not asked again. */
  epoch = 0
  /** How a named pipe is opened; set by who implements pipes. */
  openFifo: DeviceOpen | undefined
  readonly #options: VfsOptions

  constructor(options: VfsOptions) {
    this.#options = options
    this.notes = new Notes(options.kernel)
    this.memory = new PageMemory(options.machine, options.overlayLimit ?? (options.machine.framesTotal * PAGE_SIZE) / 2)
    const lower = { files: options.host.files, path: options.rootHostPath }
    const root = new TreeMount({ ...this.#common(), lower })
    this.mounts.push(root)
    this.root = root.root
    this.mount('/dev', this.memoryMount(5, 'dev'))
    mountDevices(this, into => options.host.random(into))
    this.mount('/dev/shm', this.memoryMount(6, 'tmpfs', 0o1777))
    this.mount('/proc', new ProcMount('proc', options))
    this.mount('/sys', new ProcMount('sysfs', options, sysTree))
    for (const m of options.mounts) {
      this.mount(
        m.guest,
        new HostMount({ ...this.#common(), files: options.host.files, hostPath: m.host, writable: m.writable }),
      )
    }
  }

  #common(): { memory: PageMemory; now: () => bigint; epoch: () => number } {
    const { kernel, host } = this.#options
    return { memory: this.memory, now: () => kernel()?.clock.realtime() ?? host.realtime(), epoch: () => this.epoch }
  }

  /** The kernel, once there is one. */
  get kernel(): Kernel | undefined {
    return this.#options.kernel()
  }

  get observers(): Set<FileObserver> {
    return this.notes.observers
  }

  /** A memory file system. */
  memoryMount(device: number, source: string, rootMode = 0o755): TreeMount {
    return new TreeMount({ ...this.#common(), device, source, rootMode })
  }

  /** A memory file system as mount(2) makes one. `limit` in bytes; undefined: as much as there is. */
  tmpfs(limit: number | undefined, rootMode: number, rootOwner: { uid: number; gid: number }): TreeMount {
    const common = this.#common()
    const memory = limit === undefined ? common.memory : common.memory.share(limit)
    return new TreeMount({ ...common, memory, device: nextDevice++, rootMode, rootOwner })
  }

  processFiles(kind: 'proc' | 'sysfs'): ProcMount {
    return new ProcMount(kind, this.#options, kind === 'proc' ? undefined : sysTree)
  }

  /** Mounts on a directory, which is made (in the overlay) if it does not exist. @throws ENOTDIR. */
  mount(path: string, mount: Mount): void {
    const at = this.#makePath(path)
    if (at.type !== 'VDIR') throw ENOTDIR
    if (at.mountedHere !== undefined) throw EEXIST
    at.mountedHere = mount
    mount.covered = at
    this.mounts.push(mount)
  }

  /** Walks a guest path without a process, following links within the tree, and makes what is missing. */
  #makePath(path: string): Vnode {
    let at = this.root
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue
      const place = at.lookup(name, undefined) ?? at.create(name, { type: 'VDIR', mode: 0o755, uid: 0, gid: 0 })
      at = place.vnode
      if (at.type === 'VLNK') at = this.#makePath(resolve(pathOf(place.directory), at.readlink(undefined)))
      while (at.mountedHere !== undefined) at = at.mountedHere.root
    }
    return at
  }

  /** namei(9). */
  namei(l: Lwp, path: string, options: NameiOptions): Found {
    this.epoch++
    return namei(l, path, options)
  }

  /** The path of a vnode as a process sees it. */
  pathOf(vnode: Vnode, root?: Vnode, place?: Place): string {
    return pathOf(vnode, root, place)
  }

  /** Reads bytes of a regular file into the kernel's own memory: the loader's way. The count. @throws EINVAL, EIO. */
  readInto(vnode: Vnode, bytes: Uint8Array, offset: number): number {
    if (vnode.type === 'VREG') vnode.opening(FREAD)
    vnode.opens++
    try {
      const done = vnode.read(undefined, new KernelUio(bytes, 'in', offset), offset)
      return typeof done === 'number' ? done : 0
    } finally {
      vnode.opens--
      vnode.inactive()
    }
  }

  /** sync(2): what mappings wrote goes to the host. To be called at the end, too. */
  sync(): void {
    this.memory.writeBack()
  }

  /** Gives back frames that only cache host files, because memory is short; how many. */
  reclaimPages(wanted: number): number {
    return this.memory.reclaim(wanted)
  }
}

function resolve(directory: string, target: string): string {
  return target.startsWith('/') ? target : `${directory}/${target}`
}

export function createVfs(options: VfsOptions): Vfs {
  return new Vfs(options)
}
