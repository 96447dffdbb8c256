/** Steps of one thread while there are others: whether they run meanwhile, and who is said to have ended a sleep. */
import type { DebugProtocol } from '@vscode/debugprotocol'
import { describe, expect, it } from 'vitest'
import { guestPath } from '../../emulator-core/test/support/guests.ts'
import { setStage } from './support/stage.ts'

const stage = setStage()
const drive = () => stage.drive({ program: guestPath('debugged', 'waiting'), cwd: '/tmp' })

const CHOICES = ['running', 'held'] as const

const by = (call: string) => new RegExp(`^thread \\d+ of process \\d+ in ${call}$`)
const SIGNAL = /^SIGUSR1, by thread \d+ of process \d+ in kill$/
const TIME = /^the end of its time$/
const TIMER = /^a timer or the world outside$/

/** What a thread sleeps in, and who ends that; `more`: what NetBSD 10 does not have runs as on Linux. */
const SLEEPS: [what: string, waker: RegExp, more?: object][] = [
  ['epoll', /^knote \d+: EVFILT_READ of \d+, KN_ACTIVE\|KN_QUEUED, by thread \d+ of process \d+ in write$/],
  ['pipe', by('write')],
  ['full pipe', by('read')],
  ['poll', by('write')],
  ['select', by('write')],
  ['futex', by('futex')],
  ['child', by('exit_group')],
  ['signal', SIGNAL],
  ['sigtimedwait', SIGNAL],
  ['handled in sigtimedwait', SIGNAL],
  ['signalfd', by('kill'), { personality: 'linux' }],
  ['time', TIME],
  ['clock', TIME],
  ['timer', /^SIGUSR1$/, { time: 'virtual' }],
  ['timerfd', TIMER, { time: 'virtual' }],
  ['eventfd', by('write')],
  ['flock', by('flock')],
  ['description lock', by('fcntl'), { personality: 'linux' }],
  ['record lock', by('exit_group')],
  ['unix stream', by('sendto')],
  ['unix datagram', by('sendto')],
  ['packets', by('sendto')],
  ['end of file', by('close')],
  ['tcp', by('sendto')],
  ['tcp over 6', by('sendto')],
  ['tcp end', by('close')],
  ['udp', by('sendto')],
  ['udp over 6', by('sendto')],
  ['unix accept', by('connect')],
  ['tcp accept', by('connect')],
  ['tcp accept over 6', by('connect')],
  ['unix connect', by('accept')],
  ['message', by('msgsnd')],
  ['semaphore', by('semop')],
  ['queue', by('mq_timedsend')],
  ['inotify', by('mkdir')],
]

async function wokenBy(what: string, more: object): Promise<string> {
  const driven = drive()
  const { threadId: first = 0 } = await driven.launch({ args: [what], ...more }, { functions: ['sleeps'] })
  await driven.untilIn(first, 'stepIn', /^(linux_)?sys_/)
  await driven.step('stepIn', first)
  let stop: DebugProtocol.StoppedEvent['body']
  do stop = await driven.step('next', first)
  while (stop.description === undefined)
  expect(stop).toMatchObject({ reason: 'step', threadId: first })
  const [, text = stop.description] = /woken by (.*)$/.exec(stop.description) ?? []
  expect(text).not.toContain(`thread ${first} `)
  const frames = await driven.frames(first)
  const locals = await Promise.all(frames.map(frame => driven.locals(frame)))
  expect(locals.flat().find(({ name }) => name === 'woken by')?.value).toBe(text)
  await driven.end()
  return text
}

describe('a thread is stepped through a wait, and what ends it is named', () => {
  it.each(SLEEPS)('%s', async (what, waker, more = {}) => {
    expect(await wokenBy(what, more)).toMatch(waker)
  })

  it.each(SLEEPS.filter(([what]) => ['epoll', 'pipe', 'futex', 'child', 'signal', 'time'].includes(what)))(
    'with the other threads held: %s',
    async (what, waker) => {
      expect(await wokenBy(what, { otherThreads: 'held' })).toMatch(waker)
    },
  )
})

it.each(CHOICES)('from call to call, with the others %s', async otherThreads => {
  const driven = drive()
  const { threadId: first = 0 } = await driven.launch(
    { args: ['turns'], otherThreads },
    { functions: ['syscall:getuid'] },
  )
  const before = await driven.callsOfOthers(first)
  const stop = await driven.step('next', first)
  expect(stop).toMatchObject({ reason: 'step', threadId: first, allThreadsStopped: true })
  expect((await driven.frames(first))[0].name).toBe('sys_getgid')
  const after = await driven.callsOfOthers(first)
  if (otherThreads === 'held') expect(after).toBe(before)
  else expect(after).toBeGreaterThan(before)
})
