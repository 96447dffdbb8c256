# Where the file system is one of this computer alone, tail sleeps in poll for inotify.
folder=$(mktemp -d -p /dev/shm); cd "$folder"; echo one >f; tail -f f >out & p=$!; until grep -q select "/proc/$p/wchan"; do sleep 0.05; done
echo two >>f; sleep 0.5; kill $p; wait $p; cat out
