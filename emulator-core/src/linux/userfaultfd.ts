/**
 * userfaultfd(2), which NetBSD does not have: a descriptor that tells a program of faults in ranges of its memory, and by which it brings the pages in.
 * Linux: fs/userfaultfd.c. Of its events there are those of faults; fork, mremap, munmap and madvise tell nothing.
 */
import type { CallFamily } from '../compat-linux/call.ts'
import { allocateDescriptor, creationFlags, O_CLOEXEC, O_NONBLOCK } from '../compat-linux/new-descriptor.ts'
import { pageDown } from '../machine/page.ts'
import { CAP_SYS_PTRACE, hasCapability } from '../native/capability.ts'
import { EAGAIN, EBADF, EINVAL, EPERM } from '../native/errno.ts'
import { FREAD } from '../native/file.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLERR, POLLIN, SelInfo } from '../native/selinfo.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../native/sleep.ts'
import type { Uio } from '../native/uio.ts'
import type { PageRequest, Paging, RequestKind, UserPager } from '../native/uvm/user-pager.ts'
import type { VmSpace } from '../native/uvm/vmspace.ts'
import { AnonymousFile } from './anonymous-file.ts'
import { API_IOCTLS, FEATURE, handshake, RANGE_IOCTLS, UFFD_API } from './userfault-api.ts'
import { FILLING } from './userfault-fill.ts'
import { letGo, register, unregister, wake } from './userfault-ranges.ts'

const MESSAGE_BYTES = 32
const EVENT_PAGEFAULT = 0x12
const FLAG_WRITE = 1
/** UFFD_PAGEFAULT_FLAG_… */
const FLAGS: Readonly<Record<RequestKind, number>> = { missing: 0, protected: 2, minor: 4 }

interface Waiter {
  readonly request: PageRequest
  readonly thread: number
  readonly channel: WaitChannel
}

export class UserFaultFile extends AnonymousFile implements UserPager {
  override readonly name = '[userfaultfd]'
  readonly kernel: Kernel
  /** The memory of who made it, which descriptors elsewhere go on to rule. */
  readonly vm: VmSpace
  readonly userOnly: boolean
  /** What was asked for by UFFDIO_API; undefined before. */
  features: number | undefined
  readonly #pagings = new Map<number, Paging>()
  readonly #selinfo = new SelInfo()
  readonly #readers = new WaitChannel('userfaultfd')
  /** Those whose faults were not read yet, and the others. */
  #pending: Waiter[] = []
  #told: Waiter[] = []

  constructor(l: Lwp, flags: number, userOnly: boolean) {
    super(FREAD | flags)
    this.kernel = l.proc.kernel
    this.vm = l.proc.vm
    this.userOnly = userOnly
  }

  has(feature: number): boolean {
    return ((this.features ?? 0) & feature) !== 0
  }

  get signals(): boolean {
    return this.has(FEATURE.SIGBUS)
  }

  get current(): Lwp | undefined {
    return this.kernel.current
  }

  /** By UFFDIO_REGISTER_MODE_…: missing 1, write-protected 2, minor 4. */
  paging(modes: number): Paging {
    const known = this.#pagings.get(modes)
    if (known !== undefined) return known
    const paging = {
      pager: this,
      missing: (modes & 1) !== 0,
      protects: (modes & 2) !== 0,
      minor: (modes & 4) !== 0,
    }
    this.#pagings.set(modes, paging)
    return paging
  }

  *wait(l: Lwp, request: PageRequest, interruptible: boolean): Kthread<boolean> {
    const waiter: Waiter = { request, thread: l.id, channel: new WaitChannel('handle_userfault') }
    this.#pending.push(waiter)
    this.#readers.wakeAll()
    this.#selinfo.notify(POLLIN)
    try {
      const how = { deadline: Number.POSITIVE_INFINITY, catchSignals: interruptible, killable: !interruptible }
      const why = yield { channels: [waiter.channel], ...how, message: waiter.channel.name }
      return why === 'woken'
    } finally {
      this.#pending = this.#pending.filter(w => w !== waiter)
      this.#told = this.#told.filter(w => w !== waiter)
    }
  }

  /** Those who wait for pages of a range look whether they are there. */
  wake(start: number, end: number): void {
    for (const { request, channel } of [...this.#pending, ...this.#told])
      if (request.address >= start && request.address < end) channel.wakeAll()
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (this.features === undefined || uio.resid < MESSAGE_BYTES) throw EINVAL
    if (this.#pending.length > 0) return this.#take(uio)
    if (this.nonblocking) throw EAGAIN
    return this.#readBlocking(l, uio)
  }

  override write(): never {
    throw EBADF
  }

  *#readBlocking(l: Lwp, uio: Uio): Kthread<number> {
    while (this.#pending.length === 0) yield* cvWaitSig(l, this.#readers)
    return this.#take(uio)
  }

  #take(uio: Uio): number {
    let done = 0
    while (uio.resid >= MESSAGE_BYTES) {
      const waiter = this.#pending.shift()
      if (waiter === undefined) break
      this.#told.push(waiter)
      done += uio.write(this.#message(waiter))
    }
    return done
  }

  /** struct uffd_msg. */
  #message({ request, thread }: Waiter): Uint8Array {
    const v = new DataView(new ArrayBuffer(MESSAGE_BYTES))
    v.setUint8(0, EVENT_PAGEFAULT)
    v.setUint32(8, FLAGS[request.kind] | (request.isWrite ? FLAG_WRITE : 0), true)
    const exact = this.has(FEATURE.EXACT_ADDRESS)
    v.setBigUint64(16, BigInt(exact ? request.address : pageDown(request.address)), true)
    if (this.has(FEATURE.THREAD_ID)) v.setUint32(24, thread, true)
    return new Uint8Array(v.buffer)
  }

  /** Who reads it blocking cannot wait for it otherwise. */
  override poll(events: number): number {
    if (this.features === undefined || !this.nonblocking) return POLLERR
    return this.#pending.length > 0 ? events & POLLIN : 0
  }

  override pollSources(): readonly SelInfo[] {
    return [this.#selinfo]
  }

  override info(): string {
    const [pending, total] = [this.#pending.length, this.#pending.length + this.#told.length]
    const ioctls = (API_IOCTLS | RANGE_IOCTLS).toString(16)
    const features = (this.features ?? 0).toString(16)
    return `pending:\t${pending}\ntotal:\t${total}\nAPI:\t${UFFD_API.toString(16)}:${features}:${ioctls}\n`
  }

  override control(l: Lwp, command: number, argument: number): number {
    if (command === UFFDIO_API) return handshake(l, this, argument)
    const work = CONTROLS.get(command)
    if (work === undefined || this.features === undefined) throw EINVAL
    return work(l, this, argument)
  }

  override close(): void {
    letGo(this)
    this.wake(0, Number.POSITIVE_INFINITY)
    this.#selinfo.notify(0)
  }
}

const UFFDIO_API = 0xc018_aa3f

const CONTROLS: ReadonlyMap<number, (l: Lwp, file: UserFaultFile, argument: number) => number> = new Map([
  [0xc020_aa00, register],
  [0x8010_aa01, unregister],
  [0x8010_aa02, wake],
  ...FILLING,
])

const USER_MODE_ONLY = 1

/** @throws EINVAL, EMFILE */
export function newUserFault(l: Lwp, flags: number): number {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | USER_MODE_ONLY)) !== 0) throw EINVAL
  const file = new UserFaultFile(l, creationFlags(flags), (flags & USER_MODE_ONLY) !== 0)
  return allocateDescriptor(l, file, (flags & O_CLOEXEC) !== 0)
}

/** Whoever wants to make the kernel wait, too, must be an administrator. @throws EINVAL, EMFILE, EPERM */
function userfaultfd(l: Lwp, flagsArgument: number): number {
  const flags = flagsArgument | 0
  const { credentials } = l
  const { kernel } = l.proc
  const isAllowed = hasCapability(credentials, CAP_SYS_PTRACE) || kernel.tunables.unprivilegedUserfaultfd !== 0
  if ((flags & USER_MODE_ONLY) === 0 && !isAllowed) throw EPERM
  return newUserFault(l, flags)
}

export const userFaultCalls: CallFamily = { userfaultfd }
