#!/usr/bin/bash
# Servers with their clients in one guest, by UNIX sockets: redis, nginx with curl; openssl.
exec 2>&1
here=$PWD
redis-server --port 0 --unixsocket "$here/redis.sock" --save '' --dir "$here" --logfile redis.log 2>/dev/null & redis=$!
r() { redis-cli -s "$here/redis.sock" "$@" 2>/dev/null; }
until r ping >/dev/null 2>&1; do sleep 0.05; done
r ping; r set key value; r get key; r incrby n 41; r incr n; r rpush list a b c; r lrange list 0 -1; r hset h f 1 g 2; r hgetall h; r expire key 100; r ttl key | wc -w; r eval 'return redis.call("get", KEYS[1]) .. ARGV[1]' 1 key !
seq 1 2000 | sed 's/.*/set k& &/' | r --pipe | tail -1; r dbsize; r save; r bgsave; while [ "$(r info persistence | tr -d '\r' | sed -n 's/^rdb_bgsave_in_progress://p')" = 1 ]; do sleep 0.05; done; [ -s dump.rdb ] && echo dumped
redis-cli -s redis.sock subscribe channel >heard 2>/dev/null & until [ "$(r publish channel message)" = 1 ]; do sleep 0.05; done; until grep -q message heard; do sleep 0.05; done; kill $!; wait $! 2>/dev/null; cat heard; r --raw debug sleep 0 ; r multi >/dev/null; r client list | grep -c unix >/dev/null; r config get maxmemory | tail -1
r shutdown nosave; wait $redis; echo "redis $?"; grep -c 'ready to exit' redis.log; redis-check-rdb dump.rdb 2>/dev/null | grep -c 'RDB looks OK'

mkdir -p www logs; seq 20000 >www/numbers; echo '<h1>index</h1>' >www/index.html
cat >nginx.conf <<EOF
daemon off; worker_processes 2; pid $here/nginx.pid; error_log $here/logs/error.log; user root;
events { worker_connections 64; accept_mutex on; accept_mutex_delay 20ms; }
http {
  access_log $here/logs/access.log; sendfile off; gzip on; gzip_types text/plain; types { text/html html; } default_type text/plain;
  client_body_temp_path $here/t1; proxy_temp_path $here/t2; fastcgi_temp_path $here/t3; uwsgi_temp_path $here/t4; scgi_temp_path $here/t5;
  server { listen unix:$here/back.sock; root $here/www; location /put { return 201 "body \$content_length\n"; } }
  server { listen unix:$here/nginx.sock; location / { proxy_pass http://unix:$here/back.sock; } location /direct/ { alias $here/www/; autoindex on; } }
}
EOF
nginx -t -c "$here/nginx.conf" 2>&1 | grep -c 'successful\|is ok'; nginx -c "$here/nginx.conf" & nginx=$!
c() { curl -sS --unix-socket nginx.sock "$@"; }
until c -o /dev/null http://host/ 2>/dev/null; do sleep 0.05; done
c http://host/; c http://host/numbers | md5sum; c http://host/direct/numbers | md5sum; c --compressed http://host/direct/numbers | md5sum; c -o /dev/null -w '%{http_code} %{size_download}\n' http://host/nothing; c -r 0-9 http://host/direct/numbers; c -d @www/numbers http://host/put; c -I http://host/direct/numbers | grep -c 'HTTP/1.1 200'; c http://host/direct/ | grep -c numbers
for i in 1 2 3 4 5 6; do c http://host/numbers | wc -c & done; wait -n; wait $(jobs -p | grep -v "^$nginx$"); kill -HUP $nginx; sleep 0.3; c http://host/ ; kill -QUIT $nginx; wait $nginx; echo "nginx $?"; wc -l <logs/access.log; cut -d'"' -f2 logs/access.log | sort | uniq -c | tr -s ' '; cat logs/error.log | grep -cv 'No such file\|prctl'

openssl genrsa -out key.pem 2048 2>/dev/null; openssl rsa -in key.pem -noout -check; openssl req -new -x509 -key key.pem -subj /CN=here -days 2 -out cert.pem; openssl x509 -in cert.pem -noout -subject; openssl verify -CAfile cert.pem cert.pem
openssl dgst -sha256 www/numbers; openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in www/numbers -out secret; openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:x -in secret | cmp - www/numbers && echo decrypted; openssl dgst -sign key.pem -sha1 -out signature www/numbers; openssl rsa -in key.pem -pubout -out public.pem 2>/dev/null; openssl dgst -verify public.pem -sha1 -signature signature www/numbers; openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout 2>/dev/null | wc -l; openssl rand -hex 8 | wc -c; echo -n x | openssl base64; openssl passwd -6 -salt s x; openssl version | cut -d' ' -f1
openssl s_server -unix tls.sock -cert cert.pem -key key.pem -www >/dev/null 2>&1 & tls=$!; until [ -S tls.sock ]; do sleep 0.05; done; (printf 'GET / HTTP/1.0\r\n\r\n'; sleep 0.5) | timeout 20 openssl s_client -unix tls.sock -CAfile cert.pem 2>/dev/null | grep -o 'Verify return code: 0' | sort -u; kill $tls; wait $tls 2>/dev/null; echo "tls $?"
