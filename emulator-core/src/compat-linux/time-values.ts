/** struct timespec and struct timeval in a Linux amd64 program's memory, as nanoseconds. */
import { EINVAL } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'

/** @throws EFAULT; EINVAL for a negative time or a fraction of a second or more. Beyond 2^53 ns (104 days) it is not exact. */
export function readTimespec(l: Lwp, address: number): number {
  return readTime(l, address, 1)
}

/** Microseconds may exceed a second, as select(2) takes them. */
export function readTimeval(l: Lwp, address: number): number {
  const seconds = l.memory.readI64(address)
  const micros = l.memory.readI64(address + 8)
  if (seconds < 0 || micros < 0) throw EINVAL
  return seconds * 1e9 + micros * 1e3
}

function readTime(l: Lwp, address: number, unit: number): number {
  const seconds = l.memory.readI64(address)
  const fraction = l.memory.readI64(address + 8)
  if (seconds < 0 || fraction < 0 || fraction * unit >= 1e9) throw EINVAL
  return seconds * 1e9 + fraction * unit
}

export function writeTimespec(l: Lwp, address: number, ns: number): void {
  const seconds = Math.floor(ns / 1e9)
  l.memory.writeI64(address, seconds)
  l.memory.writeI64(address + 8, Math.floor(ns - seconds * 1e9))
}

export function writeTimeval(l: Lwp, address: number, ns: number): void {
  const seconds = Math.floor(ns / 1e9)
  l.memory.writeI64(address, seconds)
  l.memory.writeI64(address + 8, Math.floor((ns - seconds * 1e9) / 1e3))
}
