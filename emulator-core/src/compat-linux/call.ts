/**
 * The shape of a Linux system call's implementation. Arguments arrive as signed 64-bit numbers (exact within ±2^53; wild values keep their sign
 * and size, and no valid address, length or descriptor is that large). An `int` argument is made one of 32 bits (int-arguments.ts); a `size_t`
 * is `size(n)`.
 * A call that may block, or that translates in steps, is a generator function; the others are plain functions, which cost nothing.
 * Functions are named as NetBSD names them (linux_sys_…), because that is what a debugger shows above the guest's frame.
 * The result is what %rax gets; errors are thrown (native/errno.ts).
 */
import type { Lwp } from '../native/lwp.ts'
import type { MaybeBlocking } from '../native/sleep.ts'

export type Handler = (
  l: Lwp,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
) => MaybeBlocking<number>

/** A family's calls by their Linux names. */
export type CallFamily = Readonly<Record<string, Handler>>

/** An unsigned size_t. */
export function size(n: number): number {
  return n < 0 ? n + 2 ** 64 : n
}

export const PATH_MAX = 4096
export const AT_FDCWD = -100
