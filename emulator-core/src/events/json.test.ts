import { describe, expect, it } from 'vitest'
import { type Argument, quads, TracedGuest, words } from '../../test/support/traced-guest.ts'
import { OUTCOME_NEVER_RETURNS, OUTCOME_RESTART, OUTCOME_UNIMPLEMENTED } from './grammar.ts'
import { type JsonOptions, JsonPrinter } from './json.ts'

const DEFAULTS: JsonOptions = { follow: true, calls: undefined, signals: undefined, status: 'all' }

type Line = Readonly<Record<string, unknown>>

function traced(options: Partial<JsonOptions> = {}) {
  const guest = new TracedGuest()
  const written: string[] = []
  const printer = new JsonPrinter({ ...DEFAULTS, ...options }, text => written.push(text))
  const first = guest.thread(100)
  const session = { version: 1, personality: 'linux', realtime: '1700000000000000000', program: '/bin/x' }
  guest.recorder.emit('session', first.l, session)
  return {
    guest,
    first,
    call(name: string, args: readonly Argument[], result: number, fill: () => void = () => {}): void {
      first.enter(name, ...args)
      fill()
      first.exit(name, result)
    },
    /** Every line, parsed; the first is the session's. */
    lines(): Line[] {
      guest.drain(printer)
      const lines = written.splice(0).join('').split('\n')
      expect(lines.pop()).toBe('')
      return lines.map(line => JSON.parse(line) as Line)
    },
  }
}

function argsOf(name: string, args: readonly Argument[], result: number): unknown {
  const t = traced()
  t.call(name, args, result)
  return t.lines()[1].args
}

describe('JSON lines', () => {
  it('begin with what the run is', () => {
    expect(traced().lines()).toEqual([
      { event: 'session', version: 1, personality: 'linux', realtime: '1700000000000000000', program: '/bin/x' },
    ])
  })

  it('are an object a call', () => {
    const t = traced()
    t.guest.time = 5000
    t.call('getppid', [], 77, () => {
      t.guest.time += 300
    })
    t.call('close', [9], -9)
    expect(t.lines().slice(1)).toEqual([
      { pid: 100, tid: 100, time: 5000, duration: 300, name: 'getppid', args: {}, result: 77 },
      { pid: 100, tid: 100, time: 5300, duration: 0, name: 'close', args: { fd: 9 }, result: -1, error: 'EBADF' },
    ])
  })

  it('have typed arguments', () => {
    expect(argsOf('openat', [-100, '/etc/passwd', 0o2000000], 3)).toEqual({
      dirfd: 'AT_FDCWD',
      pathname: '/etc/passwd',
      flags: ['O_RDONLY', 'O_CLOEXEC'],
    })
    expect(argsOf('mmap', [0, 8192, 1, 2, 3, 0], 0x7000_0000_0000)).toEqual({
      addr: null,
      length: 8192,
      prot: ['PROT_READ'],
      flags: ['MAP_PRIVATE'],
      fd: 3,
      offset: '0',
    })
    expect(argsOf('nanosleep', [quads(1, 2), 0], 0)).toMatchObject({ req: { tv_sec: 1, tv_nsec: 2 }, rem: null })
    expect(argsOf('lseek', [1, -5, 0], -22)).toMatchObject({ offset: -5, whence: 'SEEK_SET' })
    expect(argsOf('read', [0, 0x1000, 2n ** 64n - 1n], -14)).toMatchObject({ count: '18446744073709551615' })
  })

  it('tell text from bytes, and how long the whole was', () => {
    expect(argsOf('write', [1, 'grün', 4], 4)).toMatchObject({
      buf: { base64: Buffer.from('grün', 'latin1').toString('base64') },
    })
    expect(argsOf('write', [1, Buffer.from('grün "1"\n'), 10], 10)).toMatchObject({ buf: 'grün "1"\n' })
    expect(argsOf('write', [1, 'x'.repeat(50), 50], 50)).toMatchObject({ buf: { text: 'x'.repeat(32), length: 50 } })
  })

  it('show results that are addresses as such, and what never came back as null', () => {
    const t = traced()
    t.call('brk', [0], 0x5555_0000_0000)
    t.first.enter('read', 0, 0x1000, 5)
    t.first.exit('read', -512, OUTCOME_RESTART)
    t.first.enter('landlock_create_ruleset')
    t.first.exit('landlock_create_ruleset', -38, OUTCOME_UNIMPLEMENTED)
    t.first.enter('exit_group', 3)
    t.first.exit('exit_group', 0, OUTCOME_NEVER_RETURNS)
    t.guest.recorder.emit('process-exit', t.first.l, { status: 3, signal: 0, core: 0 })
    expect(t.lines().slice(1)).toMatchObject([
      { name: 'brk', result: '0x555500000000' },
      { name: 'read', result: null, error: 'ERESTARTSYS' },
      { name: 'landlock_create_ruleset', result: -1, error: 'ENOSYS', unimplemented: true },
      { name: 'exit_group', args: { status: 3 }, result: null },
      { event: 'process-exit', status: 3 },
    ])
  })

  it('name descriptors with what they refer to', () => {
    const t = traced()
    const opened = { fd: 3, file: 1, type: 'vnode', description: '/a "b"', flags: 0, closeOnExec: 0 }
    t.guest.recorder.emit('fd-open', t.first.l, opened)
    t.call('close', [3], 0)
    expect(t.lines()[1].args).toEqual({ fd: { fd: 3, path: '/a "b"' } })
  })

  it('tell of signals, processes and divergences', () => {
    const t = traced()
    const siginfo = words(10, 0, 0, 0, 100, 0)
    const signal = { signo: 10, action: 1, code: 0, sender: 100, address: 0, handler: 0, siginfo } as const
    t.guest.recorder.emit('signal', t.first.l, signal)
    t.guest.recorder.emit('process-start', t.guest.thread(101).l, { parent: 100, how: 'fork' })
    t.guest.recorder.emit('divergence', t.first.l, { id: 'some.id', detail: 'differs' })
    t.guest.recorder.emit('process-exit', t.guest.thread(101).l, { status: 0, signal: 9, core: 0 })
    expect(t.lines().slice(1)).toMatchObject([
      { event: 'signal', signal: 'SIGUSR1', siginfo: { si_signo: 'SIGUSR1', si_code: 'SI_USER', si_pid: 100 } },
      { event: 'process-start', pid: 101, parent: 100, how: 'fork' },
      { event: 'divergence', id: 'some.id', detail: 'differs' },
      { event: 'process-exit', pid: 101, signal: 'SIGKILL', core: false },
    ])
  })

  it('keep a thread’s call that is still going on until it ends', () => {
    const t = traced()
    const other = t.guest.thread(100, 101)
    t.first.enter('pause')
    other.enter('getpid')
    other.exit('getpid', 100)
    t.guest.recorder.emit('thread-exit', t.first.l, { status: 0 })
    expect(t.lines().slice(1)).toMatchObject([
      { tid: 101, name: 'getpid' },
      { tid: 100, name: 'pause', result: null },
      { event: 'thread-exit' },
    ])
  })
})
