redis-server --port 0 --unixsocket "$PWD/socket" --save '' >log 2>&1 & until redis-cli -s socket ping >/dev/null 2>&1; do sleep 0.05; done
redis-cli -s socket set a 1; redis-benchmark -s socket -n 60 -c 4 -t set,get -q | tr '\r' '\n' | grep -c 'requests per second'
redis-cli -s socket shutdown nosave; wait
