/** A program that watches directories, with as much happening in them as is wanted: for looking at the inotify view, and for measuring it. */
import { LINUX_MERGED, LINUX_ONLY, LINUX_OTHERWISE, NETBSD_ONLY, NO_RECORD } from '../grammar.ts'
import { RunScript } from './run-script.ts'

const MS = 1e6
const INSTANCE = 300
const CREATE = 0x100
const DELETE = 0x200
const MODIFY = 0x2
const ATTRIB = 0x4
const MOVED_FROM = 0x40
const MOVED_TO = 0x80
const OPEN = 0x20
const OVERFLOW = 0x4000
const LIMIT = 16384

const NOTES: Readonly<Record<string, number>> = { create: 2, rename: 2, unlink: 2, write: 2, setattr: 8 }
const PATHS = ['/srv/inbox', '/srv/archive', '/srv/inbox/draft.txt', '/srv/a/rather/long/path/to/build']

export class WatcherRun {
  readonly run = new RunScript(1203)
  #depth = 0
  #linux = 0
  #ghosts = 0
  #records = 0
  #lost = 0
  #happened = 0
  #cookie = 40

  /** `events`: how many records NetBSD queues or loses. `reads`: whether they are read now and then. `stands`: all in one instant. */
  constructor(events: number, reads = true, stands = false) {
    const { run } = this
    run.stands = stands
    run.emit('session', { version: 1, personality: 'netbsd-10', realtime: '0', program: '/home/you/file-watcher' })
    run.call('inotify_init1', [0x800], 4, () => run.emit('inotify-create', { instance: INSTANCE, fd: 4 }))
    PATHS.forEach((path, i) => {
      run.call('inotify_add_watch', [4, path, 0xfff], 5 + i, () =>
        run.emit('inotify-watch', { instance: INSTANCE, wd: 5 + i, mask: 0xfff, path, vnode: 500 + i }),
      )
    })
    while (this.#records + this.#lost < events) this.happen(reads)
    run.after(3 * MS)
  }

  /** The next thing that happens. */
  happen(reads: boolean): void {
    const { run } = this
    const n = this.#happened++
    run.after((1 + ((n * 7) % 5)) * MS)
    const name = `note-${n % 97}.txt`
    const steps: readonly (() => void)[] = [
      () => this.#call('openat', 'create', 0, () => this.#both(0, CREATE, name)),
      () => this.#call('write', 'write', 0, () => this.#ghost(0, MODIFY, name)),
      () => this.#call('write', 'write', 2, () => this.#both(2, MODIFY, '')),
      () => this.#call('write', 'write', 2, () => this.#merged(2, MODIFY)),
      () => this.#call('rename', 'rename', 0, () => this.#renamed(name)),
      () => this.#call('rename', 'rename', 1, () => this.#moved(name)),
      () => this.#call('chmod', 'setattr', 2, () => this.#absent(2, ATTRIB)),
      () => this.#call('unlink', 'unlink', 1, () => this.#both(1, DELETE, name)),
      () => this.#call('openat', 'create', 3, () => this.#ghost(3, OPEN, 'main.o')),
    ]
    steps[n % steps.length]()
    if (reads && n % 14 === 13) this.#read(this.#depth > 3 ? this.#depth - 2 : this.#depth)
  }

  #call(name: string, operation: string, watch: number, work: () => void): void {
    const { run } = this
    run.call(name, [PATHS[watch]], 0, () => {
      run.emit('vnode-note', { vnode: 500 + watch, notes: NOTES[operation], operation, path: PATHS[watch] })
      work()
    })
  }

  #both(watch: number, mask: number, name: string, cookie = 0): void {
    if (this.#depth >= LIMIT) {
      this.run.emit('inotify-overflow', { instance: INSTANCE, wd: 5 + watch, mask, name })
      this.#lost++
      return
    }
    const isLast = this.#depth === LIMIT - 1
    const record = isLast ? { wd: -1, mask: OVERFLOW, cookie: 0, name: '' } : { wd: 5 + watch, mask, cookie, name }
    this.#depth++
    this.#linux++
    this.#records++
    this.run.emit('inotify-enqueue', { instance: INSTANCE, ...record, depth: this.#depth })
  }

  #shadow(what: number, record: number, watch: number, mask: number, name: string, cookie = 0): void {
    this.run.emit('inotify-shadow', {
      instance: INSTANCE,
      what,
      record,
      wd: 5 + watch,
      mask,
      cookie,
      name,
      depth: this.#linux,
    })
  }

  #meets(id: string, watch: number): void {
    this.run.emit('divergence', { id: `inotify.${id}`, detail: `watch ${5 + watch}` })
  }

  #ghost(watch: number, mask: number, name: string): void {
    this.#linux++
    this.#ghosts++
    this.#shadow(LINUX_ONLY, NO_RECORD, watch, mask, name)
    this.#meets('entries-unseen', watch)
  }

  #merged(watch: number, mask: number): void {
    this.#both(watch, mask, '')
    this.#linux--
    this.#shadow(LINUX_MERGED, this.#records - 1, watch, mask, '')
    this.#meets('no-coalescing', watch)
  }

  #absent(watch: number, mask: number): void {
    this.#both(watch, mask, '')
    this.#linux--
    this.#shadow(NETBSD_ONLY, this.#records - 1, watch, mask, '')
    this.#meets('unrequested', watch)
  }

  #renamed(name: string): void {
    const cookie = this.#cookie++
    this.#both(0, MOVED_FROM, name, cookie)
    this.#both(0, MOVED_TO, `final-${name}`, cookie)
  }

  #moved(name: string): void {
    const cookie = this.#cookie++
    this.#both(0, DELETE, name)
    this.#both(1, CREATE, name)
    this.#shadow(LINUX_OTHERWISE, this.#records - 2, 0, MOVED_FROM, name, cookie)
    this.#shadow(LINUX_OTHERWISE, this.#records - 1, 1, MOVED_TO, name, cookie)
    this.#meets('unpaired-move', 0)
  }

  #read(count: number): void {
    const { run } = this
    run.call('read', [4, 0x7ffd_0000_1000, 4096], 32 * count, () => {
      this.#depth -= count
      run.emit('inotify-read', { instance: INSTANCE, count, bytes: 32 * count, depth: this.#depth })
      const ghosts = this.#ghosts
      this.#ghosts = 0
      this.#linux = this.#depth
      run.emit('inotify-shadow-read', { instance: INSTANCE, count: count + ghosts, ghosts, depth: this.#linux })
    })
  }
}
