/** A server with many connections, in one process or several, with all that is not plain in an epoll graph: for looking at, and for measuring. */
import { RunScript } from './run-script.ts'

const EPOLLIN = 1
const EPOLLOUT = 4
const EPOLLET = 0x8000_0000
const EV_ADD = 1
const EV_CLEAR = 0x20
const ROOM = 212_992

interface Connection {
  readonly fd: number
  readonly file: number
  readonly read: number
  readonly flags: number
}

interface Server {
  readonly pid: number
  readonly epoll: number
  readonly connections: Connection[]
}

export class ServerRun {
  readonly run = new RunScript(1203)
  readonly servers: Server[] = []
  #file = 10
  #knote = 1
  #turn = 0

  /** `processes` servers with `sockets` connections each. */
  constructor(sockets: number, processes = 1) {
    const session = {
      version: 1,
      personality: 'netbsd-10',
      realtime: '1764000000000000000',
      program: '/usr/bin/redis-server',
    }
    this.run.emit('session', session)
    for (let i = 0; i < processes; i++) this.#server(1203 + i, sockets)
  }

  #open(fd: number, type: string, description: string): number {
    const file = this.#file++
    this.run.emit('fd-open', { fd, file, type, description, flags: 2, closeOnExec: 1 })
    return file
  }

  #server(pid: number, sockets: number): void {
    const { run } = this
    run.as(pid, pid, () => {
      if (pid !== 1203) run.emit('process-start', { parent: 1203, how: 'clone' })
      run.emit('exec', { path: '/usr/bin/redis-server', arguments: [] })
      let epoll = 0
      run.call('epoll_create1', [0x80000], 5, () => {
        epoll = this.#open(5, 'kqueue', 'anon_inode:[eventpoll]')
        run.emit('epoll-create', { epoll, fd: 5, mechanism: 0 })
      })
      const server: Server = { pid, epoll, connections: [] }
      this.servers.push(server)
      const listening = this.#open(6, 'socket', 'tcp 127.0.0.1:6379')
      run.emit('object-state', { file: listening, readable: 0, writable: 0, peer: 0, due: 0, note: 'listening' })
      this.#watch(server, 6, listening, EPOLLIN)
      for (let i = 0; i < sockets; i++) {
        const file = this.#open(8 + i, 'socket', `tcp 127.0.0.1:6379 ⇄ 127.0.0.1:${40_000 + i}`)
        run.emit('object-state', { file, readable: 0, writable: ROOM, peer: 0, due: 0, note: '' })
        this.#watch(server, 8 + i, file, i % 5 === 4 ? EPOLLIN | EPOLLET : i % 7 === 6 ? EPOLLIN | EPOLLOUT : EPOLLIN)
      }
    })
  }

  #watch(server: Server, fd: number, object: number, events: number): void {
    const { run } = this
    const flags = EV_ADD | ((events & EPOLLET) !== 0 ? EV_CLEAR : 0)
    run.call('epoll_ctl', [5, 1, fd, 0x1000], 0, () => {
      const read = this.#attach(server.epoll, fd, object, 0, flags)
      if ((events & EPOLLOUT) !== 0) this.#attach(server.epoll, fd, object, 1, flags)
      const interest = { epoll: server.epoll, epfd: 5, op: 1, fd, object, events: events >>> 0, data: BigInt(fd) }
      run.emit('epoll-interest', interest)
      server.connections.push({ fd, file: object, read, flags })
    })
  }

  #attach(kqueue: number, ident: number, object: number, filter: number, flags: number): number {
    const knote = this.#knote++
    const head = {
      knote,
      kqueue,
      kqueueFd: 5,
      ident,
      filter,
      filterName: filter === 0 ? 'EVFILT_READ' : 'EVFILT_WRITE',
    }
    this.run.emit('knote-attach', { ...head, flags, fflags: 0, ext0: 0n, object })
    return knote
  }

  /** Requests come on `active` connections of each server, are delivered, read and answered; the last `left` stay in the queue. */
  turn(active: number, left = 0): this {
    const { run } = this
    for (const { pid, epoll, connections } of this.servers) {
      const chosen = Array.from(
        { length: Math.min(active, connections.length - 1) },
        (_, i) => connections[1 + ((this.#turn * 37 + i * 11) % (connections.length - 1))],
      )
      run.as(pid, pid, () => {
        run.enter('epoll_wait', [5, 0x2000, 64, -1]).after(1000)
        run.emit('sleep', { message: 'kqueue', epoll }).after(2_000_000)
        for (const { file, read, flags } of chosen) {
          run.as(0, 0, () => {
            run.emit('object-state', { file, readable: 14, writable: ROOM, peer: 0, due: 0, note: '' })
            run.emit('knote-activate', { knote: read, data: 14, flags, fflags: 0, status: 3 })
          })
        }
        run.emit('wake', { by: 0, reason: 'woken' })
        for (const { read, flags } of chosen.slice(0, Math.max(0, chosen.length - left)))
          run.emit('knote-deliver', {
            knote: read,
            data: 14,
            flags,
            fflags: 0,
            status: (flags & EV_CLEAR) === 0 ? 3 : 0,
          })
        run.exit('epoll_wait', [5, 0x2000, 64, -1], chosen.length).after(500)
        for (const { fd, file, read, flags } of chosen.slice(0, Math.max(0, chosen.length - left))) {
          run.call('read', [fd, 0x3000, 16_384], 14, () => {
            run.emit('object-state', { file, readable: 0, writable: ROOM, peer: 0, due: 0, note: '' })
          })
          if ((flags & EV_CLEAR) === 0) run.emit('knote-drop', { knote: read, status: 0 })
          run.call('write', [fd, 0x4000, 7], 7)
        }
      })
    }
    this.#turn++
    return this
  }

  /** A duplicate, a child without the kqueue, a nested epoll, a half left behind, a refused event, a removed interest. */
  oddities(): this {
    const { run } = this
    const [{ epoll, connections }] = this.servers
    run.call('dup', [5], 4, () => {
      run.emit('fd-open', {
        fd: 4,
        file: epoll,
        type: 'kqueue',
        description: 'anon_inode:[eventpoll]',
        flags: 2,
        closeOnExec: 0,
      })
    })
    run.as(1210, 1210, () => run.emit('process-start', { parent: 1203, how: 'clone' }))
    let below = 0
    run.call('epoll_create1', [0], 90, () => {
      below = this.#open(90, 'kqueue', 'anon_inode:[eventpoll]')
      run.emit('epoll-create', { epoll: below, fd: 90, mechanism: 0 })
    })
    const nested: Server = { pid: 1203, epoll: below, connections: [] }
    const timer = this.#open(91, 'timerfd', 'anon_inode:[timerfd]')
    this.#watch(nested, 91, timer, EPOLLIN)
    this.#watch(this.servers[0], 90, below, EPOLLIN)
    const pipe = this.#open(92, 'pipe', 'pipe:[77]')
    run.emit('object-state', { file: pipe, readable: 0, writable: 0, peer: 0, due: 0, note: 'no writer' })
    run.call('epoll_ctl', [90, 1, 92, 0x1000], -22, () => {
      this.#attach(below, 92, pipe, 0, EV_ADD)
      const change = {
        ident: 92,
        filter: 0,
        flags: EV_ADD,
        fflags: 0,
        data: 0,
        udata: 0n,
        ext0: 0n,
        ext1: 0n,
        ext2: 0n,
      }
      const changes = [change, { ...change, filter: 1 }]
      run.emit('kevent-call', {
        name: '__kevent100',
        fd: 90,
        kqueue: below,
        changes,
        room: 0,
        events: [],
        result: -1n,
        error: 'EINVAL',
      })
    })
    run.call('epoll_ctl', [5, 3, connections[2].fd, 0x1000], -22, () => {
      run.emit('divergence', { id: 'epoll.refused-events', detail: 'EPOLLWAKEUP' })
    })
    const [, gone] = connections
    run.call('close', [gone.fd], 0, () => {
      run.emit('knote-detach', { knote: gone.read })
      run.emit('fd-close', { fd: gone.fd, file: gone.file })
    })
    connections.splice(1, 1)
    return this
  }
}
