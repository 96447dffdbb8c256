import { afterEach, describe, expect, it, vi } from 'vitest'
import { EventStore } from '../../emulator-core/src/events/store.ts'
import { openSpillFile } from '../../emulator-core/src/host/spill-file.ts'
import { quads, TracedGuest } from '../../emulator-core/test/support/traced-guest.ts'
import { EventLog } from './event-log.ts'

describe('the log of a run', () => {
  const logs: EventLog[] = []
  afterEach(() => {
    for (const log of logs.splice(0)) log.dispose()
  })

  function traced() {
    const log = new EventLog(true)
    logs.push(log)
    const guest = new TracedGuest({}, log.shared)
    return { log, guest, thread: guest.thread(1) }
  }

  it('takes what the emulator’s thread publishes, and says so', async () => {
    const { log, guest, thread } = traced()
    const grown = vi.fn()
    log.onGrown(grown)
    thread.enter('getppid')
    thread.exit('getppid', 5)
    expect(log.count).toBe(0)
    guest.recorder.publish()
    await vi.waitFor(() => expect(log.count).toBe(2))
    expect(grown).toHaveBeenCalledOnce()
  })

  it('has everything when the program has ended', () => {
    const { log, guest, thread } = traced()
    for (let i = 0; i < 20_000; i++) {
      thread.enter('getppid')
      thread.exit('getppid', i)
    }
    guest.recorder.publish()
    log.finish()
    expect(log.count).toBe(40_000)
    expect(log.events(39_999, 10)).toMatchObject([{ kind: 'syscall-exit', index: 39_999, result: '19999' }])
  })

  it('hands out events that survive JSON', () => {
    const { log, guest, thread } = traced()
    thread.enter('openat', -100, '/x', 0)
    guest.recorder.publish()
    log.finish()
    const [event] = JSON.parse(JSON.stringify(log.events(0, 1))) as Record<string, unknown>[]
    expect(event).toMatchObject({ kind: 'syscall-enter', index: 0, nr: 257, a0: String(2n ** 64n - 100n) })
    expect(event.captures).toEqual([{ address: expect.any(String), bytes: Buffer.from('/x\0').toString('base64') }])
  })

  it('knows the call that a thread is in, and what it was given', () => {
    const { log, guest, thread } = traced()
    const opened = { fd: 5, file: 1, type: 'kqueue', description: 'kqueue', flags: 0, closeOnExec: 0 }
    guest.recorder.emit('fd-open', thread.l, opened)
    expect(log.callInProgress(1)).toBeUndefined()
    expect(log.callLine(1)).toBeUndefined()
    thread.enter('clock_nanosleep', 1, 0, quads(1, 5), 0x1000)
    guest.recorder.publish()
    expect(log.callLine(1)).toBe('clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=1, tv_nsec=5}, 0x1000)')
    expect(log.callInProgress(1)).toEqual([
      { name: 'call', value: 'clock_nanosleep' },
      { name: 'clockid', value: 'CLOCK_MONOTONIC' },
      { name: 'flags', value: '0' },
      {
        name: 'req',
        value: '{tv_sec=1, tv_nsec=5}',
        parts: [
          { name: 'tv_sec', value: '1' },
          { name: 'tv_nsec', value: '5' },
        ],
      },
      { name: 'rem', value: '0x1000', memory: 0x1000n },
    ])
    thread.exit('clock_nanosleep', 0)
    thread.enter('epoll_wait', 5, 0x2000, 8, -1)
    guest.recorder.publish()
    expect(log.callLine(1)).toBe('epoll_wait(5<kqueue>, 0x2000, 8, -1)')
    thread.exit('epoll_wait', 0)
    guest.recorder.publish()
    expect(log.callInProgress(1)).toBeUndefined()
  })

  it('knows the native operation that a call has come to', () => {
    const { log, guest, thread } = traced()
    const native = { name: '__kevent100', fd: 5, kqueue: 1, changes: [], room: 8, events: [], result: 0n, error: '' }
    thread.enter('epoll_wait', 5, 0x2000, 8, -1)
    guest.recorder.publish()
    expect(log.nativeCallInProgress(1)).toBeUndefined()
    guest.recorder.emit('kevent-call', thread.l, native)
    guest.recorder.publish()
    expect(log.nativeCallInProgress(1)).toBe('__kevent100(5, 0 changes, room for 8)')
    thread.exit('epoll_wait', 0)
    guest.recorder.publish()
    expect(log.nativeCallInProgress(1)).toBeUndefined()
  })

  it('says so when it can keep no more, and lets the guest go on', () => {
    const log = new EventLog(true, () => new EventStore(openSpillFile(), 1 << 20))
    logs.push(log)
    const guest = new TracedGuest({}, log.shared)
    const thread = guest.thread(1)
    const failed = vi.fn()
    log.onFailed(failed)
    const half = () => {
      // Less than the ring takes, so that nobody has to wait.
      for (let i = 0; i < 20_000; i++) {
        thread.enter('getppid')
        thread.exit('getppid', i)
      }
      guest.recorder.publish()
    }
    half()
    log.finish()
    const kept = log.count
    expect(failed).toHaveBeenCalledExactlyOnceWith('more than 0 GB would be needed')
    expect(kept).toBeGreaterThan(10_000)
    for (let i = 0; i < 10; i++) half()
    log.finish()
    expect(log.count).toBe(kept)
    expect(log.events(kept - 1, 1).length).toBe(1)
    expect(failed).toHaveBeenCalledOnce()
  })

  it('records nothing when nothing is asked for', () => {
    const log = new EventLog(false)
    expect(log.shared).toBeUndefined()
    expect(log.count).toBe(0)
    expect(log.events(0, 10)).toEqual([])
    expect(log.callInProgress(1)).toBeUndefined()
    expect(() => log.answerView({})).toThrow('Nothing is recorded')
    log.finish()
    log.dispose()
  })
})
