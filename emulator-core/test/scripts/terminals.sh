#!/usr/bin/bash
# Programs that make terminals: script, tmux, vim, expect, inotifywait's watching of a folder.
# Only under linux: script waits for signals by signalfd, which COMPAT_LINUX does not have, and inotify is as Linux tells it.
exec 2>&1
script -qec 'tty >/dev/null && echo a terminal; stty size; exit 5' typescript </dev/null | tr -d '\r'; echo "${PIPESTATUS[0]}"; grep -c terminal typescript
printf 'iHello\nworld\x1b:s/wor/WOR/\n:wq\n' >keys; seq 3 >text; vim -es -u NONE -c 's/1/one/' -c '$d' -c 'put =expand(\"%\")' -c wq text; cat text; vim -u NONE -N -es -S <(printf 'new made\ncall setline(1, ["b", "a"])\nsort\nwrite\nlet r = system("echo shell")\nput =r\nwq\nqa!\n'); cat made
TERM=xterm script -qec 'vim -u NONE -N -s keys edited' /dev/null </dev/null >/dev/null; cat edited
export TMUX_TMPDIR=$PWD TERM=xterm; t() { tmux -f /dev/null -L test "$@"; }
t new-session -d -x 80 -y 24 'PS1= sh'; t send-keys 'echo $((6*7)); stty size' Enter; until t capture-pane -p | grep -q '^24 80\|^23 80'; do sleep 0.05; done; t capture-pane -p | grep -x '42\|2[34] 80'; t split-window -d 'echo second; sleep 100'; t list-panes | wc -l; t resize-window -x 60 -y 20; until t capture-pane -p | grep -q ' 60$'; do t send-keys 'stty size' Enter; sleep 0.1; done; echo resized; t new-window -d; t list-windows | wc -l; t kill-server; echo "tmux $?"
mkdir watched; inotifywait -q -m -r --format '%e %w%f' -e create,delete,modify,move,close_write,attrib watched >events & watcher=$!; until [ -n "$(ls -l /proc/$watcher/fd | grep inotify)" ]; do sleep 0.05; done; sleep 0.3
echo x >watched/a; mv watched/a watched/b; chmod 600 watched/b; rm watched/b; mkdir watched/d; until grep -q 'ISDIR' events; do sleep 0.05; done; sleep 0.2; touch watched/d/e; until grep -q CLOSE_WRITE.*e$ events; do sleep 0.05; done; kill $watcher; wait $watcher 2>/dev/null; cat events; (sleep 0.2; touch watched/later) & inotifywait -q -t 5 -e create watched; echo $?; inotifywait -q -t 1 watched; echo $?
