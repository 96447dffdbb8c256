/** New processes and threads: fork1, sys/kern/kern_fork.c; lwp_create, sys/kern/kern_lwp.c. */
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE, hasCapability } from './capability.ts'
import { EAGAIN } from './errno.ts'
import { undoListOf } from './ipc/sysv-sem.ts'
import { inheritedKeys } from './keys/keyrings.ts'
import { copyDescriptors } from './kqueue/inheritance.ts'
import { Lwp } from './lwp.ts'
import { copyParts, type SharedParts } from './lwp-parts.ts'
import { Proc } from './proc.ts'
import { RLIMIT_NPROC } from './resource-limits.ts'
import { SignalState } from './signal/lwp-signals.ts'
import { cvWaitKillable, type Kthread, WaitChannel } from './sleep.ts'
import { enterTimeNamespace } from './time-namespace.ts'

/** What parent and child share; the numbers do not matter here, compat-linux has clone(2)'s. */
export interface ForkOptions {
  readonly shareMemory: boolean
  readonly shareFiles: boolean
  readonly shareDirectories: boolean
  readonly shareHandlers: boolean
  /** What of semaphores is taken back at the end of both. */
  readonly shareSemaphoreUndo: boolean
  /** Sent to the parent when the child ends; 0: none. */
  readonly exitSignal: number
  /** The child becomes the parent's sibling (CLONE_PARENT). */
  readonly sibling: boolean
  /** How it came about, for people: fork, vfork, clone. */
  readonly how: string
  /** A time namespace of its own (CLONE_NEWTIME). */
  readonly ownTime: boolean
  /** The number it is to have. */
  readonly pid?: number | undefined
}

/** A limit on all threads of the machine, so that a fork bomb cannot exhaust the host. */
const MAX_PROCESSES = 4096

/** RLIMIT_NPROC counts the threads of all processes of a real user, and binds nobody who may do without (chgproccnt; Linux: copy_creds). */
function checkProcessLimit(l: Lwp): void {
  const { credentials, proc: p } = l
  const { kernel } = p
  let all = 0
  let own = 0
  for (const other of kernel.processes.values()) {
    const count = Math.max(1, other.lwps.size)
    all += count
    if (other.credentials.uid === credentials.uid) own += count
  }
  if (all >= MAX_PROCESSES) throw EAGAIN
  const privileged = hasCapability(credentials, CAP_SYS_RESOURCE) || hasCapability(credentials, CAP_SYS_ADMIN)
  if (!privileged && own >= (p.limits[RLIMIT_NPROC]?.soft ?? MAX_PROCESSES)) throw EAGAIN
}

/** A copy of the process with one thread, a copy of `l`, that is not yet runnable. @throws EAGAIN, EEXIST, ENOMEM. */
export function fork1(l: Lwp, options: ForkOptions): Lwp {
  const p = l.proc
  const { kernel } = p
  checkProcessLimit(l)
  const vm = options.shareMemory ? p.vm : p.vm.fork()
  if (options.shareMemory) vm.references++
  let { fd } = l
  try {
    if (!options.shareFiles) fd = copyDescriptors(l)
  } catch (error) {
    vm.release()
    throw error
  }
  if (options.shareFiles) fd.references++
  const signals = p.signals.fork()
  if (options.shareHandlers) signals.actions = p.signals.actions
  const parent = options.sibling ? p.parent : p
  const child = new Proc(kernel, kernel.newPid(options.pid), p, {
    vm,
    fd,
    cwdi: options.shareDirectories ? l.cwdi : { ...l.cwdi },
    credentials: { ...l.credentials, keys: inheritedKeys(l.credentials) },
    signals,
  })
  if (options.shareSemaphoreUndo) {
    child.semaphoreUndo = undoListOf(p)
    child.semaphoreUndo.references++
  }
  if (parent !== p) {
    p.children.delete(child)
    child.parent = parent
    parent?.children.add(child)
  }
  child.timeNamespace = p.timeNamespace
  child.childrenTimeNamespace = options.ownTime ? p.childrenTimeNamespace.copy() : p.childrenTimeNamespace
  // Who runs in the same memory reads the clock in the same place.
  if (!options.shareMemory) enterTimeNamespace(child)
  child.exitSignal = options.exitSignal
  if (l.scheduling.resetsOnFork) child.nice = Math.max(0, child.nice)
  child.timers.watchCpuLimit()
  kernel.processes.set(child.pid, child)
  const thread = newLwp(l, child, child.pid)
  thread.signals.altStack = { ...l.signals.altStack }
  thread.name = l.name
  kernel.trace?.emit('process-start', thread, { parent: p.pid, how: options.how })
  return thread
}

/** One more thread, a copy of `l`, with the number `id` if that is given. @throws EAGAIN, EEXIST; EMFILE, ENOMEM for a table of descriptors of its own. */
export function lwpCreate(l: Lwp, shares: SharedParts, id?: number): Lwp {
  const p = l.proc
  checkProcessLimit(l)
  const number = p.kernel.newPid(id)
  const { own } = copyParts(l, shares)
  const thread = newLwp(l, p, number)
  thread.own = own
  thread.name = l.name
  p.kernel.trace?.emit('thread-start', thread, { creator: l.id, name: thread.name })
  return thread
}

function newLwp(from: Lwp, p: Proc, id: number): Lwp {
  const l = new Lwp(p, id, new SignalState())
  if (!from.scheduling.resetsOnFork) l.scheduling = from.scheduling
  l.ioPriority = from.ioPriority
  l.memoryPolicy = from.memoryPolicy
  l.timerSlack = l.timerSlackAtFirst = from.timerSlack
  l.timestampFaults = from.timestampFaults
  const { scheduler, machine } = p.kernel
  scheduler.saveRegisters()
  l.registers.set(from.registers)
  // `from` is the one that makes the call, so its x87 and SSE state is the machine's.
  machine.saveFpu(l.fpu)
  l.signals.mask.assign(from.signals.mask)
  p.lwps.set(id, l)
  return l
}

/** Waits until the child of a vfork has executed a program or ended. */
export function* waitForVfork(child: Proc): Kthread<void> {
  const done = new WaitChannel('vfork')
  child.vforkDone = done
  while (child.vforkDone === done && child.exitStatus === undefined) {
    if ((yield* cvWaitKillable(done)) === 'signal') return
  }
}
