memcached -u root -s "$PWD/socket" -t 1 & p=$!; until [ -S socket ]; do sleep 0.05; done
printf 'set k 0 0 2\r\nhi\r\nget k\r\nquit\r\n' | socat -t 5 - UNIX:socket; kill $p; wait $p
