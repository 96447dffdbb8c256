/** The host as Node shows it. */
import { randomFillSync } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { getPriority } from 'node:os'
import type { Host, HostTerminal, HostUser } from './host.ts'
import { nodeFiles } from './node-files.ts'
import { openNodeNetwork } from './node-network.ts'

const NS_PER_MS = 1_000_000n
const NS_PER_S = 1e9
/** So many random bytes are not worth loading OpenSSL: what a program gets at its start. */
const FEW_BYTES = 64
/** Read from the device at once: each program that starts wants 16. */
const POOL_BYTES = 512

function hostUser(): HostUser {
  const uid = process.getuid?.() ?? 0
  const gid = process.getgid?.() ?? 0
  return {
    uid,
    gid,
    groups: supplementaryGroups() ?? process.getgroups?.() ?? [gid],
    umask: process.platform === 'win32' ? 0o022 : process.umask(),
    nice: process.platform === 'win32' ? 0 : getPriority(),
  }
}

/** Node's getgroups adds the effective group, which getgroups(2) need not hold; Linux tells its own list in /proc. */
function supplementaryGroups(): number[] | undefined {
  try {
    const line = /^Groups:(.*)$/m.exec(readFileSync('/proc/self/status', 'latin1'))
    return line?.[1].trim().split(/\s+/).filter(Boolean).map(Number)
  } catch {
    return undefined
  }
}

const pool = new Uint8Array(POOL_BYTES)
let left = 0

/** From the device, where there is one; none are given twice. */
function fewRandomBytes(into: Uint8Array): boolean {
  if (left < into.length && !fillPool()) return false
  left -= into.length
  into.set(pool.subarray(left, left + into.length))
  pool.fill(0, left, left + into.length)
  return true
}

function fillPool(): boolean {
  try {
    const fd = openSync('/dev/urandom', 'r')
    try {
      const isFull = readSync(fd, pool) === POOL_BYTES
      left = isFull ? POOL_BYTES : 0
      return isFull
    } finally {
      closeSync(fd)
    }
  } catch {
    return false
  }
}

/** Not by `performance`: what Node loads for that takes longer than a small program. */
function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * NS_PER_S + nanoseconds
}

/** Nanoseconds since 1970 now, at most a millisecond ahead: a file that is written now is not newer. */
function realtime(): bigint {
  return BigInt(Date.now() + 1) * NS_PER_MS
}

export function nodeHost(terminal: HostTerminal): Host {
  const start = monotonic()
  const realStart = realtime()
  return {
    monotonic: () => monotonic() - start,
    realtime: () => realStart + BigInt(Math.round(monotonic() - start)),
    random: into => {
      if (into.length > FEW_BYTES || !fewRandomBytes(into)) randomFillSync(into)
    },
    files: nodeFiles,
    terminal,
    openNetwork: openNodeNetwork,
    platform: process.platform,
    user: hostUser(),
  }
}
