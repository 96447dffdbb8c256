/** Events that wait to be read, in their order, and by the file that they are about. Linux: fs/notify/fanotify/fanotify.c (its table of hashes). */
import type { Vnode } from '../native/vfs/vnode.ts'
import type { VnodeFile } from '../native/vfs/vnode-file.ts'

export const FAN_ONDIR = 0x4000_0000

export interface Queued {
  mask: number
  readonly pid: number
  /** Keeps the file until the event is read; undefined: events were lost. */
  readonly hold: VnodeFile | undefined
}

export class FanotifyQueue {
  readonly #events = new Set<Queued>()
  readonly #ofFile = new Map<Vnode, Map<number, Queued>>()
  last: Queued | undefined

  get length(): number {
    return this.#events.size
  }

  /** What a process did with a file, or with a directory as such: further events are added to it. */
  find(vnode: Vnode, pid: number, isDirectory: boolean): Queued | undefined {
    return this.#ofFile.get(vnode)?.get(doer(pid, isDirectory))
  }

  put(event: Queued): void {
    this.#events.add(event)
    this.last = event
    const vnode = event.hold?.vnode
    if (vnode === undefined) return
    const ofFile = this.#ofFile.get(vnode) ?? new Map<number, Queued>()
    this.#ofFile.set(vnode, ofFile.set(doer(event.pid, isOfDirectory(event)), event))
  }

  /** The first one, which it then is no more. */
  take(): Queued | undefined {
    const { value: event } = this.#events.values().next()
    if (event === undefined) return undefined
    this.#events.delete(event)
    if (this.last === event) this.last = undefined
    const vnode = event.hold?.vnode
    const ofFile = vnode && this.#ofFile.get(vnode)
    if (vnode === undefined || ofFile === undefined) return event
    ofFile.delete(doer(event.pid, isOfDirectory(event)))
    if (ofFile.size === 0) this.#ofFile.delete(vnode)
    return event
  }
}

const doer = (pid: number, isDirectory: boolean): number => 2 * pid + (isDirectory ? 1 : 0)
const isOfDirectory = ({ mask }: Queued): boolean => (mask & FAN_ONDIR) !== 0
