/** ioctl(2) of a descriptor of a process: PIDFD_GET_INFO. Linux: fs/pidfs.c, pidfd_info. */
import { EINVAL, ESRCH } from '../native/errno.ts'
import type { Pidfd } from '../native/ipc/pidfd.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'

const DIRECTION_AND_KIND = 0xc000_ffff
/** _IOWR(0xff, 11, …), whatever the size. */
const GET_INFO = 0xc000_ff0b
const FIRST_BYTES = 64
const INFO_PID = 1
const INFO_CREDS = 2
const INFO_EXIT = 8

/** Fills struct pidfd_info as far as the program knows it; undefined for another command, or a shorter structure than there ever was. @throws EINVAL, EFAULT, ESRCH once it was waited for. */
export function pidfdIoctl(l: Lwp, { proc }: Pidfd, command: number, address: number): number | undefined {
  if ((command & DIRECTION_AND_KIND) >>> 0 !== GET_INFO) return undefined
  const length = (command >>> 16) & 0x3fff
  if (length < FIRST_BYTES) return undefined
  if (address === 0) throw EINVAL
  const asksExit = (l.memory.readU32(address) & INFO_EXIT) !== 0
  const v = new DataView(new ArrayBuffer(length))
  let mask = 0
  // How it ended is told once it was waited for, the rest until then.
  if (!proc.reaped) mask |= putIdentity(v, proc)
  else if (!asksExit) throw ESRCH
  else {
    v.setInt32(60, proc.exitStatus ?? 0, true)
    mask |= INFO_EXIT
  }
  v.setUint32(0, mask, true)
  l.memory.copyout(address, new Uint8Array(v.buffer))
  return 0
}

function putIdentity(v: DataView, { pid, parent, credentials: c }: Proc): number {
  const ids = [c.uid, c.gid, c.euid, c.egid, c.suid, c.sgid, c.fsuid ?? c.euid, c.fsgid ?? c.egid]
  for (const [i, value] of [pid, pid, parent?.pid ?? 0, ...ids].entries()) v.setUint32(16 + 4 * i, value, true)
  return INFO_PID | INFO_CREDS
}
