mkdir -p t/sub; inotifywait -m -r t >out 2>err & p=$!; until grep -q select "/proc/$p/wchan"; do sleep 0.05; done
echo a >t/a; mv t/a t/b; mkdir t/new; echo c >t/sub/c; mv t/sub/c t/c; rm t/b; sleep 0.5; kill $p; wait $p; grep -c b out
