/** A program to look at: an echo server over epoll, and a watcher of two directories, as the NetBSD personality runs them. */
import { epollEvent, RunScript, type ScriptArgument, text, words } from './run-script.ts'

const EPOLLIN = 1
const EPOLLOUT = 4
const EPOLLRDHUP = 0x2000
const EPOLLET = 0x8000_0000
const EPOLLONESHOT = 0x4000_0000
const EV_ADD = 1
const EV_DELETE = 2
const EV_CLEAR = 0x20
const EV_DISPATCH = 0x80
const MS = 1e6

interface Watched {
  readonly object: number
  readonly read: number
  readonly write?: number
  readonly flags: number
  readonly data: number
  readonly events: number
}

/** Tells the story of a run; `rounds` makes it as long as one likes. */
export class ExampleRun {
  readonly run = new RunScript()
  readonly #watched = new Map<number, Watched>()
  #knote = 1
  #file = 10
  readonly #kqueue = 9

  constructor(rounds: number) {
    this.begin()
    for (let round = 0; round < rounds; round++) this.round(round)
  }

  kevent(ident: number, filter: number, flags: number, data = 0) {
    return { ident, filter, flags, fflags: 0, data, udata: 0n, ext0: 0n, ext1: 0n, ext2: 0n }
  }

  kevents(
    changes: readonly ReturnType<ExampleRun['kevent']>[],
    room = 0,
    events: typeof changes = [],
    error = '',
  ): void {
    const result = BigInt(error === '' ? events.length : -1)
    const call = { name: '__kevent100', fd: 5, kqueue: this.#kqueue, changes, room, events, result, error }
    this.run.emit('kevent-call', call)
  }

  opened(fd: number, type: string, description: string): number {
    const file = this.#file++
    this.run.emit('fd-open', { fd, file, type, description, flags: 2, closeOnExec: 1 })
    return file
  }

  begin(): void {
    const { run } = this
    const session = { version: 1, personality: 'netbsd-10', realtime: '1764000000000000000', program: './epoll-echo' }
    run.emit('session', session)
    for (const fd of [0, 1, 2]) this.opened(fd, 'vnode', '/dev/tty')
    run.emit('exec', { path: '/home/you/epoll-echo', arguments: [{ text: './epoll-echo' }] })
    run.after(210_000)
    run.call('brk', [0], 0x41d000)
    run.call('openat', [-100, '/etc/ld.so.cache', 0], -2)
    run.call('epoll_create1', [0x80000], 5, () => {
      run.emit('step', { label: 'kqueue1', variables: '{"closeOnExec":true}' })
      const file = this.#kqueue
      run.emit('fd-open', {
        fd: 5,
        file,
        type: 'kqueue',
        description: 'anon_inode:[eventpoll]',
        flags: 2,
        closeOnExec: 1,
      })
      run.emit('epoll-create', { epoll: this.#kqueue, fd: 5, mechanism: 0 })
    })
    for (const [i, how] of [0, EPOLLET, EPOLLONESHOT].entries()) this.conversation(6 + 2 * i, how)
    run.call('timerfd_create', [1, 0x80800], 12, () => {
      this.opened(12, 'timerfd', 'anon_inode:[timerfd]')
    })
    this.add(12, EPOLLIN)
    run.call('epoll_ctl', [5, 1, 13, { before: epollEvent(EPOLLIN | 0x1000_0000, 13) }], -22, () => {
      run.emit('step', { label: 'epoll_to_kevent', variables: '{"event":"EPOLLIN|EPOLLEXCLUSIVE"}' })
      run.emit('divergence', { id: 'epoll.refused-events', detail: 'EPOLLEXCLUSIVE' })
    })
    this.beginWatching()
  }

  conversation(fd: number, how: number): void {
    this.run.call('socketpair', [1, 0x80801, 0, { after: words(fd, fd + 1) }], 0, () => {
      const [a, b] = [this.opened(fd, 'socket', 'socket:[4711]'), this.opened(fd + 1, 'socket', 'socket:[4712]')]
      this.buffer(a, 0, b)
      this.buffer(b, 0, a)
    })
    this.add(fd, EPOLLIN | EPOLLRDHUP | how)
    this.add(fd + 1, EPOLLIN)
  }

  buffer(file: number, readable: number, peer: number): void {
    this.run.emit('object-state', { file, readable, writable: 212_992 - readable, peer, due: 0, note: '' })
  }

  objectOf(fd: number): number {
    return fd === 12 ? this.#file - 1 : (this.#watched.get(fd)?.object ?? this.#fileOf(fd))
  }

  /** The descriptors 6 to 11 were opened in order, behind the terminal's three. */
  #fileOf(fd: number): number {
    return fd + 7
  }

  add(fd: number, events: number): void {
    const { run } = this
    const object = this.objectOf(fd)
    const flags = EV_ADD | (events & EPOLLET ? EV_CLEAR : 0) | (events & EPOLLONESHOT ? EV_DISPATCH : 0)
    run.call('epoll_ctl', [5, 1, fd, { before: epollEvent(events, fd) }], 0, () => {
      run.emit('step', { label: 'epoll_to_kevent', variables: '{}' })
      this.kevents([this.kevent(fd, 0, 0)], 0, [], 'ENOENT')
      const read = this.attach(fd, 0, flags, object)
      this.kevents([this.kevent(fd, 0, flags)])
      run.emit('epoll-interest', { epoll: 9, epfd: 5, op: 1, fd, object, events: events >>> 0, data: BigInt(fd) })
      this.#watched.set(fd, { object, read, flags, data: 0, events })
    })
  }

  attach(ident: number, filter: number, flags: number, object: number): number {
    const knote = this.#knote++
    const filterName = filter === 0 ? 'EVFILT_READ' : 'EVFILT_WRITE'
    const head = { knote, kqueue: this.#kqueue, kqueueFd: 5, ident, filter, filterName }
    this.run.emit('knote-attach', { ...head, flags, fflags: 0, ext0: 0n, object })
    this.run.emit('knote-update', { knote, flags, fflags: 0, status: 0 })
    return knote
  }

  /** A wait that sleeps until `fd` can be read. */
  wait(fd: number, ms: number, bytes: number): void {
    const { run } = this
    const watched = this.#watched.get(fd)
    if (watched === undefined) return
    const { read: knote, object, events, flags } = watched
    const isShot = (events & EPOLLONESHOT) !== 0
    const args: ScriptArgument[] = [5, { after: epollEvent(EPOLLIN, fd) }, 16, -1]
    run.enter('epoll_wait', args).after(1500)
    run.emit('step', { label: 'kevent1: wait', variables: '{"epfd":5,"room":16}' })
    if (ms > 0) {
      run.emit('sleep', { message: 'kqueue', epoll: 9 }).after(ms * MS)
      run.as(0, 0, () => {
        this.buffer(object, bytes, fd === 12 ? 0 : object + (fd % 2 === 0 ? 1 : -1))
        run.emit('knote-activate', { knote, data: bytes, flags, fflags: 0, status: 3 })
      })
      run.emit('wake', { by: 0, reason: 'woken' })
    } else run.emit('knote-activate', { knote, data: bytes, flags, fflags: 0, status: 3 })
    const status = isShot ? 4 : (events & EPOLLET) !== 0 ? 0 : 3
    run.emit('knote-deliver', { knote, data: bytes, flags, fflags: 0, status })
    this.kevents([], 16, [this.kevent(fd, 0, flags, bytes)])
    run.emit('epoll-deliver', { epoll: 9, fd, object, events: EPOLLIN, data: BigInt(fd) })
    run.exit('epoll_wait', args, 1).after(1200)
  }

  read(fd: number, content: string): void {
    const object = this.objectOf(fd)
    this.run.call('read', [fd, { after: text(content) }, 64], content.length, () => {
      this.buffer(object, 0, fd === 12 ? 0 : object + (fd % 2 === 0 ? 1 : -1))
    })
    const watched = this.#watched.get(fd)
    if (watched !== undefined && (watched.events & (EPOLLET | EPOLLONESHOT)) === 0)
      this.run.emit('knote-drop', { knote: watched.read, status: 0 })
  }

  arm(fd: number): void {
    const { run } = this
    const watched = this.#watched.get(fd)
    if (watched === undefined) return
    const events = EPOLLIN | EPOLLOUT | EPOLLONESHOT
    run.call('epoll_ctl', [5, 3, fd, { before: epollEvent(events, fd) }], 0, () => {
      run.emit('knote-detach', { knote: watched.read })
      if (watched.write !== undefined) run.emit('knote-detach', { knote: watched.write })
      this.kevents([this.kevent(fd, 0, EV_DELETE)])
      this.kevents([this.kevent(fd, 1, EV_DELETE)], 0, [], 'ENOENT')
      const read = this.attach(fd, 0, EV_ADD | EV_DISPATCH, watched.object)
      const write = this.attach(fd, 1, EV_ADD | EV_DISPATCH, watched.object)
      run.emit('knote-update', { knote: write, flags: EV_ADD | EV_DISPATCH, fflags: 0, status: 4 })
      this.kevents([this.kevent(fd, 0, EV_ADD | EV_DISPATCH), this.kevent(fd, 1, EV_ADD | EV_DISPATCH)])
      run.emit('epoll-interest', { epoll: 9, epfd: 5, op: 3, fd, object: watched.object, events, data: BigInt(fd) })
      this.#watched.set(fd, { ...watched, read, write, events })
    })
  }

  round(round: number): void {
    const { run } = this
    const fd = 6 + 2 * (round % 3)
    const message = `message ${round}`
    this.wait(12, 160, 1)
    this.read(12, '\x01\0\0\0\0\0\0\0')
    run.call('write', [fd + 1, { before: text(message) }, message.length], message.length, () => {
      this.buffer(this.objectOf(fd), message.length, this.objectOf(fd + 1))
    })
    this.wait(fd, 0, message.length)
    this.read(fd, message)
    if (fd === 10) this.arm(fd)
    run.call('read', [fd, 0x7ffd_0000_2000, 64], -11)
    run.call('write', [1, { before: text(`heard ${message}\n`) }, message.length + 7], message.length + 7)
    if (round % 2 === 0) this.fileStory(round)
  }

  // ---- the watcher ----

  beginWatching(): void {
    const { run } = this
    run.call('inotify_init1', [0x800], 15, () => {
      this.opened(15, 'misc', 'anon_inode:inotify')
      run.emit('inotify-create', { instance: 300, fd: 15 })
    })
    for (const [wd, path] of [
      [16, '/tmp/inbox'],
      [17, '/tmp/archive'],
    ] as const) {
      run.call('inotify_add_watch', [15, path, 0xfff], wd, () => {
        this.opened(wd, 'vnode', path)
        run.emit('inotify-watch', { instance: 300, wd, mask: 0xfff, path, vnode: 500 + wd })
      })
    }
  }

  #depth = 0

  queue(wd: number, mask: number, name: string, operation: string, notes: number, cookie = 0): void {
    const { run } = this
    const path = wd === 16 ? '/tmp/inbox' : '/tmp/archive'
    run.emit('vnode-note', { vnode: 500 + wd, notes, operation, path })
    this.#depth++
    run.emit('inotify-enqueue', { instance: 300, wd, mask, cookie, name, depth: this.#depth })
  }

  fileStory(round: number): void {
    const { run } = this
    const name = `note-${round}.txt`
    run.call('openat', [-100, `/tmp/inbox/${name}`, 0x41, 0o644], 18, () => this.queue(16, 0x100, name, 'create', 2))
    run.after(9 * MS)
    run.call('write', [18, { before: text('hello') }, 5], 5)
    run.call('close', [18], 0)
    run.after(14 * MS)
    run.call('rename', [`/tmp/inbox/${name}`, `/tmp/archive/${name}`], 0, () => {
      run.emit('divergence', {
        id: 'inotify.no-cookie-across',
        detail: `a move of ${name} between two watched directories`,
      })
      this.queue(16, 0x200, name, 'rename', 2)
      this.queue(17, 0x100, name, 'rename', 2)
    })
    run.after(22 * MS)
    if (round % 4 !== 0) return
    const count = this.#depth
    run.call('read', [15, { after: new Uint8Array(16) }, 4096], 32 * count, () => {
      this.#depth = 0
      run.emit('inotify-read', { instance: 300, count, bytes: 32 * count, depth: 0 })
    })
  }

  end(): this {
    const { run } = this
    run.enter('exit_group', [0]).after(1000)
    run.emit('epoll-close', { epoll: 9 })
    run.emit('inotify-close', { instance: 300 })
    run.emit('thread-exit', { status: 0 })
    run.emit('process-exit', { status: 0, signal: 0, core: 0 })
    return this
  }
}
