// What `npm run soak` runs: each entry is a command whose output is the same every time, wherever it runs.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { inCache, inRoot } from '../lib/paths.mjs'

const sh = script => ['/bin/sh', '-c', script]

const WORDS =
  'find /usr/include -name "*.h" | sort | head -60 | xargs cat | tr -cs A-Za-z "\\n" | sort | uniq -c | sort -rn | head'
const COMMIT = 'git -c user.name=a -c user.email=a@b -c gc.auto=0'
const PYTHON = `
import threading, subprocess, hashlib, os, queue, tempfile
q = queue.Queue()
def work(n):
    for i in range(50): q.put(hashlib.sha256(b'%d %d' % (n, i)).hexdigest())
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(hashlib.sha256(''.join(sorted(q.get() for _ in range(400))).encode()).hexdigest())
for i in range(5): print(subprocess.run(['sh', '-c', 'echo $((%d * 7)); exit %d' % (i, i)], capture_output=True))
with tempfile.TemporaryDirectory() as d:
    for i in range(100): open(f'{d}/{i}', 'w').write('x' * i)
    print(sum(os.stat(f'{d}/{n}').st_size for n in os.listdir(d)))`
const PERL = `$| = 1; my %n; for my $i (1..20000) { $n{$i % 97} .= chr(65 + $i % 26) }
print map { "$_ " . length($n{$_}) . "\\n" } sort { $a <=> $b } keys %n;
for (1..6) { my $p = fork // die; if (!$p) { exit $_ } waitpid $p, 0; print $? >> 8, "\\n" }
open my $f, "-|", "seq 100 | wc -l" or die; print <$f>; local $SIG{ALRM} = sub { print "alarm\\n" }; alarm 1; sleep 5;`
const SQL = `pragma journal_mode=wal; create table t(a integer primary key, b text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) insert into t select i, hex(i * i) from n;
create index x on t(b); select count(*), min(b), max(b) from t; delete from t where a % 3 = 0; vacuum; select count(*) from t; pragma integrity_check;`

const PROGRAMS = {
  pipeline: sh(WORDS),
  'many processes': sh(
    'i=0; while [ $i -lt 60 ]; do i=$((i+1)); /bin/echo $i | cat | sed s/^/n/; done; (exit 3) & wait $!; echo $?',
  ),
  'here and jobs': [
    '/usr/bin/bash',
    '-c',
    'for i in {1..20}; do (echo $((i*i)) >f$i) & done; wait; cat f* | sort -n; diff <(seq 9) <(seq 8); kill -TERM $BASHPID',
  ],
  python: ['/usr/bin/python3', '-c', PYTHON],
  perl: ['/usr/bin/perl', '-e', PERL],
  git: sh(
    `export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='1000000000 +0000' GIT_COMMITTER_DATE='1000000000 +0000'; git init -q -b m r; cd r; for i in 1 2 3 4 5; do seq $i$i >f$i; git add .; ${COMMIT} commit -qm c$i; done; git log --format='%h %s'; git checkout -q -b o HEAD~2; echo x >f1; ${COMMIT} commit -qam o; ${COMMIT} merge -q m -m merged 2>&1; git fsck --strict 2>&1; git gc -q; git status -s; git rev-parse HEAD`,
  ),
  sqlite: sh(`sqlite3 base <<'END'\n${SQL}\nEND`),
  gzip: sh(
    'seq 100000 | gzip -9n | tee z | cksum; gunzip <z | xz -1 | xz -d | md5sum; tar cf - --mtime=@0 --sort=name --owner=0 --group=0 z | cksum',
  ),
  awk: [
    '/usr/bin/gawk',
    'BEGIN { for (i = 0; i < 200000; i++) s += (i * 7) % 13; print s; "date -u -d @0 +%F" | getline d; print d }',
  ],
  node: [
    '/usr/bin/node',
    '-e',
    'const w=require("worker_threads");const x=new w.Worker("require(\'worker_threads\').parentPort.postMessage(6*7)",{eval:true});x.on("message",m=>console.log(m));require("child_process").exec("echo hi",(e,o)=>process.stdout.write(o))',
  ],
}
/** Their output comes in no certain order. */
const UNORDERED = new Set(['node'])

/** They wait for what NetBSD never delivers: see conformance.test.ts. */
const LINUX_ONLY = new Set(['epoll-exclusive', 'epoll-triggers', 'file-locks', 'splices'])

/** Every run there is to do again and again: `how` is `linux`, `netbsd-10` or `trace`. */
export function allRuns() {
  const programs = Object.entries(PROGRAMS).filter(([, [file]]) => existsSync(file))
  const runs = programs.flatMap(([name, argv]) =>
    ['netbsd-10', 'linux', 'trace'].map(how => ({ name, argv, how, unordered: UNORDERED.has(name), native: true })),
  )
  const guests = readdirSync(inRoot('emulator-core', 'test', 'guests'))
    .filter(file => file.endsWith('.c') && file !== 'echo-input.c')
    .map(file => path.basename(file, '.c'))
  guests.forEach((name, i) => {
    const of = build => [inCache('guests', build, name)]
    runs.push({ name, argv: of('glibc-dynamic'), how: i % 3 === 0 ? 'trace' : 'linux', native: true })
    // What NetBSD answers is another thing; it has to be the same each time.
    if (i % 2 === 0 && !LINUX_ONLY.has(name))
      runs.push({ name, argv: of('musl-static'), how: 'netbsd-10', native: false })
  })
  return runs
}

/** A guest that lives long: it does the same round again and again until its input ends, and says so after each. */
export const LONG_LIVED = [
  '/usr/bin/python3',
  '-u',
  '-c',
  `
import os, select, sys, subprocess, threading, mmap, socket, tempfile
n = 0
while not select.select([0], [], [], 0.05)[0]:
    subprocess.run(['sh', '-c', 'seq 100 | sort -r | wc -l; sleep 0 & wait'], stdout=subprocess.DEVNULL, check=True)
    threads = [threading.Thread(target=lambda: bytearray(100000)) for _ in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]
    with mmap.mmap(-1, 4 << 20) as m: m[::4096] = b'x' * 1024
    with tempfile.TemporaryFile() as f: f.write(b'y' * 1000000); f.flush()
    a, b = socket.socketpair(); a.sendall(b'z' * 60000); b.recv(60000, socket.MSG_WAITALL); a.close(); b.close()
    os.listdir('/usr/bin'); os.listdir('/proc/self')
    n += 1; print('round', n)
print('end')`,
]
