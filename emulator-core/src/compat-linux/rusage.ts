/** struct rusage as Linux programs know it (getrusage(2)): 144 bytes. Only processor time is accounted. */
import type { Lwp } from '../native/lwp.ts'
import type { Usage } from '../native/proc.ts'

const RUSAGE_BYTES = 144

/** @throws EFAULT. */
export function writeRusage(l: Lwp, address: number, usage: Usage, maxResidentKb = 0): void {
  const bytes = new Uint8Array(RUSAGE_BYTES)
  const v = new DataView(bytes.buffer)
  const time = (offset: number, ns: number): void => {
    const microseconds = Math.floor(ns / 1000)
    v.setBigInt64(offset, BigInt(Math.floor(microseconds / 1e6)), true)
    v.setBigInt64(offset + 8, BigInt(microseconds % 1e6), true)
  }
  time(0, usage.user)
  time(16, usage.system)
  v.setBigInt64(32, BigInt(maxResidentKb), true)
  l.memory.copyout(address, bytes)
}
