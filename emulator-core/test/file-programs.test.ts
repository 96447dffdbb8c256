import { describe, expect, it } from 'vitest'
import { type Invocation, type Personality, runEmulated, runNatively, withScratch } from './support/run.ts'

/**
 * What the programs do that people handle files with: coreutils, findutils, tar, rsync, compressors, git, sqlite3, make and gcc, busybox, and what
 * looks into /proc. Each is a line for bash; output, complaints and status are those of the machine itself.
 */
const ON_BOTH: Readonly<Record<string, string>> = {
  'cp -a and ls': `mkdir a; echo x >a/f; ln a/f a/g; ln -s f a/l; mkfifo a/p; cp -a a b; ls -lR --time-style=+x b | sed 's/total.*//'`,
  'install and mktemp': `install -m 640 -D /etc/passwd x/y/z; stat -c '%a %U %s %n' x/y/z; mktemp -p . foo.XXXXXX | wc -c`,
  'truncate and shred': `truncate -s 1M t; stat -c %s t; truncate -s -1K t; stat -c %s t; shred -u -n1 t; ls`,
  'split, sort and tac': `seq 30000 | split -l 9000 - p; wc -l p*; cat p* | sort -R | sort -n -S 1M -T . | md5sum; seq 10 | tac`,
  'more of coreutils': `seq 1 20000 >n; split -n 4 n p.; cat p.* | cmp - n; shuf --random-source=n n | sort -n | cmp - n; csplit -sz n 100 2000; ls xx*
od -An -tx1 -N16 n; base64 n | base64 -d | cmp - n; nl n | tail -1; join <(sort n) <(sort n) | wc -l; paste n n | head -1`,
  'touch and times': `touch -d '2001-02-03 04:05:06.789' f; stat -c '%y' f; touch -r f g; stat -c '%y' g; touch -d '1969-01-01' h; stat -c '%y %Y' h`,
  'chmod -R and umask': `mkdir -p d/e; touch d/e/f; chmod -R u=rwX,go= d; find d -printf '%p %m\\n' | sort; chmod -R 755 d; umask 077; mkdir g; stat -c %a d/e/f g`,
  'du, df and sync': `mkdir d; seq 5000 >d/f; du -ab d; sync; df . >/dev/null; echo $?`,
  findutils: `find /etc -maxdepth 1 -type f -newer /etc/passwd | sort | head; find /usr/share/doc -maxdepth 1 -name 'b*' | sort | wc -l
echo a b c | xargs -n1 -P2 echo | sort`,
  'cp -r, diff -r and find': `cp -r /usr/share/doc/bash x; diff -r /usr/share/doc/bash x && echo equal; find x -type f -exec md5sum {} + | sort | md5sum
chmod -R g-w,o-r x; find x -perm -o=r | wc -l; find x -newermt 2000-01-01 -type f | wc -l; find x -size +1k -printf '%f %s\\n' | sort`,
  'what cannot be done': `ln -s a b; ln -s b a; cat a; ls -L a; stat -L a; cd nowhere; rmdir /; mkdir -p a/b; touch dir; mkdir dir; mv dir dir; cp dir dir; ln dir dir`,
  'tar of a sparse file': `mkdir s; echo hi >s/a; truncate -s 5M s/sp; echo end >>s/sp; ln s/a s/h; tar -cf t.tar s; mkdir o; tar -xf t.tar -C o
find o -printf '%p %s %n\\n' | sort; md5sum o/s/sp`,
  rsync: `mkdir s; echo hi >s/a; mkdir s/d; ln -s a s/l; rsync -a s/ t/; find t | sort; echo more >>s/a; rsync -av --stats s/ t/ | grep -E '^(a|Number of reg)'`,
  compressors: `for z in gzip xz 'zstd -q'; do echo hello | $z -c >x; $z -dc x; done`,
  git: `export GIT_AUTHOR_DATE=2000-01-01T00:00:00Z GIT_COMMITTER_DATE=2000-01-01T00:00:00Z
git init -q r; cd r; git config user.email a@b; git config user.name n; for i in 1 2 3; do echo $i >f$i; git add .; git commit -qm c$i; done
git log --oneline; git gc -q; git clone -q . ../c; git worktree add -q ../w HEAD~1 2>&1; ls ../w; git fsck; git status --short; git diff HEAD~2 --stat
git checkout -q -b side; git mv f1 g1; echo y >>f3; git stash -q; git stash pop -q; git add -A; git commit -qm side; git log --oneline | wc -l; git archive HEAD | tar t`,
  'sqlite3, two processes on one database': `sqlite3 x.db 'pragma journal_mode=wal; create table t(a); insert into t values(1);'
(for i in 1 2 3; do sqlite3 -cmd '.timeout 5000' x.db "insert into t values($i)"; done)& for i in 6 7 8; do sqlite3 -cmd '.timeout 5000' x.db "insert into t values($i)"; done
wait; sqlite3 x.db 'select count(*),sum(a) from t; pragma integrity_check'`,
  'make and gcc': `printf 'all: hello\\n\\t./hello\\nhello: hello.c\\n\\tgcc -O1 -o $@ $<\\n' >Makefile
printf '#include <stdio.h>\\nint main(){puts("hi");return 3;}\\n' >hello.c; make; make -s`,
  'flock(1)': `flock f -c 'echo locked; flock -n f -c "echo bad" || echo busy'; flock -s f true; echo $?`,
  busybox: `for a in cat head tail wc md5sum; do busybox $a /etc/passwd | busybox md5sum; done; busybox find /usr/share/doc/bash | busybox sort
busybox sh -c 'mkdir -p a/b; cd a; echo x > f; ln -s f l; busybox cp -a . ../c; busybox tar cf ../t.tar .; cd ..; busybox mkdir o; busybox tar xf t.tar -C o
busybox find o c | busybox sort; busybox stat -c "%n %a" o/*; busybox truncate -s 10k z; busybox wc -c z; busybox gzip z; busybox gunzip z.gz; busybox rm -r a c o; busybox ls'`,
  'named pipes': `mkfifo p; (for i in 1 2 3; do echo $i; done >p) & cat p; wait; [ -p p ] && echo fifo; exec 7<>p; echo hi >&7; read -u7 x; echo $x
dd if=/dev/zero bs=64k count=10 2>/dev/null | cat | wc -c`,
  perl: `perl -e 'use Fcntl qw(:flock :seek); open F, "+>", "f"; flock F, LOCK_EX or die; print F "hello"; seek F, 0, SEEK_SET; print <F>, "\\n"
; rename "f", "g"; print -s "g", -e "f" ? "yes" : "no", "\\n"; mkdir "d" or die; opendir D, "."; print join(",", sort readdir D), "\\n"; utime 1, 2, "g"
; print join(" ", (stat "g")[8,9]), "\\n"; chmod 0640, "g"; printf "%o\\n", (stat "g")[2]; symlink "g", "s"; print readlink "s", "\\n"; unlink "s", "g"; rmdir "d"'`,
  'what looks into /proc': `ps -o comm= -p $$; pgrep -x nosuchthing; echo $?; ps aux | head -3 | awk '{print NF > 10}'
top -b -n1 | tail -n +7 | head -1; free | awk '{print $1}'; uptime | grep -c load; mount | grep -c ' / '; findmnt -no FSTYPE /proc
cat /proc/self/comm; tr '\\0' ' ' </proc/self/cmdline; readlink -f /proc/self/exe; sleep 9 & ps -o stat=,wchan= -p $! | cut -c1; kill $!`,
  '/dev': `ls -l /dev/fd /dev/stdin /dev/stdout | awk '{print $NF}'; cat /dev/fd/0 </etc/hostname; cat <(echo sub); f=/dev/shm/interlinear-$$; echo hi >$f; cat $f; rm $f
head -c 3 /dev/zero | od -An -tx1; head -c 8 /dev/urandom | wc -c; echo x >/dev/full; echo y >/dev/null`,
}

/** NetBSD has no holes to find, no attributes, no way to punch; there these say so, or take another way. */
const ON_LINUX: Readonly<Record<string, string>> = {
  'sparse files': `dd if=/dev/zero of=s bs=1k seek=100 count=1 status=none; stat -c '%s %b' s; cp --sparse=always s t; cmp s t; dd if=s of=u conv=sparse bs=4k status=none
stat -c '%s %b' u; truncate -s 1G s; echo end >>s; du -k s | cut -f1; cp s t; du -k t | cut -f1; mkdir o; tar -cSf t.tar s; stat -c %s t.tar; tar -xSf t.tar -C o; du -k o/s | cut -f1`,
  fallocate: `fallocate -l 1M f; stat -c '%s %b' f; fallocate -p -o 4096 -l 8192 f; stat -c '%s %b' f; fallocate -d f; stat -c %s f`,
  attributes: `touch f; setfattr -n user.one -v two f; getfattr -d f; cp -a f g; getfattr -d g; setfattr -x user.one g; getfattr -d g
tar --xattrs -cf t.tar f; mkdir o; tar --xattrs -xf t.tar -C o; getfattr -d o/f; mv f h; getfattr -d h`,
  inotifywait: `mkdir d; inotifywait -q -m -e create,delete,moved_to,modify,attrib,close_write --format '%e %f' -o log d 2>/dev/null & p=$!
until grep -q probe log 2>/dev/null; do touch d/probe; rm d/probe; sleep 0.1; done
echo x >d/a; mv d/a d/b; chmod 600 d/b; rm d/b; touch d/last; until grep -q 'CLOSE.* last' log; do sleep 0.1; done; kill $p; grep -v probe log`,
  python3: `python3 -c 'import os, fcntl, tempfile, shutil, mmap, stat
f = tempfile.TemporaryFile(); f.write(b"x" * 10000); f.flush(); m = mmap.mmap(f.fileno(), 0); m[0:3] = b"abc"; f.seek(0); print(f.read(5))
os.posix_fallocate(f.fileno(), 0, 20000); print(os.fstat(f.fileno()).st_size)
os.makedirs("a/b/c"); open("a/f", "w").write("x"); shutil.copytree("a", "d"); print(sorted(os.walk("d"))); shutil.move("d", "e"); shutil.rmtree("e"); print(os.listdir("."))
a, b = open("l", "w"), open("l", "w"); fcntl.flock(a, fcntl.LOCK_EX)
try: fcntl.flock(b, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError as e: print(e)
print(os.sendfile(1, os.open("a/f", os.O_RDONLY), 0, 10)); print(os.statvfs(".").f_namemax, stat.filemode(os.stat("a").st_mode))'`,
}

const inBash = (script: string): Invocation => ({ program: '/bin/bash', args: ['-c', script] })

function compare(scripts: Readonly<Record<string, string>>, personality: Personality): void {
  it.concurrent.each(Object.keys(scripts))('%s', name =>
    withScratch(async scratch => {
      const native = await runNatively(inBash(scripts[name]), scratch.fresh())
      // A program that is not installed would be missed on both sides alike.
      expect(native.stderr).not.toContain('command not found')
      expect(await runEmulated(inBash(scripts[name]), scratch.fresh(), personality)).toEqual(native)
    }),
  )
}

describe('under linux', () => {
  compare(ON_BOTH, 'linux')
  compare(ON_LINUX, 'linux')
})

describe('under netbsd-10', () => compare(ON_BOTH, 'netbsd-10'))
