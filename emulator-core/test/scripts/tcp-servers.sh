#!/usr/bin/bash
# Servers with their clients over TCP and UDP in one guest: redis, nginx and Python's http.server with curl, openssl, nc.
here=$PWD port=$((20000 + $$ % 9000))
redis-server --port $port --bind 127.0.0.1 ::1 --save '' --dir "$here" --logfile redis.log 2>/dev/null & redis=$!
r() { redis-cli -p $port "$@" 2>/dev/null; }
until r ping >/dev/null; do sleep 0.05; done
r ping; r set key value; r get key; redis-cli -h ::1 -p $port get key 2>/dev/null; head -c 300000 /dev/zero | tr '\0' x | r -x set big; r strlen big; r get big | md5sum; seq 1 2000 | sed 's/.*/set k& &/' | r --pipe | tail -1; r dbsize
redis-benchmark -p $port -q -n 500 -c 20 -t ping,set,get,lpush,mset >benchmark 2>&1; echo "benchmark $?"; tr '\r' '\n' <benchmark | grep -c 'requests per second, p50'
r client list | grep -c 127.0.0.1; r shutdown nosave; wait $redis; echo "redis $?"

port=$((port + 1)); mkdir www; seq 20000 >www/numbers; echo '<h1>index</h1>' >www/index.html; head -c 3000000 /dev/zero >www/big
cat >nginx.conf <<END
daemon off; worker_processes 1; pid $here/nginx.pid; error_log $here/error.log; user root; events { worker_connections 64; }
http { access_log off; gzip on; gzip_types text/plain; default_type text/plain; keepalive_timeout 5; client_body_temp_path $here/t1; proxy_temp_path $here/t2; fastcgi_temp_path $here/t3; uwsgi_temp_path $here/t4; scgi_temp_path $here/t5;
  server { listen 127.0.0.1:$port; listen [::1]:$port; root $here/www; tcp_nopush on; location /put { return 201 "\$remote_addr \$content_length\n"; } location /back/ { proxy_pass http://127.0.0.1:$port/; } } }
END
nginx -c "$here/nginx.conf" & nginx=$!
c() { curl -sS "$@"; }
until c -o /dev/null http://127.0.0.1:$port/ 2>/dev/null; do sleep 0.05; done
c http://127.0.0.1:$port/; c "http://[::1]:$port/"; c http://localhost:$port/numbers | md5sum; c --compressed http://127.0.0.1:$port/numbers | md5sum; c http://127.0.0.1:$port/big http://127.0.0.1:$port/big | wc -c; c -o /dev/null -w '%{http_code} %{size_download} %{num_connects}\n' http://127.0.0.1:$port/nothing; c -d @www/numbers http://127.0.0.1:$port/put; c http://127.0.0.1:$port/back/numbers | md5sum
for i in 1 2 3 4 5 6; do c http://127.0.0.1:$port/numbers | wc -c & done; wait -n; wait $(jobs -p | grep -v "^$nginx$"); kill -QUIT $nginx; wait $nginx; echo "nginx $?"
c http://127.0.0.1:$port/ 2>/dev/null; echo "refused $?"

port=$((port + 1)); (cd www && exec python3 -m http.server $port --bind 127.0.0.1 >/dev/null 2>&1) & http=$!
until c -o /dev/null http://127.0.0.1:$port/ 2>/dev/null; do sleep 0.05; done
c http://127.0.0.1:$port/; c http://127.0.0.1:$port/big | wc -c; c -o /dev/null -w '%{http_code}\n' http://127.0.0.1:$port/nothing; kill $http; wait $http 2>/dev/null; echo "http.server $?"

port=$((port + 1)); openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost 2>/dev/null
openssl s_server -accept 127.0.0.1:$port -key key.pem -cert cert.pem -www >/dev/null 2>&1 & tls=$!
until c -o /dev/null --cacert cert.pem https://localhost:$port/ 2>/dev/null; do sleep 0.05; done
c --cacert cert.pem https://localhost:$port/ | grep -c 'Secure Renegotiation IS'; printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 openssl s_client -connect localhost:$port -CAfile cert.pem -ign_eof 2>/dev/null | grep -o 'Verify return code: 0' | sort -u; kill $tls; wait $tls 2>/dev/null; echo "tls $?"

port=$((port + 1)); nc -l 127.0.0.1 $port 2>/dev/null >got & nc=$!; until echo 'through nc' | nc -N 127.0.0.1 $port 2>/dev/null; do sleep 0.05; done; wait $nc; echo "nc $?"; cat got
timeout 10 nc -u -l 127.0.0.1 $port 2>/dev/null >got & nc=$!; until grep -q udp got; do echo 'over udp' | nc -u -w1 127.0.0.1 $port 2>/dev/null; done; kill $nc; head -1 got
(exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; echo "bash $?"
