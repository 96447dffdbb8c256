/** POSIX message queues: sys/compat/linux/common/linux_mqueue.c, sys/kern/sys_mqueue.c; Linux: ipc/mqueue.c. */
import { NetlinkSocket } from '../linux/netlink-socket.ts'
import { meets } from '../native/divergence.ts'
import { EACCES, EBADF, EEXIST, EINVAL, EMFILE, ENOENT, ENOSPC, EPERM } from '../native/errno.ts'
import { FNONBLOCK, FREAD, FWRITE } from '../native/file.ts'
import { MessageQueueFile, MessageQueueNode, type MqAttributes, type MqNotification } from '../native/ipc/mqueue.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Credentials } from '../native/proc.ts'
import { RLIMIT_MSGQUEUE } from '../native/resource-limits.ts'
import { NSIG } from '../native/signal/numbers.ts'
import type { Kthread } from '../native/sleep.ts'
import { type CallFamily, size } from './call.ts'
import { allocateDescriptor, O_NONBLOCK } from './new-descriptor.ts'
import { absoluteDeadline } from './restart.ts'
import { socketOf } from './socket-create.ts'

const O_ACCMODE = 3
const O_CREAT = 0x40
const O_EXCL = 0x80
const NAME_MAX = 255
const MQ_PRIO_MAX = 32768

/** /proc/sys/fs/mqueue, and what root may have. */
export const MQ_LIMITS = { queues: 256, maxmsg: 10, msgsize: 8192, hardMaxmsg: 65536, hardMsgsize: 16 << 20 } as const
/** NetBSD's: mq_open_max, MQ_DEF_MAXMSG and MQ_DEF_MSGSIZE with their sixteenfold limits. */
const NETBSD = { queues: 512, defaultMaxmsg: 32, defaultMsgsize: 1024, maxmsg: 512, msgsize: 16384 } as const
/** What Linux counts for a message besides its bytes: a pointer, and a node of the tree of priorities. */
const POINTER = 8
const TREE_NODE = 48

/** @throws EFAULT, ENOENT, EACCES, ENAMETOOLONG */
function queueName(l: Lwp, address: number): string {
  const name = l.memory.copyinstr(address, NAME_MAX + 1)
  if (name === '') throw ENOENT
  if (name.includes('/') || name === '.' || name === '..') throw EACCES
  return name
}

/** struct mq_attr: flags, maxmsg, msgsize, curmsgs, and four that mean nothing. */
const ATTR_BYTES = 64

/** @throws EFAULT, EINVAL */
function attributesFor(l: Lwp, address: number): MqAttributes {
  const netbsd = l.proc.kernel.diverges('mq.limits')
  if (address === 0) meets(l, 'mq.limits', 'no attributes given')
  const [maxmsg, msgsize] = netbsd
    ? [NETBSD.defaultMaxmsg, NETBSD.defaultMsgsize]
    : [MQ_LIMITS.maxmsg, MQ_LIMITS.msgsize]
  if (address === 0) return { maxmsg, msgsize }
  const wanted = { maxmsg: l.memory.readI64(address + 8), msgsize: l.memory.readI64(address + 16) }
  const root = l.credentials.euid === 0
  const linux = {
    maxmsg: root ? MQ_LIMITS.hardMaxmsg : MQ_LIMITS.maxmsg,
    msgsize: root ? MQ_LIMITS.hardMsgsize : MQ_LIMITS.msgsize,
  }
  if (wanted.maxmsg <= 0 || wanted.msgsize <= 0) throw EINVAL
  const fits = (most: MqAttributes): boolean => wanted.maxmsg <= most.maxmsg && wanted.msgsize <= most.msgsize
  if (fits(NETBSD) !== fits(linux)) meets(l, 'mq.limits', `${wanted.maxmsg} messages of ${wanted.msgsize} bytes`)
  if (!fits(netbsd ? NETBSD : linux)) throw EINVAL
  return wanted
}

/** Read 4, write 2. @throws EACCES */
function checkMode({ euid, egid, groups }: Credentials, queue: MessageQueueNode, wanted: number): void {
  if (euid === 0) return
  const shift = euid === queue.uid ? 6 : egid === queue.gid || groups.includes(queue.gid) ? 3 : 0
  if ((wanted & ~(queue.mode >> shift)) !== 0) throw EACCES
}

/** mq_open(2): the descriptor is closed by execve. @throws EINVAL, EFAULT, ENOENT, EEXIST, EACCES, EMFILE, ENOSPC, ENAMETOOLONG */
function linux_sys_mq_open(l: Lwp, nameAddress: number, flagsArgument: number, mode: number, attr: number): number {
  const flags = flagsArgument | 0
  const { mqueues } = l.proc.kernel
  // They are read even if they mean nothing.
  if (attr !== 0) l.memory.copyin(attr, ATTR_BYTES)
  const attributes = (flags & O_CREAT) !== 0 ? attributesFor(l, attr) : undefined
  const name = queueName(l, nameAddress)
  const access = [FREAD, FWRITE, FREAD | FWRITE][flags & O_ACCMODE]
  let queue = mqueues.byName.get(name)
  if (queue === undefined) {
    if (attributes === undefined) throw ENOENT
    if (access === undefined) throw EINVAL
    queue = create(l, name, attributes, mode)
  } else {
    if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) throw EEXIST
    if (access === undefined) throw EINVAL
    checkMode(l.credentials, queue, [4, 2, 6][flags & O_ACCMODE])
  }
  const open = access | ((flags & O_NONBLOCK) !== 0 ? FNONBLOCK : 0)
  return allocateDescriptor(l, new MessageQueueFile(mqueues, queue, open), true)
}

/** @throws EMFILE, ENOSPC */
function create(l: Lwp, name: string, attributes: MqAttributes, mode: number): MessageQueueNode {
  const { credentials, cwdi } = l
  const { kernel, limits } = l.proc
  const { mqueues } = kernel
  const { maxmsg, msgsize } = attributes
  const most = kernel.diverges('mq.limits') ? NETBSD.queues : MQ_LIMITS.queues
  if (mqueues.byName.size >= most) throw ENOSPC
  const charge = maxmsg * (msgsize + POINTER) + Math.min(maxmsg, MQ_PRIO_MAX) * TREE_NODE
  const before = mqueues.charged.get(credentials.euid) ?? 0
  if (before + charge > (limits[RLIMIT_MSGQUEUE]?.soft ?? Number.POSITIVE_INFINITY)) throw EMFILE
  const owner = { uid: credentials.euid, gid: credentials.egid, mode: mode & 0o777 & ~cwdi.umask, charge }
  const queue = new MessageQueueNode(kernel, name, attributes, owner)
  mqueues.add(queue)
  return queue
}

/** mq_unlink(2). @throws ENOENT, EACCES, EPERM, EFAULT, ENAMETOOLONG */
function linux_sys_mq_unlink(l: Lwp, nameAddress: number): number {
  const { mqueues } = l.proc.kernel
  const queue = mqueues.byName.get(queueName(l, nameAddress))
  if (queue === undefined) throw ENOENT
  const { euid } = l.credentials
  if (euid !== 0 && euid !== queue.uid) throw EPERM
  mqueues.unlink(queue)
  return 0
}

/** @throws EBADF */
function queueFile(l: Lwp, fd: number): MessageQueueFile {
  const file = l.fd.file(fd | 0)
  if (!(file instanceof MessageQueueFile)) throw EBADF
  return file
}

/** @throws EFAULT, EINVAL */
function deadlineAt(l: Lwp, timeout: number): number {
  return timeout === 0 ? Number.POSITIVE_INFINITY : absoluteDeadline(l, timeout, 'realtime')
}

/** mq_timedsend(2). @throws EINVAL, EBADF, EMSGSIZE, EFAULT, EAGAIN, ETIMEDOUT, EINTR, ENOMEM */
function linux_sys_mq_timedsend(
  l: Lwp,
  fd: number,
  address: number,
  lengthArgument: number,
  priority: number,
  timeout: number,
): Kthread<number> {
  const deadline = deadlineAt(l, timeout)
  if (priority >>> 0 >= MQ_PRIO_MAX) throw EINVAL
  const length = size(lengthArgument)
  return queueFile(l, fd).send(l, () => l.memory.copyin(address, length), length, priority >>> 0, deadline)
}

/** mq_timedreceive(2). @throws EINVAL, EBADF, EMSGSIZE, EFAULT, EAGAIN, ETIMEDOUT, EINTR */
function* linux_sys_mq_timedreceive(
  l: Lwp,
  fd: number,
  address: number,
  room: number,
  priorityAddress: number,
  timeout: number,
): Kthread<number> {
  const deadline = deadlineAt(l, timeout)
  const { bytes, priority } = yield* queueFile(l, fd).receive(l, size(room), deadline)
  if (priorityAddress !== 0) l.memory.writeU32(priorityAddress, priority)
  l.memory.copyout(address, bytes)
  return bytes.length
}

const SIGEV_SIGNAL = 0
const SIGEV_NONE = 1
const SIGEV_THREAD = 2

const NOTIFY_COOKIE_LEN = 32
const NOTIFY_WOKENUP = 1
const NOTIFY_REMOVED = 2

/**
 * SIGEV_THREAD: the C library's thread reads what it has given us from a netlink socket, with what happened in its last byte.
 * @throws EFAULT, EBADF, ENOTSOCK, EINVAL for a socket of another family.
 */
function threadTeller(l: Lwp, cookieAddress: number, fd: number): NonNullable<MqNotification['tell']> {
  const cookie = l.memory.copyin(cookieAddress, NOTIFY_COOKIE_LEN)
  const { protocol } = socketOf(l, fd)
  if (!(protocol instanceof NetlinkSocket)) throw EINVAL
  return what => {
    cookie[NOTIFY_COOKIE_LEN - 1] = what === 'message' ? NOTIFY_WOKENUP : NOTIFY_REMOVED
    protocol.deliver(cookie.slice())
  }
}

/** mq_notify(2). @throws EINVAL, EBADF, EBUSY, EFAULT, ENOTSOCK */
function linux_sys_mq_notify(l: Lwp, fd: number, event: number): number {
  if (event === 0) {
    queueFile(l, fd).register(l, undefined)
    return 0
  }
  const value = l.memory.readBigU64(event)
  const signo = l.memory.readI32(event + 8)
  const how = l.memory.readI32(event + 12)
  if (how !== SIGEV_NONE && how !== SIGEV_SIGNAL && how !== SIGEV_THREAD) throw EINVAL
  if (how === SIGEV_SIGNAL && (signo < 0 || signo > NSIG)) throw EINVAL
  const tell = how === SIGEV_THREAD ? threadTeller(l, Number(value), signo) : undefined
  const notification = { proc: l.proc, how, signo: how === SIGEV_SIGNAL ? signo : 0, value, ...(tell && { tell }) }
  queueFile(l, fd).register(l, notification)
  return 0
}

/** mq_getsetattr(2): of the attributes only O_NONBLOCK can be set. @throws EINVAL, EBADF, EFAULT */
function linux_sys_mq_getsetattr(l: Lwp, fd: number, next: number, old: number): number {
  const wanted = next === 0 ? undefined : l.memory.readI64(next)
  if (wanted !== undefined && wanted !== 0 && wanted !== O_NONBLOCK) throw EINVAL
  const file = queueFile(l, fd)
  const { attributes, messages } = file.queue
  const flags = file.nonblocking ? O_NONBLOCK : 0
  if (wanted !== undefined) file.flags = wanted === 0 ? file.flags & ~FNONBLOCK : file.flags | FNONBLOCK
  if (old !== 0) {
    const words = BigInt64Array.of(
      BigInt(flags),
      BigInt(attributes.maxmsg),
      BigInt(attributes.msgsize),
      BigInt(messages.length),
      0n,
      0n,
      0n,
      0n,
    )
    l.memory.copyout(old, new Uint8Array(words.buffer, 0, ATTR_BYTES))
  }
  return 0
}

export const mqueueCalls: CallFamily = {
  mq_open: linux_sys_mq_open,
  mq_unlink: linux_sys_mq_unlink,
  mq_timedsend: linux_sys_mq_timedsend,
  mq_timedreceive: linux_sys_mq_timedreceive,
  mq_notify: linux_sys_mq_notify,
  mq_getsetattr: linux_sys_mq_getsetattr,
}
