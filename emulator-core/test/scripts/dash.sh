#!/bin/dash
# Dash, the shell that #!/bin/sh means on Debian.
exec 2>&1
set -e
f() { local x="$1"; echo "f $x $#"; return 3; }
f 'a b' c || echo "returned $?"
x=$(printf 'a\nb\n' | while read -r l; do echo "[$l]"; done); echo "$x"
cat <<EOF
$(id -u | wc -w) ${x%%]*} ${#x} $((7 / 2)) ${undefined:-default}
EOF
trap 'echo exit $?' EXIT
trap 'echo got it' USR1; kill -USR1 $$
set +e
(exit 9); echo $?
sh -c 'kill -KILL $$' | cat
sleep 0.01 & wait $!; echo "wait $?"
sleep 5 & kill -INT $!; kill $!; wait $! 2>/dev/null; echo "$?"
a() { b; }; b() { echo "$1" >&3; }; a one 3>&1
for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done
case $(uname -s) in L*) echo Linux;; *) echo other;; esac
echo "$(ulimit -c) $(umask)"; cd /usr/lib/..; pwd; cd - >/dev/null
mkfifo p; (read x <p; echo "read $x") & echo written >p; wait
echo *; set -- $(echo one two); shift; echo "$1"
printf '%s %d %o\n' x 10 8; test -p p && echo fifo
command -v dash nothing; type cd; alias l=ls; alias
eval 'echo "evaluated $LINENO"'; readonly R=1; (R=2) ; echo $?
nowhere; echo $?; . /nowhere/at/all; echo not reached
