/** getrandom: sys/kern/sys_getrandom.c, passed through at 318. */

import { meets } from '../native/divergence.ts'
import { EFAULT, EINVAL } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { type CallFamily, size } from './call.ts'

const GRND_NONBLOCK = 1
const GRND_RANDOM = 2
const GRND_INSECURE = 4

/** Bytes made at a time. */
const PIECE = 4096
/** The most one call gives, as Linux's INT_MAX rounded down to a page. */
const MAX = 0x7fff_f000
/** With GRND_RANDOM NetBSD gives at most a seed's length. */
const SEED_BYTES = 32

/**
 * getrandom(2): the bytes come from the host's generator, piece by piece, so that a signal can end a long call. sys_getrandom.c, sys_getrandom.
 * @throws EINVAL for unknown flags or RANDOM with INSECURE, EFAULT.
 */
export function linux_sys_getrandom(l: Lwp, a0: number, a1: number, a2: number): number {
  const flags = a2 | 0
  if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) !== 0) throw EINVAL
  if ((flags & GRND_RANDOM) !== 0 && (flags & GRND_INSECURE) !== 0) throw EINVAL
  let length = Math.min(size(a1), MAX)
  if (
    (flags & GRND_RANDOM) !== 0 &&
    length > SEED_BYTES &&
    meets(l, 'getrandom.short-random', `${length} bytes asked`)
  ) {
    length = SEED_BYTES
  }
  let done = 0
  while (done < length) {
    const bytes = new Uint8Array(Math.min(PIECE, length - done))
    l.proc.kernel.host.random(bytes)
    const moved = l.memory.copyoutPartial(a0 + done, bytes)
    done += moved
    if (moved < bytes.length) {
      if (done === 0 || meets(l, 'getrandom.partial', `${done} of ${length} bytes`)) throw EFAULT
      break
    }
    if (l.signalPending()) break
  }
  return done
}

export const randomCalls: CallFamily = { getrandom: linux_sys_getrandom }
