/** struct rusage as Linux programs know it (getrusage(2)): 144 bytes. What is not kept is 0, as most of it is on Linux. */
import type { Lwp } from '../native/lwp.ts'
import type { Usage } from '../native/usage.ts'

const RUSAGE_BYTES = 144
const KB_PER_PAGE = 4
/** Offsets: maxrss, minflt, nvcsw, nivcsw. */
const MAX_RESIDENT = 32
const MINOR_FAULTS = 64
const SLEEPS = 128
const PREEMPTIONS = 136

/** @throws EFAULT. */
export function writeRusage(l: Lwp, address: number, usage: Usage): void {
  const bytes = new Uint8Array(RUSAGE_BYTES)
  const v = new DataView(bytes.buffer)
  const time = (offset: number, ns: number): void => {
    const microseconds = Math.floor(ns / 1000)
    v.setBigInt64(offset, BigInt(Math.floor(microseconds / 1e6)), true)
    v.setBigInt64(offset + 8, BigInt(microseconds % 1e6), true)
  }
  time(0, usage.user)
  time(16, usage.system)
  v.setBigInt64(MAX_RESIDENT, BigInt(usage.maxResident * KB_PER_PAGE), true)
  v.setBigInt64(MINOR_FAULTS, BigInt(usage.faults), true)
  v.setBigInt64(SLEEPS, BigInt(usage.sleeps), true)
  v.setBigInt64(PREEMPTIONS, BigInt(usage.preemptions), true)
  l.memory.copyout(address, bytes)
}
