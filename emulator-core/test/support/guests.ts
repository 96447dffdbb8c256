import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCES = fileURLToPath(new URL('../guests/', import.meta.url))
const OUTPUT = fileURLToPath(new URL('../../../.cache/guests/', import.meta.url))

/** How a guest is linked: with which C library, and whether a program interpreter has to load it. */
export const BUILDS = ['glibc-static', 'glibc-dynamic', 'musl-static', 'musl-dynamic'] as const
export type Build = (typeof BUILDS)[number]

/** The names of all guests: one for each C source. */
export const GUESTS: readonly string[] = readdirSync(SOURCES)
  .filter(name => name.endsWith('.c'))
  .map(name => path.basename(name, '.c'))
  .sort()

/** Guests in Go: one static build each. */
export const GO_GUESTS: readonly string[] = readdirSync(SOURCES)
  .filter(name => name.endsWith('.go'))
  .map(name => path.basename(name, '.go'))

/** Guests whose sequence of calls depends on how long the host's /proc files are, on the order of its directories, on how often one asks, on numbers in names and
 *  handles, on what strace takes a signal of one's own choice for, on which thread or process is first, on how many objects there were before, or on which ports are free; or has flags or options that the
 *  strace of Debian 12 does not know; or gives options values that are too short, which strace shows as strings. */
const UNCOMPARABLE = new Set([
  'epoll-exclusive',
  'epoll-hangups',
  'epoll-inherit',
  'epoll-waits',
  'aio',
  'clone',
  'core-filter',
  'clone-flags',
  'directory-signals',
  'families',
  'futexes',
  'futex-numbers',
  'holes',
  'inotify-add-watch',
  'inotify-life',
  'inotify-queue',
  'inotify-ready',
  'io-priority-group',
  'listings',
  'file-locks',
  'file-status',
  'linger',
  'locks',
  'mapped-times',
  'memfd-file',
  'memory-kinds',
  'mqueues',
  'name-calls',
  'open-flags',
  'own-limits',
  'session-leaders',
  'orphaned-groups',
  'owners',
  'permissions',
  'proc-files',
  'privileges',
  'proc-others',
  'proc-self',
  'restartable',
  'scheduling',
  'signalfds',
  'sleep-flags',
  'terminal-owner',
  'signals-sent',
  'socket-numbers',
  'socket-options-rare',
  'stops',
  'sysv-msg',
  'sysv-sem',
  'sysv-shm',
  'tcp',
  'tcp-options',
  'thread-shares',
  'threads',
  'threads-end',
  'traps',
  'timers',
  'udp',
  'udp-options',
  'pseudo-terminals',
  'unix-sockets',
  'usage',
  'waits',
  'wide-arguments',
])
export const COMPARABLE: readonly string[] = GUESTS.filter(name => !UNCOMPARABLE.has(name))

/** Compiles what has changed since the last time. */
export function buildGuests(): void {
  execFileSync('make', ['--silent', '--jobs=2', `OUT=${OUTPUT.replace(/\/$/, '')}`], {
    cwd: SOURCES,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

export const guestPath = (
  build: Build | 'go' | 'c++' | 'rust' | 'stubborn' | 'hostile' | 'network' | 'debugged' | 'privileged' | 'random',
  name: string,
) => path.join(OUTPUT, build, name)

/** What a guest prints under netbsd-10, where that is known: what the reference says of NetBSD, checked by hand (see docs/fidelity.md). */
export function expectedUnderNetbsd(name: string): string | undefined {
  const file = path.join(SOURCES, 'netbsd-10', `${name}.txt`)
  return existsSync(file) ? readFileSync(file, 'latin1') : undefined
}
