#!/usr/bin/bash
# Busybox: a statically linked program of a hundred commands (those for files are tried elsewhere).
exec 2>&1
b() { busybox "$@"; local s=$?; [ $s = 0 ] || echo "($s)"; }
seq 20 >n; b sort -rn n | b head -n 3; b tac n | b tail -n 2; b awk '{ s += $1 } END { print s }' n; b sed -n '3,5p' n; b grep -c 1 n
b sh -c 'echo $((1 + 1)); exit 3'; b ash -c 'for i in a b; do echo $i & wait; done; trap "echo bye" EXIT; kill -TERM $$'
b env -i A=1 busybox env; b nice -n 5 busybox nice; b timeout 1 busybox true
b xargs -n 3 echo <n; b xargs -P 3 -n 1 busybox expr 1 + <n | b sort -n | b tail -n 1; b find . -type f; b nproc | b grep -c '[0-9]'
b md5sum n; b sha1sum n; b sha512sum n | b cut -c1-20; b cksum n; b crc32 n; b base64 n | b base64 -d | b cmp - n; b od -c n | b head -n 2; b hexdump -C n | b head -n 1
b gzip -k n && b zcat n.gz | b wc -l; b bzip2 -k n && b bunzip2 -c n.bz2 | b wc -l; b tar cf t.tar n; b tar tf t.tar; b cpio -t <t.tar; b unlzma </dev/null
b dc -e '2 100 ^ p'; b bc <<<'scale=10; 1/3'; b factor 1234567890; b cal 2 2024; b date -u -d @0 +%F; b printf '%x\n' 255; b seq 1 2 7; b tr a-c A-C <<<abc
b ps | b grep -c busybox >/dev/null; b pidof nothing; b id -u; b uname -sm; b hostname >/dev/null; b uptime | b grep -c load; b free | b grep -c Mem; b df / | b wc -l; b mount | b grep -c ' / '
b setsid busybox echo session; b which busybox; b usleep 1000; b time busybox true 2>&1 | b grep -c real; b tty; b stty; b test -e n; b [ 1 = 2 ]; b mktemp -u x.XXXXXX | b wc -c
b start-stop-daemon -S -b -m -p pid -x /bin/sleep -- 100; b kill "$(cat pid)"; b fuser n; b flock n echo locked; b logname; b nohup busybox echo nohup; b watch 2>&1 | b head -n 1
b vi -h 2>&1 | b head -n 1; printf '1a\nx\n.\nw\nq\n' | b ed n; b diff n <(seq 21); b patch --help 2>&1 | b head -n 1; b nslookup 2>&1 | b head -n 1; b sum n; b strings n; b split -l 10 n part; b wc -l part*
