import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { INTERLINEAR, PERSONALITIES, runEmulated, runNatively, withScratch } from './support/run.ts'

/** What is waited for on the screen, and what is typed then; two numbers: the window gets that many rows and columns. */
type Step = readonly [shown: string, keys: string | readonly [number, number]]

interface Session {
  readonly status: number
  readonly shown: string
}

const DRIVER = fileURLToPath(new URL('support/terminal.py', import.meta.url))
const ENVIRONMENT = { PATH: '/usr/bin:/bin', TERM: 'xterm', LANG: 'C.UTF-8', HOME: '/nonexistent', PS1: '$ ' }
const RUN = [process.execPath, INTERLINEAR, 'run', '--']
const CTRL_C = '\x03'
const CTRL_D = '\x04'
const CTRL_Z = '\x1a'

async function atTerminal(command: readonly string[], steps: readonly Step[]): Promise<Session> {
  const { stdout } = await promisify(execFile)('/usr/bin/python3', [DRIVER, JSON.stringify([command, steps])], {
    env: ENVIRONMENT,
  })
  return JSON.parse(stdout) as Session
}

/** The same session natively and in the emulator. */
async function expectTheSame(command: readonly string[], steps: readonly Step[]): Promise<Session> {
  const [native, emulated] = [await atTerminal(command, steps), await atTerminal([...RUN, ...command], steps)]
  expect(emulated).toEqual(native)
  return emulated
}

const sh = (script: string) => ['/bin/sh', '-c', script]
const BASH = ['/bin/bash', '--norc', '--noediting']

describe('a terminal is a terminal', () => {
  it('has a name, a size and the usual settings', async () => {
    const { shown } = await expectTheSame(
      sh('echo ready; read x; stty size; test -t 0 && test -t 1 && test "$(tty)" -ef /proc/self/fd/0 && echo named'),
      [['ready', '\n']],
    )
    expect(shown).toContain('24 80\r\nnamed\r\n')
  })

  it('ends one reader at Ctrl-D and goes on for the next', async () => {
    const { shown } = await expectTheSame(sh('echo ready; cat; echo second; cat; echo end'), [
      ['ready', 'one\n'],
      ['one\r\none', CTRL_D],
      ['second', 'two\n'],
      ['two\r\ntwo', CTRL_D],
    ])
    expect(shown).toContain('end')
  })

  it('keeps a password to itself', () =>
    expectTheSame(sh('stty -echo; echo ready; read x; stty echo; echo "got $x"'), [['ready', 'secret\n']]))

  it('hands every key and every byte on when it is raw', async () => {
    const { shown } = await expectTheSame(
      sh('stty raw -echo; echo ready; dd bs=1 count=3 2>/dev/null | od -An -c; echo staircase; stty sane'),
      [['ready', `${CTRL_C}${CTRL_Z}\r`]],
    )
    expect(shown).toContain('ready\n')
    expect(shown).toContain('staircase\n')
  })

  it('is there for the keys although the input is a pipe', () =>
    expectTheSame(sh('echo piped | sh -c "read x; echo ready; read y < /dev/tty; echo \\$x \\$y"'), [
      ['ready', 'typed\n'],
    ]))

  it('tells of a new size', () =>
    expectTheSame(
      ['/bin/bash', '-c', 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.05; done'],
      [['ready', [30, 100]]],
    ))

  it('sends Ctrl-C to the program, which may live on', () =>
    expectTheSame(sh('trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.05; done'), [
      ['ready', CTRL_C],
    ]))

  it('has something to read at Ctrl-D, and is not hung up', () =>
    expectTheSame(
      [
        '/usr/bin/python3',
        '-c',
        'import os, select; p = select.poll(); p.register(0); print(p.poll(0)); p.modify(0, select.POLLIN); print("ready"); print(p.poll()); print(os.read(0, 9))',
      ],
      [['ready', CTRL_D]],
    ))

  it('edits lines', () =>
    expectTheSame(sh('stty kill ^X; echo ready; head -1 | od -An -c'), [
      ['ready', 'wrong\x18two words\x17X\x7f\u00fc\x7f.\n'],
    ]))
})

/** Says so once it has the terminal. */
const JOB = "sh -c 'echo begun; exec sleep 20'"

describe('a shell with its jobs', () => {
  it('is alone with the foreground', async () => {
    const { shown, status } = await expectTheSame(BASH, [
      ['$ ', `${JOB}\n`],
      ['\nbegun', CTRL_C],
      ['$ ', `echo status $?; ${JOB}\n`],
      ['\nstatus 130\r\nbegun', CTRL_Z],
      ["sleep 20'\r\n$ ", 'jobs\n'],
      ["sleep 20'\r\n$ ", 'fg\n'],
      ['fg\r\nsh -c', CTRL_C],
      ['$ ', 'exit 3\n'],
    ])
    expect(shown).toContain('status 130')
    expect(status).toBe(3)
  })

  it('stops who reads in the background', async () => {
    const { shown } = await atTerminal(
      [...RUN, ...BASH],
      [
        ['$ ', 'cat & sleep 0.3\n'],
        ['Stopped', 'fg\n'],
        ['\ncat', 'typed\n'],
        ['typed\r\ntyped', CTRL_D],
        ['$ ', 'exit\n'],
      ],
    )
    expect(shown).toContain('typed\r\ntyped')
  })
})

/** In a group of its own, it says what reading from the terminal comes to once the shell has ended. */
const READER = `import os, time
parent = os.getppid()
print("reader", flush=True)
while os.getppid() == parent: time.sleep(0.01)
try: os.read(0, 1)
except OSError as e: print("read:", e.strerror, flush=True)
time.sleep(100)`

describe('processes that outlive the program', () => {
  it('are told of, and Ctrl-C ends them', async () => {
    const { shown, status } = await atTerminal(
      [...RUN, ...sh('sleep 100 & sleep 100 & exit 4')],
      [['has ended, 2 processes still run; Ctrl-C ends them.\r\n', CTRL_C]],
    )
    expect(shown).toMatch(/^interlinear: .*\r\n\^C$/)
    expect(status).toBe(4)
  })

  it("have the keys no longer, and a shell's jobs not the terminal", async () => {
    const { status } = await atTerminal(
      [...RUN, ...BASH],
      [
        ['$ ', `python3 -c '${READER}' &\n`],
        ['reader\r\n', 'stty -icanon; exit 5\n'],
        ['read: Input/output error', ''],
        ['Ctrl-C ends it', CTRL_C],
      ],
    )
    expect(status).toBe(5)
  })

  it('have the terminal still where they are with the program', async () => {
    const { shown, status } = await atTerminal(
      [
        ...RUN,
        '/usr/bin/python3',
        '-c',
        'import os\nif os.fork(): os._exit(6)\nprint("left", flush=True); print("got", input())',
      ],
      [['left', 'typed\n']],
    )
    expect(shown).toContain('got typed')
    expect(status).toBe(6)
  })
})

describe('Ctrl-Z gives the terminal back to the shell around the emulator, and fg goes on', () => {
  const emulated = (script: string) => `'${RUN.join("' '")}' /bin/sh -c '${script}'`

  it.each([
    ['with the usual settings', ''],
    ['when the keys are ours', 'stty -icanon -echo; '],
  ])('%s', async (_what, settings) => {
    const { shown } = await atTerminal(BASH, [
      ['$ ', `${emulated(`${settings}echo started; sleep 1; read x; echo "got $x"`)}\n`],
      ['\nstarted', CTRL_Z],
      ['Stopped', 'stty -a | grep -o " echo "; jobs\n'],
      [' echo ', ''],
      ['Stopped', 'fg\n'],
      ['started', 'typed\n'],
      ['got typed', 'stty -a | grep -o " icanon "; exit\n'],
    ])
    expect(shown).toContain(' icanon \r\n')
  })
})

const BOTH_SIDES = `
import os, pty, termios, tty
m, s = pty.openpty()
print(os.isatty(m), os.isatty(s), os.ttyname(s).startswith("/dev/pts/"))
os.write(m, b"hello\\n"); print(os.read(s, 100), os.read(m, 100))
os.write(s, b"a\\nb\\n"); print(os.read(m, 100))
tty.setraw(s); os.write(m, b"\\x03\\r\\n"); print(os.read(s, 100)); os.write(s, b"\\n"); print(os.read(m, 10))
os.set_blocking(s, False); n = 0
try:
    while True: n += os.write(s, b"x" * 1000)
except BlockingIOError: print("full", n > 1000)
termios.tcflush(s, termios.TCIFLUSH); os.close(m)
def failing(f, *args):
    try: print(f(*args))
    except OSError as e: print(e.errno)
failing(os.read, s, 1); failing(os.write, s, b"x")
m, s = pty.openpty(); os.close(s); failing(os.read, m, 1); failing(os.write, m, b"x")
`

const HANG_UP = `
import os, pty, signal, time
r, w = os.pipe()
pid, fd = pty.fork()
if pid == 0:
    signal.signal(signal.SIGHUP, lambda *a: (os.write(w, b"hung up"), os._exit(7)))
    os.write(1, b"ready"); time.sleep(20); os._exit(1)
print(os.read(fd, 10)); os.close(fd); print(os.read(r, 10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

describe('a pseudo-terminal within the guest', () => {
  describe.each(PERSONALITIES)('under %s', personality => {
    it.each([
      ['its two sides', BOTH_SIDES],
      ['whose program goes away', HANG_UP],
    ])('%s', (_what, script) =>
      withScratch(async scratch => {
        const invocation = { program: '/usr/bin/python3', args: ['-c', script] }
        const native = await runNatively(invocation, scratch.fresh())
        expect(native).toMatchObject({ status: 0, stderr: '' })
        expect(await runEmulated(invocation, scratch.fresh(), personality)).toEqual(native)
      }),
    )
  })
})
