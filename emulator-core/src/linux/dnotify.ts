/**
 * F_NOTIFY of fcntl(2): signals about what happens in a directory, which came before inotify. Linux: fs/notify/dnotify/dnotify.c, with
 * CONFIG_DNOTIFY as most kernels have it. NetBSD has nothing of the kind.
 */
import { ENOTDIR } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { sendSigio } from '../native/signal/io.ts'
import type { FileEvent, FileObserver } from '../native/vfs/observer.ts'
import type { VnodeFile } from '../native/vfs/vnode-file.ts'

const DN_ACCESS = 1
const DN_MODIFY = 2
const DN_CREATE = 4
const DN_DELETE = 8
const DN_RENAME = 0x10
const DN_ATTRIB = 0x20
const DN_MULTISHOT = 0x8000_0000 | 0

/** What a file event is to a directory, by how it concerns it. */
const ON_CHILD: Readonly<Record<FileEvent['op'], number>> = {
  access: DN_ACCESS,
  modify: DN_MODIFY,
  attrib: DN_ATTRIB,
  create: DN_CREATE,
  link: DN_CREATE,
  delete: DN_DELETE,
  move: DN_RENAME,
  open: 0,
  'close-write': 0,
  'close-nowrite': 0,
  'delete-self': 0,
}

/** One open directory that is watched. */
class DirectoryWatch implements FileObserver {
  readonly #l: Lwp
  readonly #file: VnodeFile
  readonly #fd: number
  mask = 0

  constructor(l: Lwp, file: VnodeFile, fd: number) {
    this.#l = l
    this.#file = file
    this.#fd = fd
  }

  /** The DN_ bits of what an event is to the directory; a rename is up to three, each of which is told. */
  #bits(event: FileEvent): readonly number[] {
    const directory = this.#file.vnode
    if (event.op !== 'move') {
      const isInside = 'place' in event && event.place?.directory === directory
      return isInside || event.vnode === directory ? [ON_CHILD[event.op]] : []
    }
    const leaves = event.from.directory === directory
    const comes = event.to.directory === directory
    return [leaves && comes ? DN_RENAME : 0, leaves ? DN_DELETE : 0, comes ? DN_CREATE : 0]
  }

  fileEvent(event: FileEvent): void {
    for (const bit of this.#bits(event)) {
      if ((bit & this.mask) === 0) continue
      if ((this.mask & DN_MULTISHOT) === 0) this.end()
      sendSigio(this.#l.proc.kernel, this.#file, this.#fd, 'message')
    }
  }

  begin(mask: number): void {
    this.mask |= mask
    this.#l.proc.kernel.vfs.observers.add(this)
  }

  end(): void {
    this.mask = 0
    this.#l.proc.kernel.vfs.observers.delete(this)
  }

  fileClosed(): void {
    this.end()
  }
}

const watches = new WeakMap<VnodeFile, DirectoryWatch>()

/** fcntl_dirnotify. No bits but DN_MULTISHOT: no more. @throws ENOTDIR */
export function notifyDirectory(l: Lwp, file: VnodeFile, fd: number, mask: number): number {
  if (file.vnode.type !== 'VDIR') throw ENOTDIR
  const known = watches.get(file)
  if ((mask & ~DN_MULTISHOT) === 0) {
    known?.end()
    return 0
  }
  const watch = known ?? new DirectoryWatch(l, file, fd)
  if (known === undefined) {
    watches.set(file, watch)
    file.closeListeners ??= new Set()
    file.closeListeners.add(watch)
  }
  watch.begin(mask)
  if (file.owner === 0) file.owner = l.proc.pid
  return 0
}
