#!/usr/bin/bash
# Servers that one event loop or several threads drive: memcached, haproxy before itself, socat; a screen with a window behind it.
here=$PWD port=$((29000 + $$ % 900 * 4))
memcached -u root -l 127.0.0.1 -p $port -U 0 -t 4 2>/dev/null & memcached=$!
m() { printf "$@" | nc -N 127.0.0.1 $port 2>/dev/null; }
until m 'version\r\nquit\r\n' >/dev/null; do sleep 0.05; done
m 'set a 0 0 5\r\nhello\r\nget a\r\nget b\r\nset n 0 0 2\r\n41\r\nincr n 1\r\nappend a 0 0 6\r\n world\r\nget a n\r\ndelete a\r\nget a\r\nnonsense\r\nquit\r\n'
for i in 1 2 3 4 5 6; do (m "set k$i 0 0 1\r\n$i\r\nget k$i\r\nquit\r\n" | md5sum) & done | sort
kill $memcached; wait $memcached; echo "memcached $?"

port=$((port + 1)); cat >haproxy.cfg <<END
global
  nbthread 2
defaults
  mode http
  timeout connect 20s
  timeout client 20s
  timeout server 20s
frontend outer
  bind 127.0.0.1:$port
  bind $here/haproxy.socket
  default_backend inner
backend inner
  server one 127.0.0.1:$((port + 1))
frontend last
  bind 127.0.0.1:$((port + 1))
  http-request return status 200 content-type text/plain lf-string "%[path] %[req.body_len]\n"
END
haproxy -f haproxy.cfg -db 2>/dev/null & haproxy=$!
until curl -sf -o /dev/null http://127.0.0.1:$port/; do sleep 0.05; done
for path in / /one /two/three; do curl -sS http://127.0.0.1:$port$path; done; curl -sS --unix-socket haproxy.socket http://x/unix
for i in 1 2 3 4 5 6 7 8; do curl -sS http://127.0.0.1:$port/$i & done | sort
kill -USR1 $haproxy; wait $haproxy; echo "haproxy $?"

port=$((port + 2)); socat TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr EXEC:'tr a-z A-Z' 2>/dev/null & socat=$!
until echo 'through socat' | socat -t10 - TCP:127.0.0.1:$port 2>/dev/null; do sleep 0.05; done
socat -u EXEC:'echo terminal',pty,setsid,ctty - ; printf 'seq\npacket\n' | socat -t10 - EXEC:cat,socktype=5 | sort; kill $socat; wait $socat; echo "socat $?"

export SCREENDIR=$here/screens; mkdir -m 700 screens; screen -dmS name sh -c "tty | sed 's/[0-9]*$//' >window; echo \$TERM >>window; echo done >>window"
until grep -qs done window; do sleep 0.05; done; cat window
