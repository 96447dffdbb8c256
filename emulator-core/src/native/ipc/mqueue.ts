/** POSIX message queues: sys/kern/sys_mqueue.c. A queue has a name and permissions; who opens it gets an open file of it. */
import { EAGAIN, EBADF, EBUSY, EINVAL, EMSGSIZE, ENOMEM, ETIMEDOUT, EWOULDBLOCK } from '../errno.ts'
import { File, FREAD, FWRITE } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { selinfoFilter } from '../kqueue/filterops.ts'
import { EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import type { Proc } from '../proc.ts'
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, SelInfo } from '../selinfo.ts'
import { postSignal } from '../signal/post.ts'
import { SI_MESGQ } from '../signal/siginfo.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from '../sleep.ts'
import { S_IFREG, type Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'

interface Message {
  readonly priority: number
  readonly bytes: Uint8Array
}

/** A sleeping sender with its message, or a receiver that is given one. */
interface Waiter {
  readonly channel: WaitChannel
  message: Message | undefined
  served: boolean
}

/** Who is told, once, that a message came to an empty queue; without a signal and without `tell` nothing is sent. */
export interface MqNotification {
  readonly proc: Proc
  /** SIGEV_ number, for whoever reads the queue's file. */
  readonly how: number
  readonly signo: number
  readonly value: bigint
  /** Another way than a signal, which also hears that it will not be told any more. */
  readonly tell?: (what: 'message' | 'removed') => void
}

/** What the messages of all queues may take together, in bytes. */
const MOST_BYTES = 64 << 20
const MESSAGE_COST = 64
/** What Linux says the file's size is. */
const STATUS_BYTES = 80
const MQUEUE_DEVICE = 24

export interface MqAttributes {
  readonly maxmsg: number
  readonly msgsize: number
}

let nextInode = 1

export class MessageQueueNode {
  readonly kernel: Kernel
  readonly name: string
  readonly attributes: MqAttributes
  readonly uid: number
  readonly gid: number
  readonly mode: number
  readonly inode = nextInode++
  readonly birthtime: bigint
  /** What it counts against its maker's RLIMIT_MSGQUEUE. */
  readonly charge: number
  /** Highest priority first, oldest first within one. */
  readonly messages: Message[] = []
  readonly selinfo = new SelInfo()
  /** In the order they came. */
  readonly receivers = new Set<Waiter>()
  readonly senders = new Set<Waiter>()
  notification: MqNotification | undefined
  opens = 0
  unlinked = false

  constructor(
    kernel: Kernel,
    name: string,
    attributes: MqAttributes,
    owner: { uid: number; gid: number; mode: number; charge: number },
  ) {
    this.kernel = kernel
    this.name = name
    this.attributes = attributes
    this.uid = owner.uid
    this.gid = owner.gid
    this.mode = owner.mode
    this.charge = owner.charge
    this.birthtime = kernel.clock.realtime()
  }

  get isFull(): boolean {
    return this.messages.length >= this.attributes.maxmsg
  }

  #insert(message: Message): void {
    let at = this.messages.length
    while (at > 0 && this.messages[at - 1].priority < message.priority) at--
    this.messages.splice(at, 0, message)
  }

  /** A message goes to who waits longest for one, or into the queue: then somebody may be told. */
  put(message: Message, sender: Lwp): void {
    for (const receiver of this.receivers) {
      receiver.message = message
      serve(this.receivers, receiver)
      return
    }
    this.#insert(message)
    this.selinfo.notify(POLLIN | POLLRDNORM)
    if (this.messages.length === 1) this.#tell(sender)
  }

  /** The first message, whose place the first sleeping sender's takes. */
  take(): Message | undefined {
    const message = this.messages.shift()
    if (message === undefined) return undefined
    for (const sender of this.senders) {
      if (sender.message !== undefined) this.#insert(sender.message)
      serve(this.senders, sender)
      break
    }
    if (!this.isFull) this.selinfo.notify(POLLOUT | POLLWRNORM)
    return message
  }

  #tell(sender: Lwp): void {
    const { notification } = this
    this.notification = undefined
    notification?.tell?.('message')
    if (notification === undefined || notification.signo === 0) return
    const { proc, signo, value } = notification
    const { pid, credentials } = sender.proc
    if (proc.exitStatus === undefined) postSignal(proc, signo, { code: SI_MESGQ, pid, uid: credentials.uid, value })
  }
}

function serve(line: Set<Waiter>, waiter: Waiter): void {
  line.delete(waiter)
  waiter.served = true
  waiter.channel.wakeAll()
}

export class MessageQueueFile extends File {
  readonly type = 'misc'
  readonly queue: MessageQueueNode
  readonly #all: PosixQueues

  constructor(all: PosixQueues, queue: MessageQueueNode, flags: number) {
    super(flags)
    this.#all = all
    this.queue = queue
    queue.opens++
  }

  override describe(): string {
    return `/${this.queue.name}${this.queue.unlinked ? ' (deleted)' : ''}`
  }

  /** mq_timedsend(2). @param deadline monotonic nanoseconds. @throws EBADF, EMSGSIZE, EFAULT, EAGAIN, ETIMEDOUT, ENOMEM */
  *send(l: Lwp, bytes: () => Uint8Array, length: number, priority: number, deadline: number): Kthread<number> {
    const { queue } = this
    if ((this.flags & FWRITE) === 0) throw EBADF
    if (length > queue.attributes.msgsize) throw EMSGSIZE
    const message = { priority, bytes: bytes() }
    if (!queue.isFull) {
      this.#charge(message)
      queue.put(message, l)
      return 0
    }
    if (this.nonblocking) throw EAGAIN
    this.#charge(message)
    const waiter: Waiter = { channel: new WaitChannel('mqsend'), message, served: false }
    try {
      yield* this.#wait(l, queue.senders, waiter, deadline)
    } finally {
      if (!waiter.served) this.#all.give(length + MESSAGE_COST)
    }
    return 0
  }

  #charge({ bytes }: Message): void {
    if (!this.#all.take(bytes.length + MESSAGE_COST)) throw ENOMEM
  }

  /** mq_timedreceive(2). @param room bytes there are for it, at least the queue's message size. @throws EBADF, EMSGSIZE, EAGAIN, ETIMEDOUT */
  *receive(l: Lwp, room: number, deadline: number): Kthread<Message> {
    const { queue } = this
    if ((this.flags & FREAD) === 0) throw EBADF
    if (room < queue.attributes.msgsize) throw EMSGSIZE
    const message = queue.take() ?? (yield* this.#delivered(l, deadline))
    this.#all.give(message.bytes.length + MESSAGE_COST)
    return message
  }

  *#delivered(l: Lwp, deadline: number): Kthread<Message> {
    if (this.nonblocking) throw EAGAIN
    const waiter: Waiter = { channel: new WaitChannel('mqrecv'), message: undefined, served: false }
    yield* this.#wait(l, this.queue.receivers, waiter, deadline)
    if (waiter.message === undefined) throw EAGAIN
    return waiter.message
  }

  *#wait(l: Lwp, line: Set<Waiter>, waiter: Waiter, deadline: number): Kthread<void> {
    line.add(waiter)
    try {
      while (!waiter.served) yield* cvTimedwaitSig(l, waiter.channel, deadline)
    } catch (error) {
      // Who was served in the same moment has what it waited for.
      if (!waiter.served) throw error === EWOULDBLOCK ? ETIMEDOUT : error
    } finally {
      line.delete(waiter)
    }
  }

  /** mq_notify(2): none takes one's own away. @throws EBUSY */
  register(l: Lwp, notification: MqNotification | undefined): void {
    const { queue } = this
    const present = queue.notification
    if (notification !== undefined) {
      if (present !== undefined && present.proc.exitStatus === undefined) throw EBUSY
      queue.notification = notification
    } else if (present?.proc === l.proc) {
      queue.notification = undefined
      present.tell?.('removed')
    }
  }

  override descriptorClosed(l: Lwp): void {
    this.register(l, undefined)
  }

  /** What Linux's file of a queue says. */
  override read(_l: Lwp, uio: Uio): number {
    const { messages, notification } = this.queue
    const bytes = messages.reduce((sum, m) => sum + m.bytes.length, 0)
    const field = (n: number | undefined, width: number): string => String(n ?? 0).padEnd(width)
    const text = `QSIZE:${field(bytes, 10)} NOTIFY:${field(notification?.how, 5)} SIGNO:${field(notification?.signo, 5)} NOTIFY_PID:${field(notification?.proc.pid, 6)}\n`
    const moved = uio.write(Buffer.from(text).subarray(uio.offset ?? this.offset))
    if (uio.offset === undefined) this.offset += moved
    return moved
  }

  override write(): number {
    throw EINVAL
  }

  override seek(_l: Lwp, delta: number, whence: number): number {
    const at = whence === 0 ? delta : whence === 1 ? this.offset + delta : whence === 2 ? STATUS_BYTES + delta : -1
    if (at < 0) throw EINVAL
    this.offset = at
    return at
  }

  override poll(events: number): number {
    const now =
      (this.queue.messages.length > 0 ? POLLIN | POLLRDNORM : 0) | (this.queue.isFull ? 0 : POLLOUT | POLLWRNORM)
    return now & events
  }

  override pollSources(): readonly SelInfo[] {
    return [this.queue.selinfo]
  }

  override kqfilter(kn: Knote): Filterops {
    const { queue } = this
    switch (kn.kevent.filter) {
      case EVFILT_READ:
        return selinfoFilter('mq_read', queue.selinfo, k => {
          k.kevent.data = queue.messages.length
          return queue.messages.length > 0
        })
      case EVFILT_WRITE:
        return selinfoFilter('mq_write', queue.selinfo, k => {
          k.kevent.data = queue.attributes.maxmsg - queue.messages.length
          return !queue.isFull
        })
      default:
        throw EINVAL
    }
  }

  override stat(): Stat {
    const { uid, gid, mode, inode, birthtime, unlinked } = this.queue
    const times = { atime: birthtime, mtime: birthtime, ctime: birthtime, birthtime }
    const fixed = { dev: MQUEUE_DEVICE, rdev: 0, size: STATUS_BYTES, blksize: 4096, blocks: 0 }
    return { ...fixed, ...times, ino: inode, nlink: unlinked ? 0 : 1, mode: S_IFREG | mode, uid, gid }
  }

  override reopen(_l: Lwp, flags: number): MessageQueueFile {
    return new MessageQueueFile(this.#all, this.queue, flags)
  }

  override close(): void {
    this.queue.opens--
    this.#all.disposeIfUnused(this.queue)
  }
}

/** All queues, by their names without the slash. */
export class PosixQueues {
  readonly byName = new Map<string, MessageQueueNode>()
  /** What each user's queues count against RLIMIT_MSGQUEUE. */
  readonly charged = new Map<number, number>()
  /** What all messages cost. */
  bytes = 0

  take(bytes: number): boolean {
    if (this.bytes + bytes > MOST_BYTES) return false
    this.bytes += bytes
    return true
  }

  give(bytes: number): void {
    this.bytes -= bytes
  }

  add(queue: MessageQueueNode): void {
    this.byName.set(queue.name, queue)
    this.charged.set(queue.uid, (this.charged.get(queue.uid) ?? 0) + queue.charge)
  }

  unlink(queue: MessageQueueNode): void {
    this.byName.delete(queue.name)
    queue.unlinked = true
    this.disposeIfUnused(queue)
  }

  /** It lives as long as its name or an open file. */
  disposeIfUnused(queue: MessageQueueNode): void {
    if (!queue.unlinked || queue.opens > 0) return
    for (const m of queue.messages) this.give(m.bytes.length + MESSAGE_COST)
    queue.messages.length = 0
    const left = (this.charged.get(queue.uid) ?? 0) - queue.charge
    if (left > 0) this.charged.set(queue.uid, left)
    else this.charged.delete(queue.uid)
  }
}
