/** What a session needs of the emulated system, however it is put together. */
import type { HostTerminal } from '../host/host.ts'
import type { DebugHook, SliceResult } from '../native/debug-hook.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Proc } from '../native/proc.ts'
import type { LaunchOptions } from './protocol.ts'

/** Linux's names of its numbers, and the functions behind the calls. */
export interface Names {
  syscall(nr: number): string
  /** The function that implements a call: linux_sys_epoll_ctl. */
  handler(nr: number): string
  errno(code: number): string
  signal(signo: number): string
  /** Every system call of Linux, whether or not it is implemented. */
  readonly syscalls: readonly (readonly [nr: number, name: string])[]
}

/** Makes a system with the program loaded and nothing run. @throws Error whose message is one sentence for people. */
export type Boot = (
  options: LaunchOptions,
  terminal: HostTerminal,
  ring: SharedArrayBuffer | undefined,
  hook: DebugHook,
) => EmulatedSystem

export interface EmulatedSystem {
  readonly names: Names
  readonly kernel: Kernel
  /** The program that was launched; its status is the run's. */
  readonly first: Proc
  /** Runs the guest for a few milliseconds, or to the next stop. */
  runSlice(): SliceResult
  /** The guest's clock stands between these two. */
  holdTime(): void
  releaseTime(): void
  /** The whole of a file as the guest sees it; undefined if it cannot be read. */
  readFile(path: string): Uint8Array | undefined
}
