/** siginfo_t as Linux lays it out on amd64 (sigaction(2); include/uapi/asm-generic/siginfo.h): 128 bytes. */
import { SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGSEGV, SIGTRAP } from './numbers.ts'
import { SI_KERNEL, SI_TIMER, type SigInfo } from './siginfo.ts'

export const SIGINFO_BYTES = 128
const FAULTS = new Set([SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP])

export function signalBytes(info: SigInfo): Uint8Array {
  const bytes = new Uint8Array(SIGINFO_BYTES)
  if (info.raw !== undefined) bytes.set(info.raw.subarray(0, SIGINFO_BYTES))
  const v = new DataView(bytes.buffer)
  v.setInt32(0, info.signo, true)
  if (info.raw !== undefined) return bytes
  v.setInt32(4, info.errno ?? 0, true)
  v.setInt32(8, info.code, true)
  if (FAULTS.has(info.signo) && (info.code > 0 || info.code === SI_KERNEL)) {
    v.setBigUint64(16, BigInt(info.address ?? 0), true)
  } else if (info.band !== undefined) {
    v.setBigInt64(16, BigInt(info.band ?? 0), true)
    v.setInt32(24, info.fd ?? 0, true)
  } else if (info.code === SI_TIMER) {
    v.setInt32(16, info.timerId ?? 0, true)
    v.setInt32(20, info.overrun ?? 0, true)
    v.setBigUint64(24, info.value ?? 0n, true)
  } else {
    v.setInt32(16, info.pid ?? 0, true)
    v.setUint32(20, info.uid ?? 0, true)
    if (info.signo === SIGCHLD && info.code > 0) {
      v.setInt32(24, info.status ?? 0, true)
      v.setBigInt64(32, BigInt(info.userTime ?? 0), true)
      v.setBigInt64(40, BigInt(info.systemTime ?? 0), true)
    } else v.setBigUint64(24, BigInt.asUintN(64, info.value ?? 0n), true)
  }
  return bytes
}
