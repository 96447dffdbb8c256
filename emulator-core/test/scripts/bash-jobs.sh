#!/usr/bin/bash
# Job control: process groups, stopping and continuing, sessions.
exec 2>&1
set -m
sleep 0.1 & fg %1 >/dev/null; echo "fg $?"
sleep 100 & kill -STOP %1; while [ "$(ps -o stat= -p $! | cut -c1)" != T ]; do sleep 0.01; done
jobs; kill -CONT %1; bg %1; jobs -r; kill %1; wait %1; echo "terminated $?"
(sleep 100 | sleep 100) & p=$!
[ "$(ps -o pgid= -p $p | tr -d ' ')" = $p ] && echo "a group of its own"
kill -- -$p; wait $p; echo "group $?"
bg; echo "bg $?"
trap 'echo int' INT; kill -INT $$
sh -c 'kill -STOP $$; echo resumed; exit 9' & 
while [ -z "$(jobs -s)" ]; do sleep 0.01; done
jobs -s | tr -s ' '; kill -CONT $!; while [ -n "$(jobs -s)" ]; do sleep 0.01; done; wait -f $!; echo "resumed $?"
setsid -w bash -c '[ "$(ps -o sid= -p $$ | tr -d " ")" = $$ ] && echo session; exit 8'; echo "setsid $?"
nohup sh -c 'kill -HUP $$; echo not hung up' 2>/dev/null
bash -ic 'sleep 0.01 & wait; echo interactive' 2>/dev/null
(sleep 0.3; echo orphan) & disown -a; sleep 0.6
exec sh -c 'echo replaced; exit 5'
