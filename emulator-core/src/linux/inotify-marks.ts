/** The watches of an inotify instance, and what they make of what happens to files: fs/notify/fsnotify.c, fs/notify/inotify. */
import {
  IN_ACCESS,
  IN_ALL_EVENTS,
  IN_ATTRIB,
  IN_CLOSE_NOWRITE,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_ONESHOT,
  IN_OPEN,
  type InotifyMask,
} from '../compat-linux/inotify-constants.ts'
import type { FileEvent, FileObserver } from '../native/vfs/observer.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import type { InotifyAllowance } from './inotify-limits.ts'
import type { InotifyQueue } from './inotify-queue.ts'

export interface Watch {
  readonly wd: number
  readonly vnode: Vnode
  /** Events and the flags that last: EXCL_UNLINK, ONESHOT. */
  mask: InotifyMask
}

const OPERATION_MASK = {
  open: IN_OPEN,
  access: IN_ACCESS,
  modify: IN_MODIFY,
  attrib: IN_ATTRIB,
  'close-write': IN_CLOSE_WRITE,
  'close-nowrite': IN_CLOSE_NOWRITE,
  create: IN_CREATE,
  link: IN_CREATE,
  delete: IN_DELETE,
} as const

const LASTING = IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_ONESHOT

/** Ties the two halves of a move together: the same number for every instance that is told of it. */
let nextCookie = 1
let lastMove: FileEvent | undefined

function cookieOf(move: FileEvent): number {
  if (lastMove !== move) nextCookie++
  lastMove = move
  return nextCookie - 1
}

export class InotifyMarks implements FileObserver {
  readonly #byNumber = new Map<number, Watch>()
  readonly #byVnode = new Map<Vnode, Watch>()
  #nextWd = 1
  readonly #observers: Set<FileObserver>
  readonly #allowance: InotifyAllowance
  readonly #queue: InotifyQueue
  readonly #ended: (watch: Watch) => void

  /** @param ended is told of a watch that is gone, before the record that says so is queued. */
  constructor(
    observers: Set<FileObserver>,
    allowance: InotifyAllowance,
    queue: InotifyQueue,
    ended: (watch: Watch) => void,
  ) {
    this.#observers = observers
    this.#allowance = allowance
    this.#queue = queue
    this.#ended = ended
  }

  get all(): Iterable<Watch> {
    return this.#byNumber.values()
  }

  of(vnode: Vnode): Watch | undefined {
    return this.#byVnode.get(vnode)
  }

  numbered(wd: number): Watch | undefined {
    return this.#byNumber.get(wd)
  }

  /** A new watch, or another mask for the one there is: exchanged, or with IN_MASK_ADD added to. @throws ENOSPC. */
  watch(vnode: Vnode, mask: InotifyMask): Watch {
    const found = this.#byVnode.get(vnode)
    if (found === undefined) return this.#add(vnode, mask & LASTING)
    found.mask = (mask & IN_MASK_ADD) !== 0 ? found.mask | (mask & LASTING) : mask & LASTING
    return found
  }

  #add(vnode: Vnode, mask: InotifyMask): Watch {
    this.#allowance.takeWatch()
    const watch = { wd: this.#nextWd++, vnode, mask }
    this.#byNumber.set(watch.wd, watch)
    this.#byVnode.set(vnode, watch)
    this.#observers.add(this)
    return watch
  }

  /** The watch ends, and the program is told so. */
  remove(watch: Watch): void {
    if (this.#byNumber.delete(watch.wd)) this.#allowance.giveWatch()
    this.#byVnode.delete(watch.vnode)
    if (this.#byNumber.size === 0) this.#observers.delete(this)
    this.#ended(watch)
    this.#queue.put({ wd: watch.wd, mask: IN_IGNORED, cookie: 0, name: '' })
  }

  close(): void {
    this.#observers.delete(this)
    this.#allowance.end()
    this.#byNumber.clear()
    this.#byVnode.clear()
  }

  fileEvent(event: FileEvent): void {
    switch (event.op) {
      case 'create':
      case 'link':
      case 'delete':
        this.#tell(event.place.directory, OPERATION_MASK[event.op], event.isDirectory, 0, event.place.name)
        break
      case 'move':
        this.#moved(event)
        break
      case 'delete-self':
        this.#gone(event.vnode)
        break
      default: {
        const mask = OPERATION_MASK[event.op]
        // The directory is told first, with the name; then the file itself.
        if (event.place !== undefined) {
          const { directory, name } = event.place
          this.#tell(directory, mask, event.isDirectory, 0, name, event.removed)
        }
        this.#tell(event.vnode, mask, event.isDirectory, 0, '')
      }
    }
  }

  #moved(event: Extract<FileEvent, { op: 'move' }>): void {
    const { vnode, isDirectory, from, to, replaced } = event
    const cookie = cookieOf(event)
    this.#tell(from.directory, IN_MOVED_FROM, isDirectory, cookie, from.name)
    this.#tell(to.directory, IN_MOVED_TO, isDirectory, cookie, to.name)
    if (replaced !== undefined) this.#tell(replaced, IN_ATTRIB, replaced.type === 'VDIR', 0, '')
    this.#tell(vnode, IN_MOVE_SELF, isDirectory, 0, '')
  }

  #gone(vnode: Vnode): void {
    const watch = this.#byVnode.get(vnode)
    if (watch === undefined) return
    this.#tell(vnode, IN_DELETE_SELF, false, 0, '')
    if (this.#byVnode.get(vnode) === watch) this.remove(watch)
  }

  /** inotify_handle_inode_event: for the watch of `vnode`, if it asked for this. `removed`: the name is gone. */
  #tell(vnode: Vnode, mask: number, isDirectory: boolean, cookie: number, name: string, removed = false): void {
    const watch = this.#byVnode.get(vnode)
    if (watch === undefined || (watch.mask & mask & IN_ALL_EVENTS) === 0) return
    if (removed && (watch.mask & IN_EXCL_UNLINK) !== 0) return
    // The flag is never set in what a file says of its own life and place.
    const flag = isDirectory && (mask & (IN_MOVE_SELF | IN_DELETE_SELF)) === 0 ? IN_ISDIR : 0
    this.#queue.put({ wd: watch.wd, mask: mask | flag, cookie, name })
    if ((watch.mask & IN_ONESHOT) !== 0) this.remove(watch)
  }
}
