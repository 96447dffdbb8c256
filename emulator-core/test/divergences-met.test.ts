import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { divergences } from '../src/compat-linux/divergences.ts'
import { structuralIds } from '../src/compat-linux/structure.ts'
import { observe } from '../src/report/observed-run.ts'
import { buildGuests, guestPath } from './support/guests.ts'
import { interlinear, withScratch } from './support/run.ts'

/** What a guest meets under netbsd-10, at least. */
const MET: Readonly<Record<string, string>> = {
  'open-flags':
    'open.path-flag open.tmpfile-flag open.nofollow-symlink open.noatime fcntl.commands fcntl.status-flags fcntl.async-pipe',
  'signal-numbers': 'signal.unmapped',
  'clone-flags': 'clone.refused clone.parent clone.process-ids clone.namespaces',
  'futex-numbers': 'futex.realtime-flag futex.no-pi futex.private-flag futex.robust-length',
  'socket-numbers':
    'socket.families socket.netlink socket.options socket.message-flags socket.credentials socket.recvmmsg-timeout socket.reuseaddr socket.recvmmsg-most socket.address-length socket.old-ipv6-address',
  'terminal-owner': 'fcntl.terminal-owner',
  'mapping-flags': 'mmap.unknown-flags mmap.grows-down',
  'sleep-flags': 'clock_nanosleep.any-flag',
  'inotify-add-watch':
    'inotify.any-mask inotify.watched-already inotify.refused-mask inotify.not-inotify inotify.symlink-watch inotify.descriptor-watches inotify.special-files',
  'own-limits': 'limits.file-size msgsnd.too-large core.name',
  'epoll-checks': 'epoll.numbers-compared epoll.refused-events',
  'epoll-bits': 'epoll.refused-events epoll.halves',
  'epoll-halves': 'epoll.halves epoll.half-registered',
  'epoll-modes': 'epoll.halves epoll.oneshot-halves epoll.edge-oneshot epoll.last-descriptor',
  'epoll-hangups': 'epoll.hangup epoll.error epoll.priority epoll.rdhup epoll.broken-pipe epoll.halves',
  'epoll-inherit': 'epoll.not-inherited epoll.not-passed',
  'epoll-chains': 'epoll.nesting',
  'epoll-waits': 'epoll.max-events epoll.late-timeout epoll.sigsetsize epoll.pwait-mask epoll.lost-events',
  'epoll-kinds': 'epoll.half-registered',
}

beforeAll(buildGuests, 300_000)

it.concurrent.each(Object.entries(MET))('%s says what it meets', (name, ids) =>
  withScratch(async scratch => {
    const log = scratch.beside('log')
    const program = guestPath('musl-static', name)
    await interlinear(
      ['trace', '--json', '-f', '-o', log, '--personality', 'netbsd-10', '--', program],
      scratch.fresh(),
    )
    const met = new Set(observe(() => readFileSync(log, 'utf8').split('\n')).met.keys())
    expect(ids.split(' ').filter(id => !met.has(id))).toEqual([])
    const listed = new Set([...divergences.map(({ id }) => id), ...structuralIds])
    expect([...met].filter(id => !listed.has(id))).toEqual([])
  }),
)
