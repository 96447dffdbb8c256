import type { HostNetwork } from './network.ts'

/**
 * The only door to the outside. Everything that depends on the machine the emulator runs on, or that differs from run to run, is asked here,
 * so that it can be recorded and replayed. Node's implementation is node-host.ts; nothing else imports node:fs, node:net, node:tty….
 */
export interface Host {
  /** ns of a clock that never goes back. */
  monotonic(): number
  /** ns since 1970. */
  realtime(): bigint
  random(into: Uint8Array): void
  readonly files: HostFiles
  readonly terminal: HostTerminal
  /** The host's own network, for a guest that was granted it. @throws HostError ENOTSUP where there is no way to it. */
  openNetwork(): HostNetwork
  /** 'linux', 'darwin', 'win32'…: whether the host's own root can be the guest's. */
  readonly platform: string
  /** Who runs the emulator, the mask for new files and the niceness. On a host without such things: root, 0o022, 0. */
  readonly user: HostUser
}

export interface HostUser {
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
  readonly umask: number
  /** getpriority(2)'s: -20 … 19. */
  readonly nice: number
}

/** Host files, by absolute host path. Errors are HostError with POSIX's name. Times are ns since 1970. */
export interface HostFiles {
  lstat(path: string): HostStat
  /** Names only, without `.` and `..`, in the host's order. Names are latin1 strings: one character a byte. */
  readdir(path: string): string[]
  readlink(path: string): string
  open(path: string, mode: 'r' | 'r+' | 'create-exclusive', permissions?: number): number
  /** Reads at a position into the pieces, as far as they go; the count, 0 at the end. `position` undefined: at the host descriptor's own offset. */
  readv(fd: number, into: Uint8Array[], position: number | undefined): number
  writev(fd: number, from: Uint8Array[], position: number | undefined): number
  fstat(fd: number): HostStat
  ftruncate(fd: number, length: number): void
  fsync(fd: number): void
  close(fd: number): void
  mkdir(path: string, mode: number): void
  /** A named pipe or a socket that nobody listens at. @throws HostError ENOTSUP too. */
  mknod(path: string, kind: 'fifo' | 'socket'): void
  rmdir(path: string): void
  unlink(path: string): void
  rename(from: string, to: string): void
  link(existing: string, path: string): void
  symlink(target: string, path: string): void
  chmod(path: string, mode: number): void
  chown(path: string, uid: number, gid: number): void
  utimes(path: string, atime: bigint, mtime: bigint, followLinks: boolean): void
  /** The size of the file system that a path is on: a block's in bytes, the others in blocks and in files. */
  statfs(path: string): HostFileSystemSize
  /** The path with its links resolved. */
  realpath(path: string): string
}

export interface HostFileSystemSize {
  readonly blockSize: number
  readonly blocks: number
  readonly free: number
  readonly files: number
  readonly filesFree: number
}

export interface HostStat {
  readonly dev: number
  readonly ino: number
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly rdev: number
  readonly size: number
  readonly blksize: number
  readonly blocks: number
  readonly atime: bigint
  readonly mtime: bigint
  readonly ctime: bigint
  readonly birthtime: bigint
}

export class HostError {
  /** POSIX's name: ENOENT, EACCES…. */
  readonly code: string
  constructor(code: string) {
    this.code = code
  }
}

/**
 * What the host's terminal does with bytes. `cooked`: all, as it was found. `raw`: keys come one by one and unechoed, output is still processed
 * (a line feed also returns). `untouched`: output is not processed either.
 */
export type TerminalMode = 'cooked' | 'raw' | 'untouched'

/** The three standard streams of the command. */
export interface HostTerminal {
  stream(fd: 0 | 1 | 2): HostStream
  /** Calls back for a signal of the host that is meant for the guest (SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT), by name. */
  onSignal(callback: (name: string) => void): void
  setMode(mode: TerminalMode): void
  /** Stops the whole emulator, as job control stops a program, with the terminal as its shell expects it. SIGCONT continues it. */
  suspend(): void
  windowSize(): { rows: number; columns: number } | undefined
}

export interface HostStream {
  readonly kind: 'terminal' | 'pipe' | 'file' | 'null'
  /** For `file`: a host descriptor that HostFiles can use, at its own offset. */
  readonly hostFd: number | undefined
  /** Takes what has arrived, at most `max` bytes; undefined: nothing yet (then `onReadable` calls once there is); empty: the end. Asking starts the reading. */
  take(max: number): Uint8Array | undefined
  /** Bytes that can be taken now; -1 at the end. Asking starts the reading. */
  available(): number
  onReadable(callback: () => void): void
  /** Writes all; blocks the host thread only as the stream's reader does. @throws HostError EPIPE, EIO. */
  write(bytes: Uint8Array): void
}
