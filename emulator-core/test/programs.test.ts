import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Invocation, type Outcome, PERSONALITIES, runEmulated, runNatively, withScratch } from './support/run.ts'
import { makeSampleTree, sampleText } from './support/sample-tree.ts'

/**
 * Programs as Debian ships them, dynamically linked, on a tree of files: what they print, what they complain of and how they end
 * must be what it is on the machine itself, whichever kernel answers.
 */

/** A folder in a folder of its own: nothing that others do changes what `..` is. */
const FOLDER = mkdtempSync(path.join(os.tmpdir(), 'interlinear-programs-'))
const TREE = path.join(FOLDER, 'tree')
beforeAll(() => makeSampleTree(TREE))
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

const HASHES = `
import hashlib, json, os, re, sys, struct, zlib, collections, decimal
for folder, folders, files in sorted(os.walk(sys.argv[1])):
    folders.sort()
    for name in sorted(files)[:5]:
        path = os.path.join(folder, name)
        if os.path.islink(path): print(name, '->', os.readlink(path)); continue
        with open(path, 'rb') as f: data = f.read()
        print(name, len(data), hashlib.sha256(data).hexdigest()[:16], zlib.crc32(data))
words = collections.Counter(re.findall(r'[a-z]+', open(sys.argv[1] + '/lines.txt').read()))
print(json.dumps(words, sort_keys=True), decimal.Decimal(2).sqrt(), struct.pack('<d', 0.1).hex())
with open('made', 'w') as f: f.write('x' * 100000)
os.rename('made', 'renamed'); print(os.stat('renamed').st_size, os.listdir('.'))
`

const WORDS_IN_PERL = `
my %count; while (<>) { my ($n, $w, $m) = split; $count{$w} += $n * $m; push @all, $m }
printf "%-12s %d\\n", $_, $count{$_} for sort { $count{$b} <=> $count{$a} } keys %count;
print join(",", (sort { $a <=> $b } @all)[0..9]), "\\n"; (my $s = "interlinear") =~ tr/a-z/b-za/; print "$s\\n";
open my $f, ">", "out" or die; print $f "line $_\\n" for 1..1000; close $f; print -s "out", "\\n"; unlink "out"; print -e "out" ? "there" : "gone", "\\n";
warn "a warning\\n"; exit 3
`

const AWK = String.raw`{ sum[$2] += $1; n[$2]++ } END { PROCINFO["sorted_in"] = "@ind_str_asc"
for (w in sum) printf "%s %d %.4e %s\n", w, n[w], sum[w] / n[w], toupper(substr(w, 1, 2)); print length(sum), 2 ** 0.5, strftime("%Y", 0, 1)
print "noticed" > "/dev/stderr"; exit 4 }`

const LUA = `
local words, lines = {}, 0
for line in io.lines(arg[1]) do lines = lines + 1; local w = line:match('%a+'); words[w] = (words[w] or 0) + 1 end
local keys = {}; for k in pairs(words) do keys[#keys + 1] = k end; table.sort(keys)
for _, k in ipairs(keys) do io.write(k, '=', words[k], ' ') end
print(lines, 7 // 2, 2^0.5, ('x'):rep(5), string.format('%5.2f|%x|%q', 3.14159, 255, 'a\\nb'))
local f = assert(io.open('note', 'w')); f:write('kept'); f:close(); print(io.open('note'):read('a')); print(os.remove('note')); print(io.open('note'))
os.exit(5)
`

const inTree = (name: string) => path.join(TREE, name)
const LINES = inTree('lines.txt')

const PROGRAMS: Readonly<Record<string, Invocation>> = {
  'ls -lR': { program: '/usr/bin/ls', args: ['-lR', TREE] },
  'ls -la --full-time -i': { program: '/usr/bin/ls', args: ['-lai', '--full-time', TREE, inTree('links/file')] },
  'ls, of what is not there': { program: '/usr/bin/ls', args: [inTree('nowhere'), inTree('empty')] },
  cat: { program: '/usr/bin/cat', args: [LINES, inTree('deep/ünïcode name'), inTree('binary')] },
  'cat from its input': { program: '/usr/bin/cat', args: ['-n', '-', inTree('secret')], input: sampleText(500) },
  'cat through links': {
    program: '/usr/bin/cat',
    args: [inTree('links/file'), inTree('links/up/empty-file'), inTree('links/broken')],
  },
  sha256sum: { program: '/usr/bin/sha256sum', args: [LINES, inTree('binary'), inTree('empty-file')] },
  sort: { program: '/usr/bin/sort', args: ['-k2,2', '-k1,1n', LINES] },
  'sort -u from its input': { program: '/usr/bin/sort', args: ['-u', '-r'], input: sampleText(5_000) },
  'grep -r': {
    program: '/usr/bin/grep',
    args: ['-rnE', 'needle|^99[0-9]{3} k(note|queue)', '.', LINES, inTree('deep')],
  },
  'grep finds nothing': {
    program: '/usr/bin/grep',
    args: ['-r', 'no such text at all', inTree('deep'), inTree('many')],
  },
  sed: { program: '/usr/bin/sed', args: ['-nE', 's/^([0-9]+) (k[a-z]+) (.*)$/\\3 <\\2> \\1/p; $=', LINES] },
  'sed -i': { program: '/usr/bin/sed', args: ['-i.old', 's/x/y/', inTree('nowhere')] },
  gawk: { program: '/usr/bin/gawk', args: [AWK, LINES] },
  'a script': { program: inTree('script'), args: ['one', 'two'] },
  perl: { program: '/usr/bin/perl', args: ['-e', WORDS_IN_PERL, LINES] },
  'perl dies': { program: '/usr/bin/perl', args: ['-e', 'die "it had to be\\n"'] },
  xz: { program: '/usr/bin/xz', args: ['-6', '--stdout', LINES] },
  gzip: { program: '/usr/bin/gzip', args: ['-9', '-n', '--stdout', inTree('binary')] },
  python3: { program: '/usr/bin/python3', args: ['-c', HASHES, TREE] },
  'python3 fails': { program: '/usr/bin/python3', args: ['-c', 'open("/no/such/file")'] },
  'python3 kills itself': {
    program: '/usr/bin/python3',
    args: ['-c', 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)'],
  },
  lua: { program: '/usr/bin/lua5.4', args: ['-', LINES], input: LUA },
  jq: {
    program: '/usr/bin/jq',
    args: ['map(select(.age > 30) | {name, sum: (.tags | add)}) | sort_by(-.sum)', inTree('people.json')],
  },
  'jq fails': { program: '/usr/bin/jq', args: ['.[', inTree('people.json')] },
  'sqlite3 in memory': {
    program: '/usr/bin/sqlite3',
    args: [':memory:', 'select sqlite_version(), 6 * 7, hex(zeroblob(4)), upper(printf("%08.3f", 3.14159))'],
  },
  env: { program: '/usr/bin/env', args: ['-i', 'A=1', '/usr/bin/env'], env: { B: '2' } },
  id: { program: '/usr/bin/id' },
  stat: {
    program: '/usr/bin/stat',
    args: ['-c', '%n %s %b %f %u:%g %h %i %y %F', LINES, inTree('links/file'), inTree('deep')],
  },
  dd: { program: '/usr/bin/dd', args: ['if=/dev/zero', 'bs=4k', 'count=100', 'status=none'] },
  'dash, by itself': {
    program: '/usr/bin/dash',
    args: ['-c', 'echo $((6 * 7)); cd /tmp && pwd; printf "%s\\n" *.nothing; kill -9 $$'],
  },
}

/** Stands for long output and for bytes that are no text, so that a difference can be read. */
function legible({ stdout, ...rest }: Outcome): object {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell bytes from text
  if (stdout.length < 20_000 && !/[\x00-\x08\x80-\xff]/.test(stdout)) return { stdout, ...rest }
  const digest = createHash('sha256').update(stdout, 'latin1').digest('hex')
  return { ...rest, bytes: stdout.length, digest, begins: JSON.stringify(stdout.slice(0, 100)) }
}

describe.each(PERSONALITIES)('under %s as on the machine itself', personality => {
  it.concurrent.each(Object.keys(PROGRAMS))('%s', name =>
    withScratch(async scratch => {
      const native = await runNatively(PROGRAMS[name], scratch.fresh())
      const emulated = await runEmulated(PROGRAMS[name], scratch.fresh(), personality)
      expect(legible(emulated)).toEqual(legible(native))
    }),
  )

  /** The divergence open.nofollow-symlink: NetBSD's EFTYPE has no Linux number. grep opens links so, to skip them. */
  it.concurrent('grep -r meets links', () =>
    withScratch(async scratch => {
      const invocation = { program: '/usr/bin/grep', args: ['-r', 'no such text', inTree('links')] }
      const native = await runNatively(invocation, scratch.fresh())
      expect(native).toEqual({ stdout: '', stderr: '', status: 1 })
      const { stderr, ...rest } = await runEmulated(invocation, scratch.fresh(), personality)
      const complaints = ['broken', 'file', 'up'].map(
        name => `/usr/bin/grep: ${inTree(`links/${name}`)}: Function not implemented`,
      )
      if (personality === 'linux') expect({ stderr, ...rest }).toEqual(native)
      else
        expect({ lines: stderr.trimEnd().split('\n').sort(), ...rest }).toEqual({
          lines: complaints,
          stdout: '',
          status: 2,
        })
    }))

  it.concurrent.each(['xz', 'gzip'])('%s undoes what it did', name =>
    withScratch(async scratch => {
      const packed = execFileSync(`/usr/bin/${name}`, ['--stdout', LINES], { maxBuffer: 1 << 26 })
      const program = `/usr/bin/${name}`
      const emulated = await runEmulated(
        { program, args: ['-dc'], input: packed.toString('latin1') },
        scratch.fresh(),
        personality,
      )
      expect(legible(emulated)).toEqual(legible({ stdout: sampleText(), stderr: '', status: 0 }))
    }),
  )

  it.concurrent('sqlite3 keeps a database on a mount that writes through', () =>
    withScratch(async scratch => {
      const cwd = scratch.fresh()
      const options = ['--mount', `${cwd}:${cwd}:rw`]
      const sqlite = (sql: string) => ({ program: '/usr/bin/sqlite3', args: ['data.db', sql], options })
      const made = await runEmulated(sqlite(SQL), cwd, personality)
      expect(made).toEqual({ stdout: 'delete\n500|41541750|square of 99\n', stderr: '', status: 0 })
      const wal = await runEmulated(
        sqlite('pragma journal_mode=wal; insert into t values (1000, 1, NULL)'),
        cwd,
        personality,
      )
      expect(wal).toEqual({ stdout: 'wal\n', stderr: '', status: 0 })
      const native = await runNatively(sqlite('pragma integrity_check; select count(*), max(n) from t'), cwd)
      expect(native).toEqual({ stdout: 'ok\n501|1000\n', stderr: '', status: 0 })
      const twice = await runEmulated(sqlite('insert into t values (1, 1, NULL)'), cwd, personality)
      expect(twice).toEqual(await runNatively(sqlite('insert into t values (1, 1, NULL)'), cwd))
    }))
})

const SQL = `pragma journal_mode = delete; create table t (n integer primary key, square integer, note text);
begin; with recursive c(n) as (select 0 union all select n + 1 from c where n < 499) insert into t select n, n * n, 'square of ' || n from c; commit;
create index by_note on t (note); delete from t where n = -1; vacuum; select count(*), sum(square), max(note) from t where n > 0 or note is not null`
