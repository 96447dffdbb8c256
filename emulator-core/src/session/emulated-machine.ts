/** Puts an emulated system together: machine, kernel, the loaded program. What the command, the debugger and the tests start from. */

import { LinuxEmulation } from '../compat-linux/dispatch.ts'
import { chosenDivergences, DivergenceError } from '../compat-linux/divergence-choice.ts'
import { beginImage } from '../compat-linux/execve.ts'
import { missing } from '../compat-linux/structure.ts'
import { handlerNames, systemCallTable } from '../compat-linux/table.ts'
import { linuxError, signalName, signalNumber } from '../events/linux-names.ts'
import { syscallNames } from '../events/syscall-names.ts'
import { type Host, HostError } from '../host/host.ts'
import { bytesOf, latin1Of } from '../host/host-text.ts'
import { repeatableHost } from '../host/repeatable-host.ts'
import { makeUserFaultDevice } from '../linux/userfault-device.ts'
import { explainFailure } from '../loader/explain.ts'
import { loadImage } from '../loader/load-image.ts'
import type { DebugHook, SliceResult } from '../native/debug-hook.ts'
import { Errno } from '../native/errno.ts'
import { Lwp } from '../native/lwp.ts'
import { NativeKernel } from '../native/native-kernel.ts'
import { powerOff } from '../native/power-off.ts'
import { type Credentials, Proc } from '../native/proc.ts'
import { RLIMIT_STACK } from '../native/resource-limits.ts'
import { SignalState } from '../native/signal/lwp-signals.ts'
import { postSignal } from '../native/signal/post.ts'
import { SI_KERNEL, SI_USER } from '../native/signal/siginfo.ts'
import { standardFiles } from '../native/tty/standard-files.ts'
import { Terminal } from '../native/tty/terminal.ts'
import { TerminalFile } from '../native/tty/terminal-file.ts'
import { VmSpace } from '../native/uvm/vmspace.ts'
import { credentialsOf, namedUser, type WantedUser } from './guest-user.ts'
import { checkHostFolders } from './host-folders.ts'
import { LaunchError } from './launch-error.ts'
import type { LaunchOptions } from './protocol.ts'
import type { EmulatedSystem, Names } from './system.ts'

export interface MachineOptions extends LaunchOptions {
  /** Who runs the program; undefined: as the host's user. */
  readonly user?: WantedUser
  /** The host's file with what earlier runs translated; undefined: everything is translated anew. */
  readonly translations?: string
}

const INIT = 1
const NOT_FOUND = 127
/** Signals that a terminal sends; SIGCONT comes from the shell, to the whole job. */
const FROM_KEYS: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGHUP', 'SIGWINCH'])
/** Signals to the command that end the machine once the first program has ended. */
const ENDS: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP'])
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'

export class EmulatedMachine implements EmulatedSystem {
  readonly kernel: NativeKernel
  readonly emulation: LinuxEmulation
  readonly #first: Lwp
  readonly #options: MachineOptions
  #terminal: Terminal | undefined

  /** Nothing is loaded yet: call `load`. @throws LaunchError */
  constructor(options: MachineOptions, outside: Host, hook?: DebugHook) {
    const host = options.time === 'virtual' ? repeatableHost(outside) : outside
    this.#options = options
    if (options.sysroot === undefined && host.platform !== 'linux') {
      throw new LaunchError(
        'This computer does not run Linux, so a folder with a Linux system must be given as the root: use --sysroot DIR (in launch.json: "sysroot").',
        2,
      )
    }
    checkHostFolders(host, options)
    checkNetwork(options)
    const differences = differencesOf(options)
    const diverges = (id: string): boolean => differences.has(id)
    let emulation: LinuxEmulation | undefined
    this.kernel = withNetwork(
      () =>
        new NativeKernel({
          host,
          memory: options.memory,
          ...(options.translations === undefined ? {} : { translations: bytesOf(options.translations) }),
          virtualTime: options.time === 'virtual',
          rootHostPath: latin1Of(options.sysroot ?? '/'),
          mounts: options.mounts.map(m => ({ ...m, host: latin1Of(m.host), guest: latin1Of(m.guest) })),
          net: options.net,
          diverges,
          emulation: kernel => {
            emulation = new LinuxEmulation(kernel, systemCallTable(diverges))
            return emulation
          },
          ...(hook === undefined ? {} : { hook }),
        }),
    )
    this.emulation = emulation as unknown as LinuxEmulation
    if (!diverges(missing('userfaultfd'))) makeUserFaultDevice(this.kernel.vfs)
    startInit(this.kernel)
    this.#first = this.#firstThread(credentialsFor(options, host))
    this.kernel.first = this.first
    this.kernel.endsWithFirst = options.killOnExit ?? false
    host.terminal.onSignal(name => this.#hostSignal(name))
  }

  get first(): Proc {
    return this.#first.proc
  }

  #firstThread(credentials: Credentials): Lwp {
    const { kernel } = this
    const { root } = kernel.vfs
    const p = new Proc(kernel, kernel.newPid(), undefined, {
      vm: new VmSpace(kernel.machine),
      cwdi: { cwd: root, root, umask: kernel.host.user.umask },
      credentials,
    })
    p.nice = kernel.host.user.nice
    kernel.processes.set(p.pid, p)
    const l = new Lwp(p, p.pid, new SignalState())
    p.lwps.set(l.id, l)
    return l
  }

  /** Loads the program and makes its first thread runnable. @throws LaunchError */
  load(): void {
    const { kernel } = this
    const l = this.#first
    const p = l.proc
    const { user } = this.#options
    if (user !== undefined && 'name' in user)
      p.credentials = namedUser(user, path => Buffer.from(this.readFile(path) ?? []).toString('latin1'))
    p.cwdi.cwd = this.#directory(this.#options.cwd)
    standardFiles(kernel).forEach((file, fd) => {
      if (file instanceof TerminalFile && file.terminal instanceof Terminal) this.#terminal = file.terminal
      p.fd.assign(l, fd, file, false)
    })
    const path = this.#find(this.#options.program)
    const argv = [this.#options.program, ...this.#options.arguments].map(bytesOf)
    const envp = this.#options.environment.map(bytesOf)
    const stackLimit = p.limits[RLIMIT_STACK].soft
    const empty = p.vm
    try {
      const image = loadImage({ kernel, l, path: latin1Of(path), argv, envp, stackLimit })
      beginImage(l, image, argv)
    } catch (error) {
      throw this.#failure(path, error)
    }
    empty.release()
    kernel.scheduler.makeRunnable(l)
  }

  #directory(path: string): Proc['cwdi']['cwd'] {
    try {
      const { vnode } = this.kernel.vfs.namei(this.#first, latin1Of(path), {
        start: this.#first.proc.cwdi.cwd,
        follow: true,
      })
      if (vnode?.type === 'VDIR') return vnode
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    throw new LaunchError(`The working directory ${path} is not a folder that the program can see.`, 2)
  }

  /** A name without a slash is looked for in the guest's PATH, as a shell does. */
  #find(program: string): string {
    if (program.includes('/')) return program
    const variable = this.#options.environment.find(v => v.startsWith('PATH='))
    for (const directory of (variable?.slice(5) ?? DEFAULT_PATH).split(':')) {
      const path = `${directory === '' ? '.' : directory}/${program}`
      try {
        const { vnode } = this.kernel.vfs.namei(this.#first, latin1Of(path), {
          start: this.#first.proc.cwdi.cwd,
          follow: true,
        })
        if (vnode?.type === 'VREG') return path
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    throw new LaunchError(`${program}: there is no such program in the PATH.`, NOT_FOUND)
  }

  #failure(path: string, error: unknown): unknown {
    const failure = explainFailure(path, this.#options.sysroot !== undefined, error)
    return failure === undefined ? error : new LaunchError(failure.message, failure.status)
  }

  #hostSignal(name: string): void {
    const signo = signalNumber(name)
    if (signo === undefined) return
    if (name === 'SIGWINCH') this.#terminal?.resized()
    if (this.first.exitStatus !== undefined) {
      if (ENDS.has(name)) powerOff(this.kernel)
      // Nobody within would be stopped: who started the emulator is no longer the parent of anything there.
      if (name === 'SIGTSTP') this.kernel.host.terminal.suspend()
    }
    // Who sends these to the command means all of it, and does not ask a second time.
    if (name === 'SIGTERM' || name === 'SIGHUP') this.kernel.endsWithFirst = true
    // What keys send goes to the terminal's foreground group, as if we were not there; the rest to the program that the command stands for.
    const group = FROM_KEYS.has(name) ? this.#terminal?.foreground : undefined
    const isMeant = (p: Proc): boolean =>
      FROM_KEYS.has(name) || name === 'SIGCONT' ? p.pgrp === (group ?? this.first.pgrp) : p === this.first
    const code = FROM_KEYS.has(name) ? SI_KERNEL : SI_USER
    for (const p of [...this.kernel.processes.values()]) if (isMeant(p)) postSignal(p, signo, { code })
  }

  runSlice(): SliceResult {
    return this.kernel.scheduler.runSlice()
  }

  holdTime(): void {
    this.kernel.clock.hold()
  }

  releaseTime(): void {
    this.kernel.clock.release()
  }

  readFile(path: string): Uint8Array | undefined {
    const l = this.kernel.current ?? this.#first
    try {
      const { vnode } = this.kernel.vfs.namei(l, latin1Of(path), { start: this.#first.proc.cwdi.cwd, follow: true })
      if (vnode?.type !== 'VREG') return undefined
      const content = new Uint8Array(vnode.size())
      return content.subarray(0, this.kernel.vfs.readInto(vnode, content, 0))
    } catch (error) {
      if (error instanceof Errno) return undefined
      throw error
    }
  }

  readonly names: Names = linuxNames()
}

/** @throws LaunchError */
function checkNetwork({ net, time }: MachineOptions): void {
  if (net !== 'host' || time !== 'virtual') return
  throw new LaunchError(
    'The network of this computer goes by its own time, so --net host cannot be used with --time virtual.',
    2,
  )
}

/** @throws LaunchError where this computer's network is out of reach. */
function withNetwork(make: () => NativeKernel): NativeKernel {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    throw new LaunchError("This computer's network cannot be used from here; leave out --net host.", 2)
  }
}

/** @throws LaunchError */
function differencesOf({ personality, switches }: MachineOptions): ReadonlySet<string> {
  try {
    return chosenDivergences(personality, switches ?? [])
  } catch (error) {
    if (error instanceof DivergenceError) throw new LaunchError(error.message, 2)
    throw error
  }
}

/** The process with number 1, which is there to be asked about, and does nothing. */
function startInit(kernel: NativeKernel): void {
  const { root } = kernel.vfs
  const credentials = credentialsOf(0, 0, [])
  const init = new Proc(kernel, INIT, undefined, {
    vm: new VmSpace(kernel.machine),
    cwdi: { cwd: root, root, umask: 0 },
    credentials,
  })
  init.name = 'init'
  kernel.processes.set(INIT, init)
}

/** Who is named is looked up once there are files. */
function credentialsFor({ user }: MachineOptions, host: Host): Credentials {
  if (user === undefined) return credentialsOf(host.user.uid, host.user.gid, host.user.groups)
  return 'name' in user ? credentialsOf(0, 0, []) : credentialsOf(user.uid, user.gid, [user.gid])
}

function linuxNames(): Names {
  const byNumber = new Map(syscallNames)
  let handlers: ReadonlyMap<string, string> | undefined
  const syscall = (nr: number): string => byNumber.get(nr) ?? `syscall_${nr}`
  return {
    syscall,
    handler: nr => {
      handlers ??= handlerNames()
      return handlers.get(syscall(nr)) ?? 'linux_sys_nosys'
    },
    errno: code => linuxError(code).name,
    signal: signalName,
    syscalls: syscallNames,
  }
}
