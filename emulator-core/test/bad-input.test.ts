import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { i386Elf, tinyElf } from './support/elf.ts'
import { buildGuests, guestPath } from './support/guests.ts'
import { interlinear, type Outcome, PERSONALITIES, runEmulated, startInterlinear, withScratch } from './support/run.ts'
import { makeSampleTree } from './support/sample-tree.ts'

beforeAll(buildGuests, 300_000)

/** One sentence on the standard error that names the thing, and nothing else anywhere. */
function expectOneSentence(outcome: Outcome, status: number, names: string): void {
  expect(outcome.stderr).toMatch(/^interlinear: [^\n]+\n$/)
  expect(outcome.stderr).toContain(names)
  expect(outcome.stderr).not.toMatch(/\bat .*:\d+:\d+|node:internal|Error:|undefined|\[object/)
  expect(outcome.stdout).toBe('')
  expect(outcome.status).toBe(status)
}

describe('programs that cannot be run are refused as a shell refuses them', () => {
  it('runs the file that the others are made from', () => expectStatus(0, put => put('good', tinyElf())))

  it('a missing file', () => expectRefusal(127, () => 'no-such-program'))
  it('a path through a file', () => expectRefusal(127, put => `${put('file', 'text')}/program`))
  it('a directory', () =>
    expectRefusal(126, (_put, cwd) => {
      mkdirSync(path.join(cwd, 'folder'))
      return './folder'
    }))
  it('no permission', () => expectRefusal(126, put => put('closed', tinyElf(), 0o644)))
  it('not an ELF', () => expectRefusal(126, put => put('notes.txt', 'only text, and nothing to run\n')))
  it('empty', () => expectRefusal(126, put => put('empty', '')))
  it.each([3, 20, 63, 100])('an ELF cut off after %i bytes', size =>
    expectRefusal(126, put => put('truncated', tinyElf().subarray(0, size))),
  )
  it('for the i386', () => expectRefusal(126, put => put('old', i386Elf()), /i386|32-bit/))
  it('for aarch64', () => expectRefusal(126, put => put('arm', tinyElf({ machine: 'aarch64' })), /aarch64|ARM/i))
  it('without its program interpreter', () =>
    expectRefusal(127, put => put('lonely', tinyElf({ interpreter: '/lib/ld-none.so.1' })), /\/lib\/ld-none\.so\.1/))
  it('a script without its interpreter', () =>
    expectRefusal(127, put => put('script', '#!/no/such/shell\necho\n'), /\/no\/such\/shell/))
  it('a name that is too long', () => expectRefusal(126, () => `./${'x'.repeat(5000)}`))

  type Put = (name: string, content: string | Uint8Array, mode?: number) => string

  function run(make: (put: Put, cwd: string) => string): Promise<[Outcome, string]> {
    return withScratch(async scratch => {
      const cwd = scratch.fresh()
      const put: Put = (name, content, mode = 0o755) => {
        writeFileSync(path.join(cwd, name), content, { mode })
        return `./${name}`
      }
      const program = make(put, cwd)
      return [await runEmulated({ program }, cwd, 'netbsd-10'), program]
    })
  }

  async function expectRefusal(status: number, make: (put: Put, cwd: string) => string, says = /./): Promise<void> {
    const [outcome, program] = await run(make)
    expectOneSentence(outcome, status, program.slice(0, 40))
    expect(outcome.stderr).toMatch(says)
  }

  async function expectStatus(status: number, make: (put: Put, cwd: string) => string): Promise<void> {
    const [outcome] = await run(make)
    expect(outcome).toEqual({ stdout: '', stderr: '', status })
  }
})

describe('what is asked wrongly is answered in one sentence', () => {
  it.each([
    ['an unknown option', ['run', '--no-such-option', '--', '/usr/bin/true'], '--no-such-option'],
    ['an unknown short option of trace', ['trace', '-Q', '--', '/usr/bin/true'], '-Q'],
    ['an unknown command', ['walk', '/usr/bin/true'], 'walk'],
    ['no program', ['run'], 'program'],
    ['an unknown personality', ['run', '--personality', 'plan9', '--', '/usr/bin/true'], 'plan9'],
    ['an option without its value', ['run', '--personality'], '--personality'],
    ['a mount without a guest directory', ['run', '--mount', '/tmp', '--', '/usr/bin/true'], '/tmp'],
    ['a mount of nothing', ['run', '--mount', '/no/such/folder:/mnt', '--', '/usr/bin/true'], '/no/such/folder'],
    ['a mount with an unknown mode', ['run', '--mount', '/tmp:/mnt:maybe', '--', '/usr/bin/true'], 'maybe'],
    ['a mount of a file', ['run', '--mount', '/etc/passwd:/mnt', '--', '/usr/bin/true'], '/etc/passwd'],
    [
      'two mounts at one place',
      ['run', '--mount', '/tmp:/mnt', '--mount', '/usr:/mnt/', '--', '/usr/bin/true'],
      '/mnt',
    ],
    ['a missing sysroot', ['run', '--sysroot', '/no/such/root', '--', '/usr/bin/true'], '/no/such/root'],
    ['memory that is no size', ['run', '--memory', 'lots', '--', '/usr/bin/true'], 'lots'],
    ['a clock that is none', ['run', '--time', 'soon', '--', '/usr/bin/true'], 'soon'],
    ['a trace of no call', ['trace', '-e', 'trace=no_such_call', '--', '/usr/bin/true'], 'no_such_call'],
    [
      'a log that cannot be written',
      ['trace', '-o', '/no/such/folder/log', '--', '/usr/bin/true'],
      '/no/such/folder/log',
    ],
  ])('%s', (_what, args, names) =>
    withScratch(async scratch => {
      expectOneSentence(await interlinear(args, scratch.fresh()), 2, names)
    }),
  )
})

describe('hostile guests', () => {
  it('one that maps until memory ends gets ENOMEM, and goes on', () =>
    withScratch(async scratch => {
      const program = guestPath('stubborn', 'eat-memory')
      const outcome = await runEmulated({ program, options: ['--memory', '256M'] }, scratch.fresh(), 'netbsd-10')
      expect(outcome).toEqual({ stdout: 'ENOMEM\nmore than 8 MiB before that: 1\n', stderr: '', status: 0 })
    }))

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('one that loops for ever ends by %s', async (signal, status) => {
    const { outcome } = await signalled([], signal)
    expect(outcome).toEqual({ stdout: 'spinning\n', stderr: '', status })
  })

  it('gets the SIGINT that is meant for it', async () => {
    const { outcome } = await signalled(['handling'], 'SIGINT')
    expect(outcome).toEqual({ stdout: 'spinning\ninterrupted\n', stderr: '', status: 7 })
  })

  it('is stopped soon after it was asked', async () => {
    expect((await signalled([], 'SIGINT')).milliseconds).toBeLessThan(2_000)
  })

  /** Starts the guest that spins, waits until it does, and sends the command a signal. */
  function signalled(
    args: readonly string[],
    signal: NodeJS.Signals,
  ): Promise<{ outcome: Outcome; milliseconds: number }> {
    return withScratch(async scratch => {
      const started = startInterlinear(['run', '--', guestPath('stubborn', 'spin'), ...args], scratch.fresh())
      await started.says('spinning\n')
      const began = Date.now()
      started.kill(signal)
      return { outcome: await started.ended, milliseconds: Date.now() - began }
    })
  }
})

describe('the host stays as it was', () => {
  /** Everything that a program can do to a tree. */
  const VANDALISM = `
chdir $ARGV[0]; use Fcntl;
open my $f, ">", "lines.txt"; print $f "overwritten"; close $f; open $f, ">>", "binary"; print $f "more"; close $f;
open $f, "+<", "people.json"; seek $f, 3, 0; print $f "XXX"; close $f; truncate "deep/er/est/needle.txt", 1;
open $f, ">", "new"; close $f; unlink "secret" or die; rename "many/file-1", "elsewhere" or die; rename "empty", "deep/moved" or die;
mkdir "made"; rmdir "made"; symlink "x", "lnk"; link "binary", "hard"; chmod 0777, "script"; chown 1, 1, "many"; utime 1, 1, "many/file-2";
rename "lnk", "links/file" or die; open $f, ">", "/etc/interlinear-was-here"; print $f "x"; close $f; print "done\n"`

  it.each(PERSONALITIES)('under %s, whatever the guest does to its files', personality =>
    withScratch(async scratch => {
      const cwd = scratch.fresh()
      const tree = path.join(cwd, 'tree')
      makeSampleTree(tree)
      const before = describeTree(tree)
      const outcome = await runEmulated({ program: '/usr/bin/perl', args: ['-e', VANDALISM, tree] }, cwd, personality)
      expect(outcome).toEqual({ stdout: 'done\n', stderr: '', status: 0 })
      expect(describeTree(tree)).toEqual(before)
      expect(readdirSync('/etc')).not.toContain('interlinear-was-here')
    }),
  )

  it('but for a mount that is meant to be written to, and not for one that is not', () =>
    withScratch(async scratch => {
      const cwd = scratch.fresh()
      for (const name of ['open', 'closed']) mkdirSync(path.join(cwd, name))
      const write = 'for (@ARGV) { open my $f, ">", "$_/file" or die; print $f "text" }'
      const options = ['--mount', `${cwd}/open:/open:rw`, '--mount', `${cwd}/closed:/closed`]
      await runEmulated(
        { program: '/usr/bin/perl', args: ['-e', write, '/open', '/closed'], options },
        cwd,
        'netbsd-10',
      )
      expect(readFileSync(`${cwd}/open/file`, 'latin1')).toBe('text')
      expect(readdirSync(`${cwd}/closed`)).toEqual([])
    }))

  it('behind a mount point: no path and no link leads out of it', () =>
    withScratch(async scratch => {
      const cwd = scratch.fresh()
      mkdirSync(path.join(cwd, 'root', 'inner'), { recursive: true })
      writeFileSync(path.join(cwd, 'outside'), 'host')
      const write =
        'for (@ARGV) { if (open my $f, ">", $_) { print $f "guest" } } symlink "../../outside", "/m/l"; open my $f, ">", "/m/l"; print $f "x"'
      const options = ['--mount', `${cwd}/root:/m:rw`]
      const args = ['-e', write, '/m/../outside', '/m/inner/../../outside', `${cwd}/outside`]
      await runEmulated({ program: '/usr/bin/perl', args, options }, cwd, 'linux')
      expect(readFileSync(path.join(cwd, 'outside'), 'latin1')).toBe('host')
    }))
})

/** Every file with all that can be known of it, but for when it was last read. */
function describeTree(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(name => {
      const file = path.join(root, name)
      const stat = lstatSync(file)
      const content = stat.isFile()
        ? createHash('sha256').update(readFileSync(file)).digest('hex')
        : stat.isSymbolicLink()
          ? readlinkSync(file)
          : ''
      return [
        name,
        stat.mode,
        stat.uid,
        stat.gid,
        stat.nlink,
        stat.ino,
        stat.size,
        stat.mtimeMs,
        stat.ctimeMs,
        content,
      ].join(' ')
    })
}
