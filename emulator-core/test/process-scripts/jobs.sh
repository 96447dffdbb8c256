# Job control, traps, pipelines, substitutions: what a shell does with processes.
set -m
trap 'echo got USR1' USR1
trap 'echo exit trap' EXIT
kill -USR1 $$
sleep 0.1 &
jobs
wait %1; echo "waited $?"
(sleep 30) & p=$!
kill -STOP %1; sleep 0.1; jobs | sed 's/[0-9]\{3,\}/PID/'
kill -CONT %1; sleep 0.1;  jobs| sed 's/[0-9]\{3,\}/PID/'
kill %1; wait $p; echo "status $?"
f() { return 3; }
f | cat; echo "${PIPESTATUS[@]}"
{ sleep 0.05; exit 7; } & wait $!; echo $?
for i in 1 2 3; do ( exit $i ) & done; wait; echo all
echo "$(echo sub; exit 4)" ; x=$(exit 5); echo $?
cat <<X | tr a-z A-Z
here document $((6*7))
X
coproc cat; echo hello >&${COPROC[1]}; read -u ${COPROC[0]} l; echo $l; exec {COPROC[1]}>&-; wait
timeout 0.2 sleep 5; echo "timeout $?"
( trap '' TERM; kill -TERM $BASHPID; echo survived )
{ bash -c 'kill -SEGV $$'; } 2>/dev/null; echo $?
ulimit -u >/dev/null; ulimit -c 0; { bash -c 'kill -ABRT $$'; } 2>/dev/null; echo $?
sleep 0.3 & sleep 0.1 & wait -n; echo "first $?"; wait
exec 3< <(echo process substitution); cat <&3
trap 'echo chld' CHLD; sleep 0.05; true
(kill -INT $BASHPID); echo "int $?"
