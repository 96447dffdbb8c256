/** A process with epoll instances, pipes and eventfds, under one of the two mechanisms. */
import type { CallFamily } from '../../src/compat-linux/call.ts'
import { epollCalls } from '../../src/compat-linux/epoll.ts'
import { socketCalls } from '../../src/compat-linux/socket.ts'
import { FNONBLOCK } from '../../src/native/file.ts'
import { Eventfd } from '../../src/native/ipc/eventfd.ts'
import { createPipe } from '../../src/native/ipc/pipe.ts'
import type { Kernel } from '../../src/native/kernel.ts'
import { KernelUio } from '../../src/native/uio.ts'
import { FakeKernel, type FakeThread, fakeThread, run } from './fake-kernel.ts'

export const EVENT = 0x2000
export const EVENTS = 0x3000
const PAIR = 0x1f00
const AF_UNIX = 1
const SOCK_STREAM_NONBLOCK = 0x801

export class EpollWorld {
  readonly t: FakeThread
  readonly calls: CallFamily
  constructor(calls: CallFamily) {
    const kernel = new FakeKernel()
    kernel.netbsd = calls === epollCalls
    this.t = fakeThread(kernel)
    this.calls = calls
  }

  create(): number {
    return Number(run(this.t, l => this.calls.epoll_create1(l, 0, 0, 0, 0, 0, 0)))
  }

  ctl(epfd: number, op: number, fd: number, events = 0, data = BigInt(fd)): number | string {
    this.t.l.memory.writeU32(EVENT, events)
    this.t.l.memory.writeBigU64(EVENT + 4, data)
    return run(this.t, l => this.calls.epoll_ctl(l, epfd, op, fd, EVENT, 0, 0))
  }

  /** `data:events` of each record, or an error's name. */
  wait(epfd: number, room = 10, ms = 0): string[] | string {
    const n = run(this.t, l => this.calls.epoll_wait(l, epfd, EVENTS, room, ms, 0, 0))
    return typeof n === 'string' ? n : this.records(n)
  }

  records(n: number): string[] {
    return Array.from({ length: n }, (_, i) => {
      const at = EVENTS + i * 12
      return `${this.t.l.memory.readBigU64(at + 4)}:${this.t.l.memory.readU32(at).toString(16)}`
    })
  }

  eventfd(value: number): { fd: number; file: Eventfd } {
    const file = new Eventfd(this.t.kernel as unknown as Kernel, value, false, FNONBLOCK)
    return { fd: this.t.l.proc.fd.allocate(file, false), file }
  }

  pipe(): { r: number; w: number; put(text: string): void; take(): void } {
    const { reader, writer } = createPipe(this.t.kernel as unknown as Kernel, FNONBLOCK)
    const r = this.t.l.proc.fd.allocate(reader, false)
    const w = this.t.l.proc.fd.allocate(writer, false)
    return {
      r,
      w,
      put: text => void writer.write(this.t.l, new KernelUio(new TextEncoder().encode(text), 'out')),
      take: () => void reader.read(this.t.l, new KernelUio(new Uint8Array(100), 'in')),
    }
  }

  socketpair(): [number, number] {
    run(this.t, l => socketCalls.socketpair(l, AF_UNIX, SOCK_STREAM_NONBLOCK, 0, PAIR, 0, 0))
    return [this.t.l.memory.readU32(PAIR), this.t.l.memory.readU32(PAIR + 4)]
  }

  /** Ids of the divergences told since the last time it was asked. */
  met(): string[] {
    const { events } = this.t.kernel
    return events.splice(0).flatMap(({ kind, payload }) => (kind === 'divergence' ? [String(payload.id)] : []))
  }
}
