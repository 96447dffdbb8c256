/** System V message queues: sys/kern/sysv_msg.c. */
import { meets } from '../divergence.ts'
import { E2BIG, EAGAIN, EIDRM, EINVAL, ENOMSG } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import { cvWaitSig, type Kthread, WaitChannel } from '../sleep.ts'
import { IPC_NOWAIT, type IpcObject, type IpcPerm, IpcTable } from './sysv-ipc.ts'
import { MOST_MESSAGE_BYTES, type SysvLimits } from './sysv-limits.ts'
import { seconds } from './sysv-shm.ts'

export const MSG_NOERROR = 0o10000
export const MSG_EXCEPT = 0o20000

export interface Message {
  /** As a C long: beyond 2^53 a number cannot tell two apart. */
  readonly type: bigint
  readonly text: Uint8Array
}

/** What a message costs besides its text. */
const MESSAGE_COST = 128

export class MessageQueue implements IpcObject {
  readonly id: number
  readonly perm: IpcPerm
  readonly messages: Message[] = []
  /** Bytes in it, and the most there may be. */
  bytes = 0
  qbytes: number
  /** Seconds since 1970, and who did it. */
  stime = 0
  rtime = 0
  ctime: number
  lspid = 0
  lrpid = 0
  #removed = false
  readonly #kernel: Kernel
  readonly #all: MessageQueues
  readonly #senders = new WaitChannel('msgwait')
  readonly #receivers = new WaitChannel('msgwait')

  constructor(kernel: Kernel, all: MessageQueues, id: number, perm: IpcPerm, qbytes: number) {
    this.#kernel = kernel
    this.#all = all
    this.id = id
    this.perm = perm
    this.qbytes = qbytes
    this.ctime = seconds(kernel)
  }

  #hasRoom(length: number): boolean {
    if (length + this.bytes > this.qbytes || this.messages.length >= this.qbytes) return false
    return this.#all.bytes + length + MESSAGE_COST <= MOST_MESSAGE_BYTES
  }

  /** msgsnd(2). @param permitted throws EACCES; asked again after each sleep. @throws EAGAIN, EIDRM, EINVAL, EINTR, ERESTART */
  *send(l: Lwp, message: Message, flags: number, permitted: () => void): Kthread<void> {
    for (;;) {
      if (this.#removed) throw EIDRM
      permitted()
      if (this.#hasRoom(message.text.length)) break
      const { length } = message.text
      if (length > this.qbytes && meets(l, 'msgsnd.too-large', `${length} bytes for ${this.qbytes}`)) throw EINVAL
      if ((flags & IPC_NOWAIT) !== 0) throw EAGAIN
      yield* cvWaitSig(l, this.#senders)
    }
    this.messages.push(message)
    this.bytes += message.text.length
    this.#all.bytes += message.text.length + MESSAGE_COST
    this.stime = seconds(this.#kernel)
    this.lspid = l.proc.pid
    this.#receivers.wakeAll()
  }

  /** The first message of a kind: any (0), of a type, of no such type (MSG_EXCEPT), or of the lowest type up to one (negative). */
  #find(type: bigint, except: boolean): number {
    if (type === 0n) return this.messages.length > 0 ? 0 : -1
    if (type > 0n) return this.messages.findIndex(m => (m.type === type) !== except)
    let best = -1
    this.messages.forEach((m, i) => {
      if (m.type <= -type && (best < 0 || m.type < this.messages[best].type)) best = i
    })
    return best
  }

  /** msgrcv(2): the message, which may be longer than `size` with MSG_NOERROR. @throws ENOMSG, E2BIG, EIDRM, EINTR, ERESTART */
  *receive(l: Lwp, size: number, type: bigint, flags: number, permitted: () => void): Kthread<Message> {
    for (;;) {
      if (this.#removed) throw EIDRM
      permitted()
      const i = this.#find(type, (flags & MSG_EXCEPT) !== 0)
      if (i >= 0) return this.#take(l, i, size, flags)
      if ((flags & IPC_NOWAIT) !== 0) throw ENOMSG
      yield* cvWaitSig(l, this.#receivers)
    }
  }

  #take(l: Lwp, i: number, size: number, flags: number): Message {
    const message = this.messages[i]
    if (message.text.length > size && (flags & MSG_NOERROR) === 0) throw E2BIG
    this.messages.splice(i, 1)
    this.bytes -= message.text.length
    this.#all.bytes -= message.text.length + MESSAGE_COST
    this.rtime = seconds(this.#kernel)
    this.lrpid = l.proc.pid
    if (this.#all.bytes > MOST_MESSAGE_BYTES / 2) this.#all.roomAgain()
    else this.#senders.wakeAll()
    return message
  }

  wakeSenders(): void {
    this.#senders.wakeAll()
  }

  changed(): void {
    this.ctime = seconds(this.#kernel)
    this.#senders.wakeAll()
    this.#receivers.wakeAll()
  }

  /** IPC_RMID. */
  end(): void {
    this.#removed = true
    for (const m of this.messages) this.#all.bytes -= m.text.length + MESSAGE_COST
    this.messages.length = 0
    this.changed()
  }
}

export class MessageQueues {
  readonly queues = new IpcTable<MessageQueue>()
  /** What all messages cost. */
  bytes = 0

  /** msgget(2). @throws EEXIST, ENOENT, EACCES, ENOSPC */
  get(l: Lwp, key: number, flags: number, limits: SysvLimits): MessageQueue {
    return this.queues.get(
      l,
      key,
      flags,
      [limits, 'msgmni'],
      () => {},
      (id, perm) => new MessageQueue(l.proc.kernel, this, id, perm, limits.msgmnb),
    )
  }

  remove(queue: MessageQueue): void {
    this.queues.remove(queue)
    queue.end()
  }

  /** Senders to any queue may have waited for this. */
  roomAgain(): void {
    for (const q of this.queues) q.wakeSenders()
  }
}
