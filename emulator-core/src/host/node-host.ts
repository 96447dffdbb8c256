/** The host as Node shows it. */
import { randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import type { Host, HostStream, HostTerminal, HostUser } from './host.ts'
import { nodeFiles } from './node-files.ts'
import { InputStream, OutputStream } from './node-streams.ts'

const NS_PER_MS = 1e6

/** Signals of the host that are handed to the guest. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH', 'SIGUSR1', 'SIGUSR2'] as const

/** The terminal that the command was started from. */
export class NodeTerminal implements HostTerminal {
  readonly #streams: (HostStream | undefined)[] = []

  stream(fd: 0 | 1 | 2): HostStream {
    const stream = this.#streams[fd] ?? (fd === 0 ? new InputStream() : new OutputStream(fd))
    this.#streams[fd] = stream
    return stream
  }

  onSignal(callback: (name: string) => void): void {
    for (const name of FORWARDED) process.on(name, () => callback(name))
  }

  setRawMode(on: boolean): void {
    if (process.stdin instanceof ReadStream) process.stdin.setRawMode(on)
  }

  windowSize(): { rows: number; columns: number } | undefined {
    const { rows, columns } = process.stdout
    return rows === undefined || columns === undefined ? undefined : { rows, columns }
  }
}

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
    platform: process.platform,
    user: hostUser(),
  }
}
