import { describe, expect, it } from 'vitest'
import { type Argument, quads, TracedGuest, words } from '../../test/support/traced-guest.ts'
import { OUTCOME_NEVER_RETURNS, OUTCOME_RESTART, OUTCOME_UNIMPLEMENTED } from './grammar.ts'
import { type StraceOptions, StracePrinter } from './strace.ts'

const DEFAULTS: StraceOptions = {
  follow: true,
  toFile: false,
  timestamps: 'none',
  durations: false,
  verbose: false,
  paths: false,
  quiet: false,
  calls: undefined,
  signals: undefined,
  status: 'all',
  stringLimit: 32,
  hexStrings: 'never',
}

function traced(options: Partial<StraceOptions> = {}) {
  const guest = new TracedGuest({ stringLimit: options.stringLimit ?? 32 })
  let text = ''
  const printer = new StracePrinter({ ...DEFAULTS, ...options }, more => {
    text += more
  })
  const session = { version: 1, personality: 'linux', realtime: '1700000000000000000', program: '/x' }
  const first = guest.thread(100)
  guest.recorder.emit('session', first.l, session)
  return {
    guest,
    printer,
    first,
    /** A whole call of the first thread; `fill` writes what the kernel would. */
    call(name: string, args: readonly Argument[], result: number, fill: () => void = () => {}): void {
      first.enter(name, ...args)
      fill()
      first.exit(name, result)
    },
    lines(): string[] {
      guest.drain(printer)
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      return lines
    },
    rest(): string {
      guest.drain(printer)
      return text
    },
  }
}

/** The one line of one call. */
function line(name: string, args: readonly Argument[], result: number, options: Partial<StraceOptions> = {}): string {
  const t = traced(options)
  t.call(name, args, result)
  const [only, ...others] = t.lines()
  expect(others).toEqual([])
  return only
}

const SIGCHLD_INFO = words(17, 0, 1, 0, 101, 0, 3, 0, 0, 0, 0, 0)
const signal = (signo: number, action: number, siginfo = words(signo, 0, 0, 0, 100, 0)) =>
  ({ signo, action, code: 0, sender: 0, address: 0, handler: 0, siginfo }) as const

describe('a line', () => {
  it('has its result in column 40, or behind what is longer', () => {
    expect(line('getppid', [], 77)).toBe('getppid()                               = 77')
    expect(line('lseek', [3, 0x123456789ab, 0], 0x123456789ab)).toBe(
      'lseek(3, 1250999896491, SEEK_SET)       = 1250999896491',
    )
    expect(line('rename', ['/some/where/over', '/the/rainbow'], 0)).toBe(
      'rename("/some/where/over", "/the/rainbow") = 0',
    )
  })

  it.each([
    ['::ffff:127.0.0.1', words(0, 0, 0xffff0000, 0x0100007f)],
    ['::1.2.3.4', words(0, 0, 0, 0x04030201)],
    ['::1', words(0, 0, 0, 0x01000000)],
    ['::', words(0, 0, 0, 0)],
    ['1::ffff:102:304', words(0x0100, 0, 0xffff0000, 0x04030201)],
  ])('writes the address %s as inet_ntop does', (text, address) => {
    const sockaddr = new Uint8Array([10, 0, 0, 80, 0, 0, 0, 0, ...address, 0, 0, 0, 0])
    expect(line('bind', [3, sockaddr, 28], 0)).toContain(`inet_pton(AF_INET6, "${text}", &sin6_addr)`)
  })

  it('names errors', () => {
    expect(line('close', [99], -9)).toBe('close(99)                               = -1 EBADF (Bad file descriptor)')
    expect(line('openat', [-100, '/none', 0], -2)).toBe(
      'openat(AT_FDCWD, "/none", O_RDONLY)     = -1 ENOENT (No such file or directory)',
    )
  })

  it('says what a signal interrupted', () => {
    const t = traced()
    t.first.enter('pause')
    t.first.exit('pause', -4)
    t.first.enter('read', 0, 0x1000, 5)
    t.first.exit('read', -512, OUTCOME_RESTART)
    expect(t.lines()).toEqual([
      'pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)',
      'read(0, 0x1000, 5)                      = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
    ])
  })

  it('shows calls that do not exist here, and numbers that no call has', () => {
    const t = traced()
    t.first.enter('landlock_create_ruleset', 1, 2, 3)
    t.first.exit('landlock_create_ruleset', -38, OUTCOME_UNIMPLEMENTED)
    t.guest.recorder.syscallEnter(t.first.l, 9999)
    t.guest.recorder.syscallExit(t.first.l, 9999, -38, OUTCOME_UNIMPLEMENTED)
    const [known, unknown] = t.lines()
    expect(known).toMatch(/^landlock_create_ruleset\(.*\) += -1 ENOSYS \(Function not implemented\)$/)
    expect(unknown).toMatch(/^syscall_0x270f\(.*\) += -1 ENOSYS \(Function not implemented\)$/)
  })
})

describe('arguments', () => {
  it('are strings with escapes, cut at the limit', () => {
    expect(line('write', [1, 'one\ttwo\n"\\\x01\x7f2\xff', 15], 15)).toBe(
      String.raw`write(1, "one\ttwo\n\"\\\1\1772\377\0", 15) = 15`,
    )
    expect(line('write', [1, 'x'.repeat(40), 40], 40)).toBe(`write(1, "${'x'.repeat(32)}"..., 40) = 40`)
    expect(line('write', [1, 'abc', 3], 3, { stringLimit: 2 })).toBe('write(1, "ab"..., 3)                    = 3')
    expect(line('write', [1, 'abc', 3], 3, { hexStrings: 'always' })).toBe(
      String.raw`write(1, "\x61\x62\x63", 3)             = 3`,
    )
  })

  it('show a path whole, and an address that cannot be read as such', () => {
    const path = `/${'d'.repeat(100)}`
    expect(line('chdir', [path], 0)).toBe(`chdir("${path}") = 0`)
    expect(line('chdir', [0xdead0000], -14)).toBe('chdir(0xdead0000)                       = -1 EFAULT (Bad address)')
    expect(line('chdir', [0], -14)).toBe('chdir(NULL)                             = -1 EFAULT (Bad address)')
  })

  it('show what a call wrote, when it has succeeded', () => {
    const t = traced()
    const at = t.guest.room(64)
    t.call('read', [0, at, 64], 3, () => t.guest.write(at, Buffer.from('abc')))
    t.call('read', [0, at, 64], -11)
    t.call('pipe2', [at, 0o2000000], 0, () => t.guest.write(at, words(3, 4)))
    expect(t.lines()).toEqual([
      'read(0, "abc", 64)                      = 3',
      `read(0, 0x${at.toString(16)}, 64)                   = -1 EAGAIN (Resource temporarily unavailable)`,
      'pipe2([3, 4], O_CLOEXEC)                = 0',
    ])
  })

  it('name flags and their combinations', () => {
    expect(line('openat', [-100, 'f', 0o2101, 0o644], 3)).toBe(
      'openat(AT_FDCWD, "f", O_WRONLY|O_CREAT|O_APPEND, 0644) = 3',
    )
    expect(line('mmap', [0, 8192, 3, 0x22, -1, 0], 0x7f0000001000)).toBe(
      'mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000001000',
    )
  })

  it('take structures apart', () => {
    expect(line('clock_nanosleep', [1, 0, quads(1, 500), 0], 0)).toBe(
      'clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=1, tv_nsec=500}, NULL) = 0',
    )
    const event = new Uint8Array(12)
    new DataView(event.buffer).setUint32(0, 0x80000001, true)
    new DataView(event.buffer).setUint32(4, 5, true)
    expect(line('epoll_ctl', [3, 1, 5, event], 0)).toBe(
      'epoll_ctl(3, EPOLL_CTL_ADD, 5, {events=EPOLLIN|EPOLLET, data={u32=5, u64=5}}) = 0',
    )
    expect(line('rt_sigprocmask', [0, quads(0x4002), 0, 8], 0)).toBe(
      'rt_sigprocmask(SIG_BLOCK, [INT TERM], NULL, 8) = 0',
    )
  })

  it('show execve’s program as strace does', () => {
    const t = traced()
    const strings = ['./t', 'one'].map(text => t.guest.put(text))
    t.call('execve', ['./t', quads(...strings, 0), quads(1, 2, 3, 0)], 0)
    expect(t.lines()[0]).toMatch(/^execve\("\.\/t", \["\.\/t", "one"\], 0x[0-9a-f]+ \/\* 3 vars \*\/\) = 0$/)
  })
})

describe('several threads', () => {
  it('break each other’s lines off and resume them', () => {
    const t = traced()
    const second = t.guest.thread(100, 101)
    const at = t.guest.room(16)
    t.first.enter('read', 0, at, 10)
    second.enter('getppid')
    second.exit('getppid', 1)
    t.guest.write(at, Buffer.from('hi'))
    t.first.exit('read', 2)
    expect(t.lines()).toEqual([
      'read(0,  <unfinished ...>',
      '[pid   101] getppid()                   = 1',
      '[pid   100] <... read resumed>"hi", 10) = 2',
    ])
  })

  it('are named from the moment there are several', () => {
    const t = traced()
    const child = t.guest.thread(101)
    t.first.enter('fork')
    t.guest.recorder.emit('process-start', child.l, { parent: 100, how: 'fork' })
    t.first.exit('fork', 101)
    t.call('getppid', [], 1)
    t.guest.recorder.emit('process-exit', child.l, { status: 0, signal: 0, core: 0 })
    t.call('getppid', [], 1)
    expect(t.lines()).toEqual([
      'fork()                                  = 101',
      '[pid   100] getppid()                   = 1',
      '[pid   101] +++ exited with 0 +++',
      'getppid()                               = 1',
    ])
  })

  it('leave the comma to what is resumed where that may be empty', () => {
    const t = traced()
    const second = t.guest.thread(7)
    const interrupted = (name: string, args: readonly Argument[], result: number) => {
      t.first.enter(name, ...args)
      second.enter('getppid')
      second.exit('getppid', 1)
      t.first.exit(name, result)
      return t.lines().filter(line => !line.includes('getppid'))
    }
    expect(interrupted('fcntl', [3, 1], 1)).toEqual([
      'fcntl(3, F_GETFD <unfinished ...>',
      '[pid   100] <... fcntl resumed>)        = 0x1 (flags FD_CLOEXEC)',
    ])
    expect(interrupted('ioctl', [3, 0x5411, 0x10], -14)[1]).toMatch(/^\[pid {3}100\] <\.\.\. ioctl resumed>, 0x10\) +=/)
    expect(interrupted('pipe2', [0x10, 0], -14)[0]).toBe('[pid   100] pipe2( <unfinished ...>')
  })

  it('are named in every line of a file', () => {
    const t = traced({ toFile: true })
    const second = t.guest.thread(7, 7)
    t.call('getppid', [], 1)
    second.enter('getppid')
    second.exit('getppid', 100)
    expect(t.lines()).toEqual([
      '100   getppid()                         = 1',
      '7     getppid()                         = 100',
    ])
  })

  it('are left out without -f', () => {
    const t = traced({ follow: false })
    const second = t.guest.thread(101)
    second.enter('getpid')
    t.call('getppid', [], 1)
    second.exit('getpid', 101)
    t.guest.recorder.emit('process-exit', second.l, { status: 0, signal: 0, core: 0 })
    expect(t.lines()).toEqual(['getppid()                               = 1'])
  })

  it('end', () => {
    const t = traced()
    const second = t.guest.thread(100, 101)
    second.enter('futex', 0x1000, 128, 5, 0)
    t.first.enter('exit_group', 3)
    t.guest.recorder.syscallExit(second.l, 202, 0, OUTCOME_NEVER_RETURNS)
    t.guest.recorder.emit('thread-exit', second.l, { status: 3 })
    t.first.exit('exit_group', 0, OUTCOME_NEVER_RETURNS)
    t.guest.recorder.emit('process-exit', t.first.l, { status: 3, signal: 0, core: 0 })
    expect(t.lines()).toEqual([
      'futex(0x1000, FUTEX_WAIT_PRIVATE, 5, NULL <unfinished ...>',
      '[pid   100] exit_group(3 <unfinished ...>',
      '[pid   101] <... futex resumed>)        = ?',
      '[pid   101] +++ exited with 3 +++',
      '<... exit_group resumed>)               = ?',
      '+++ exited with 3 +++',
    ])
  })

  it('that are killed in a call leave it without a result', () => {
    const t = traced()
    t.first.enter('pause')
    t.guest.recorder.emit('signal', t.first.l, signal(9, 2))
    t.guest.recorder.emit('process-exit', t.first.l, { status: 0, signal: 9, core: 0 })
    expect(t.lines().at(-1)).toBe('+++ killed by SIGKILL +++')
  })
})

describe('signals', () => {
  it('have a line with their siginfo', () => {
    const t = traced()
    t.guest.recorder.emit('signal', t.first.l, signal(17, 1, SIGCHLD_INFO))
    expect(t.lines()).toEqual([
      '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=101, si_uid=0, si_status=3, si_utime=0, si_stime=0} ---',
    ])
  })

  it('break off the line of the call that waits', () => {
    const t = traced()
    t.first.enter('nanosleep', quads(1, 0), 0)
    t.guest.recorder.emit('signal', t.first.l, signal(10, 1))
    expect(t.lines()).toEqual([
      'nanosleep({tv_sec=1, tv_nsec=0},  <unfinished ...>',
      '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=100, si_uid=0} ---',
    ])
  })

  it('that nobody takes come behind the call that its thread is in', () => {
    const t = traced()
    t.first.enter('write', 4, 'x', 1)
    t.guest.recorder.emit('signal', t.first.l, signal(13, 0))
    t.first.exit('write', -32)
    t.guest.recorder.emit('signal', t.first.l, signal(17, 0, SIGCHLD_INFO))
    expect(t.lines().map(text => text.slice(0, 11))).toEqual(['write(4, "x', '--- SIGPIPE', '--- SIGCHLD'])
  })

  it('can be chosen', () => {
    const t = traced({ signals: new Set([10]) })
    t.guest.recorder.emit('signal', t.first.l, signal(17, 1, SIGCHLD_INFO))
    t.guest.recorder.emit('signal', t.first.l, signal(10, 1))
    expect(t.lines().length).toBe(1)
  })
})

describe('options', () => {
  it('-y shows what descriptors refer to', () => {
    const t = traced({ paths: true })
    const opened = { fd: 3, file: 1, type: 'vnode', description: '/etc/passwd', flags: 0, closeOnExec: 0 }
    t.guest.recorder.emit('cwd', t.first.l, { path: '/home' })
    t.first.enter('openat', -100, 'f', 0)
    t.guest.recorder.emit('fd-open', t.first.l, opened)
    t.first.exit('openat', 3)
    t.first.enter('close', 3)
    t.guest.recorder.emit('fd-close', t.first.l, { fd: 3, file: 1 })
    t.first.exit('close', 0)
    expect(t.lines()).toEqual([
      'openat(AT_FDCWD</home>, "f", O_RDONLY)  = 3</etc/passwd>',
      'close(3</etc/passwd>)                   = 0',
    ])
  })

  it('-y escapes what would not be one word on one line', () => {
    const t = traced({ paths: true })
    const opened = { fd: 3, file: 1, type: 'vnode', description: '/grün\n<x> "y"', flags: 0, closeOnExec: 0 }
    t.guest.recorder.emit('fd-open', t.first.l, opened)
    t.call('fsync', [3], 0)
    expect(t.lines()[0]).toBe(String.raw`fsync(3</gr\303\274n\n\74x\76 \"y\">)   = 0`)
  })

  it('-T shows how long a call took', () => {
    const t = traced({ durations: true })
    t.call('getppid', [], 1, () => {
      t.guest.time += 1_234_567_890
    })
    expect(t.lines()).toEqual(['getppid()                               = 1 <1.234568>'])
  })

  it('-ttt, -r show when', () => {
    const t = traced({ timestamps: 'epoch' })
    t.guest.time = 1_500_000_000
    t.call('getppid', [], 1)
    expect(t.lines()).toEqual(['1700000001.500000 getppid()             = 1'])
    const r = traced({ timestamps: 'relative' })
    r.call('getppid', [], 1)
    r.guest.time = 2_000_000
    r.call('getppid', [], 1)
    expect(r.lines()).toEqual([
      '     0.000000 getppid()                 = 1',
      '     0.002000 getppid()                 = 1',
    ])
  })

  it('-e trace= chooses calls, -Z those that failed, -qq leaves the ends out', () => {
    const t = traced({ calls: new Set([110]), quiet: true })
    t.call('getppid', [], 1)
    t.call('getpid', [], 2)
    t.guest.recorder.emit('process-exit', t.first.l, { status: 3, signal: 0, core: 0 })
    expect(t.lines().length).toBe(1)
    const z = traced({ status: 'failed' })
    z.call('getppid', [], 1)
    z.call('close', [9], -9)
    expect(z.lines()).toEqual(['close(9)                                = -1 EBADF (Bad file descriptor)'])
  })
})

describe('a call that waits', () => {
  it('is shown as far as it is known, and completed on the same line', () => {
    const t = traced()
    const at = t.guest.room(16)
    t.first.enter('read', 0, at, 10)
    t.rest()
    t.printer.idle()
    t.printer.idle()
    expect(t.rest()).toBe('read(0, ')
    t.guest.write(at, Buffer.from('hi'))
    t.first.exit('read', 2)
    expect(t.lines()).toEqual(['read(0, "hi", 10)                       = 2'])
  })

  it('is broken off like any other', () => {
    const t = traced()
    t.first.enter('pause')
    t.rest()
    t.printer.idle()
    t.guest.recorder.emit('signal', t.first.l, signal(10, 1))
    expect(t.lines()[0]).toBe('pause( <unfinished ...>')
  })

  it('stays unfinished when the trace ends', () => {
    const t = traced()
    t.first.enter('pause')
    t.rest()
    t.printer.end()
    expect(t.lines()).toEqual(['pause( <unfinished ...>'])
  })
})

describe('System V IPC', () => {
  it('shows keys, flags, operations and messages', () => {
    expect(line('shmget', [0, 4096, 0o1600], 3)).toBe('shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = 3')
    expect(line('shmat', [3, 0, 0o10000], 0x7f0000001000)).toBe(
      'shmat(3, NULL, SHM_RDONLY)              = 0x7f0000001000',
    )
    const operations = new Uint8Array(new Int16Array([0, -1, 0o10000, 1, 2, 0o4000]).buffer)
    expect(line('semop', [5, operations, 2], 0)).toBe(
      'semop(5, [{sem_num=0, sem_op=-1, sem_flg=SEM_UNDO}, {sem_num=1, sem_op=2, sem_flg=IPC_NOWAIT}], 2) = 0',
    )
    const message = new Uint8Array([7, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from('text')])
    expect(line('msgsnd', [1, message, 4, 0], 0)).toBe('msgsnd(1, {mtype=7, mtext="text"}, 4, 0) = 0')
    expect(line('semctl', [5, 1, 16, 9], 0)).toBe('semctl(5, 1, SETVAL, 0x9)               = 0')
    expect(line('msgctl', [5, 77, 0], -22)).toBe(
      'msgctl(5, 0x4d /* MSG_??? */, NULL)     = -1 EINVAL (Invalid argument)',
    )
  })
})
