/**
 * Who is told of what happens to files: knotes (vnode notes, as sys/kern/vnode_if.c posts them after each operation) and observers.
 * The tables are those of netbsd-linux-semantics 3.13.
 */
import type { Kernel } from '../kernel.ts'
import type { FileEvent, FileObserver } from './observer.ts'
import { type Place, pathOf } from './place.ts'
import type { Vnode } from './vnode.ts'

export class Notes {
  readonly observers = new Set<FileObserver>()
  readonly #kernel: () => Kernel | undefined

  constructor(kernel: () => Kernel | undefined) {
    this.#kernel = kernel
  }

  /** VN_KNOTE. */
  post(vnode: Vnode, notes: number, operation: string): void {
    if (!vnode.isWatched) return
    const kernel = this.#kernel()
    kernel?.trace?.emit('vnode-note', kernel.current, { vnode: vnode.id, notes, operation, path: pathOf(vnode) })
    vnode.selinfo.klist.notify(notes)
  }

  get isObserved(): boolean {
    return this.observers.size > 0
  }

  tell(event: FileEvent): void {
    for (const o of [...this.observers]) o.fileEvent(event)
  }

  /**
   * Something happened to a file that was reached by `place`.
   * @param isChange of its attributes or length: Linux tells of that without regard to IN_EXCL_UNLINK, as it has no path there (fsnotify_change).
   */
  tellOf(
    op: 'open' | 'access' | 'modify' | 'attrib' | 'close-write' | 'close-nowrite',
    vnode: Vnode,
    place: Place | undefined,
    isChange = op === 'attrib',
  ): void {
    if (this.observers.size === 0) return
    this.tell({
      op,
      vnode,
      isDirectory: vnode.type === 'VDIR',
      place: place === undefined ? undefined : { directory: place.directory, name: place.name },
      removed: !isChange && place?.removed === true,
    })
  }

  /**
   * dentry_unlink_inode: nobody uses this name of a file any more, and it was removed as its last. Then the file's life is over for those who watch
   * it, even if it is still open by another name.
   */
  tellIfGone({ vnode, removed, uses }: Place): void {
    if (this.observers.size === 0 || !removed || uses > 0 || vnode.getattr().nlink > 0) return
    this.tell({ op: 'delete-self', vnode, isDirectory: vnode.type === 'VDIR' })
  }
}
