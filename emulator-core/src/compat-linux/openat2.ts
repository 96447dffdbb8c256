/** openat2(2): open with rules about the way. Linux's alone; NetBSD's table has none. */
import { E2BIG, EFAULT, EINVAL } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { MaybeBlocking } from '../native/sleep.ts'
import type { CallFamily } from './call.ts'
import { linux_open } from './file.ts'
import { pathArgument } from './file-arguments.ts'
import { LINUX_O_CLOEXEC, LINUX_O_DIRECTORY, LINUX_O_PATH, LINUX_O_TMPFILE } from './open-flags.ts'

/** struct open_how: flags, mode, resolve; 64 bits each. */
const HOW_BYTES = 24
const PAGE = 4096
const O_CREAT = 0x40
const O_NOFOLLOW = 0x20000
/** All that open(2) knows, O_LARGEFILE, O_NOATIME, __O_SYNC and FASYNC among them. */
const KNOWN_FLAGS = 0x7f_ffc3n
const WITH_PATH = LINUX_O_PATH | LINUX_O_DIRECTORY | O_NOFOLLOW | LINUX_O_CLOEXEC
const RESOLVE_BENEATH = 0x8n
const RESOLVE_IN_ROOT = 0x10n
/** What is asked is always known: RESOLVE_CACHED never fails. */
const RESOLVE_CACHED = 0x20n
const KNOWN_RESOLVE = 0x3fn

/** @throws EINVAL, E2BIG for a structure of a later kernel with anything in it, EXDEV, ELOOP where a rule is broken; EAGAIN. */
function linux_sys_openat2(l: Lwp, dirfd: number, path: number, how: number, size: number): MaybeBlocking<number> {
  if (size < HOW_BYTES) throw EINVAL
  if (size > PAGE) throw E2BIG
  if (how === 0) throw EFAULT
  const bytes = l.memory.copyin(how, size)
  if (bytes.subarray(HOW_BYTES).some(byte => byte !== 0)) throw E2BIG
  const v = new DataView(bytes.buffer, bytes.byteOffset)
  const [flags, mode, resolve] = [0, 8, 16].map(at => v.getBigUint64(at, true))
  if ((flags & ~KNOWN_FLAGS) !== 0n || (resolve & ~KNOWN_RESOLVE) !== 0n) throw EINVAL
  if ((resolve & RESOLVE_BENEATH) !== 0n && (resolve & RESOLVE_IN_ROOT) !== 0n) throw EINVAL
  const linux = Number(flags)
  const creates = (linux & (O_CREAT | LINUX_O_TMPFILE)) !== 0
  if (creates ? (mode & ~0o7777n) !== 0n : mode !== 0n) throw EINVAL
  if ((linux & LINUX_O_PATH) !== 0 && (linux & ~WITH_PATH) !== 0) throw EINVAL
  if ((linux & LINUX_O_TMPFILE) !== 0 && ((linux & LINUX_O_DIRECTORY) === 0 || (linux & 3) === 0)) throw EINVAL
  return linux_open(l, dirfd, pathArgument(l, path), linux, Number(mode), Number(resolve & ~RESOLVE_CACHED))
}

export const openat2Calls: CallFamily = { openat2: linux_sys_openat2 }
