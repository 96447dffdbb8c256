/** The host as Node shows it. */
import { randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Host, HostTerminal, HostUser } from './host.ts'
import { nodeFiles } from './node-files.ts'
import { openNodeNetwork } from './node-network.ts'

const NS_PER_MS = 1e6

function hostUser(): HostUser {
  const uid = process.getuid?.() ?? 0
  const gid = process.getgid?.() ?? 0
  return {
    uid,
    gid,
    groups: supplementaryGroups() ?? process.getgroups?.() ?? [gid],
    umask: process.platform === 'win32' ? 0o022 : process.umask(),
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

export function nodeHost(terminal: HostTerminal): Host {
  const epoch = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n
  return {
    monotonic: () => performance.now() * NS_PER_MS,
    realtime: () => epoch + BigInt(Math.round(performance.now() * NS_PER_MS)),
    random: into => {
      randomFillSync(into)
    },
    files: nodeFiles,
    terminal,
    openNetwork: openNodeNetwork,
    platform: process.platform,
    user: hostUser(),
  }
}
