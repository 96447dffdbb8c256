socat UNIX-LISTEN:socket EXEC:cat & until [ -S socket ]; do sleep 0.05; done; echo hello | socat -t 5 - UNIX:socket; wait
