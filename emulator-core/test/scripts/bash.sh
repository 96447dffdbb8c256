#!/usr/bin/bash
# Bash: pipelines, here-documents, process substitution, traps, background jobs, co-processes, redirections, limits.
exec 2>&1
printf '%s\n' c b a | sort | tr a-c A-C | nl
seq 1 1000 | grep 7 | wc -l
set -o pipefail
false | true; echo "pipefail $?"
true | false | true; echo "${PIPESTATUS[@]}"
set +o pipefail
yes | head -3

cat <<EOF | sed 's/x/y/'
x $((1 + 2)) $(echo sub)
EOF
cat <<'EOF'
$not expanded
EOF
cat <<EOF | md5sum
$(seq 30000)
EOF
read -r a b <<<"one two three"; echo "[$a][$b]"

diff <(printf '1\n2\n3\n') <(printf '1\n3\n4\n'); echo "diff $?"
while read -r x; do echo "got $x"; done < <(seq 3)
tee >(wc -c >count) < <(echo hello) >/dev/null; while [ ! -s count ]; do sleep 0.01; done; cat count

trap 'echo the end: $?' EXIT
trap 'echo usr1' USR1; kill -USR1 $$
trap 'echo failed' ERR; false; trap - ERR
(trap 'echo terminated; exit 7' TERM; kill -TERM $BASHPID; sleep 5); echo "subshell $?"
(trap '' TERM; kill -TERM $BASHPID; bash -c 'kill $$; echo still here'); echo "ignored $?"
trap 'echo a child' CHLD; /usr/bin/true; trap - CHLD
sh -c 'kill -9 $$' >/dev/null 2>&1 | cat; echo "killed ${PIPESTATUS[0]}"
sh -c 'kill -SEGV $$' 2>/dev/null | cat; echo "fault ${PIPESTATUS[0]}"

sleep 0.05 & wait $!; echo "wait $?"
(exit 3) & wait $!; echo "wait $?"
(exit 4) & (sleep 0.3; exit 5) & wait -n; echo "first $?"; wait -n; echo "second $?"; wait; echo "none $?"
{ sleep 10 & sleep 0.2; kill $!; wait $!; echo "job $?"; } 2>/dev/null
trap 'echo interrupted' USR2; (sleep 0.2; kill -USR2 $$) & sleep 2 & p=$!; wait $p; echo "wait $?"; kill $p; wait 2>/dev/null

declare -A m=([x]=1 [y]=2); for k in "${!m[@]}"; do echo "$k=${m[$k]}"; done | sort
echo $((16#ff ** 2)) "${BASH_VERSION%%.*}"
coproc C { while read -r l; do echo "co $l"; done; }
echo hi >&"${C[1]}"; read -r r <&"${C[0]}"; echo "$r"; p=$C_PID; exec {C[1]}>&-; wait "$p"; echo "coproc $?"

exec 3>out; echo three >&3; exec 3>&-; cat out
{ echo o; echo e >&2; } 2>&1 | sort
echo more >>out; wc -l <out
exec 4<>out; read -r -u 4 l; echo "$l"; echo changed >&4; exec 4>&-; cat out
(set -C; echo no >out; echo "noclobber $?"; echo yes >|out) ; cat out
mkfifo p; (set -C; echo through a fifo >p) & cat p; wait
[ -e /dev/fd/0 ] && echo "/dev/fd"; (echo to stdout >/dev/stdout) | cat

while getopts ab:c o -a -b val -c; do echo "$o $OPTARG"; done
printf '%q %05d %x %(%Y)T\n' 'a b' 42 255 0
read -rt 0.05 x < <(sleep 0.3); echo "read $(($? > 128))"
timeout 0.1 sleep 5; echo "timeout $?"
(ulimit -n 64; ulimit -n; ulimit -Hn) 
umask 077; touch f; stat -c %a f; [[ -r f && ! -x f ]] && echo permissions
echo {a..c}{1..3} [c-f]* ~root
type -t cd ls if; command -v ls; hash -p /usr/bin/ls ls; hash -t ls
mapfile -t lines < <(seq 5); echo "${#lines[@]} ${lines[*]: -2}"
select x in one two; do echo "chose $x"; break; done <<<2
[ "$(ps -o ppid= -p $BASHPID | tr -d ' ')" = "$PPID" ] && echo parent
bash -c 'exec -a other-name sh -c "echo \$0"; echo not reached'
(exec /nowhere/at/all); echo "exec $?"
/etc/passwd; echo "not executable $?"
echo 'echo a script without a first line: $0 $1' >plain; chmod +x plain; ./plain argument
env -i "$BASH" --norc -c 'echo "$PATH" | wc -c; export -p | cut -d= -f1'
a=(); for i in {1..200}; do a+=("$(echo "$i")"); done; echo "${#a[@]} ${a[199]}"
bash -c "ulimit -t 1; while :; do :; done" 2>/dev/null | cat; echo "processor time ${PIPESTATUS[0]}"
exit 3
