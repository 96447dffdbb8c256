#!/usr/bin/bash
# Only under linux: a pipe can be locked (make -O), and a write that passes the file's limit writes what fits; NetBSD refuses both.
exec 2>&1
cat >Makefile <<'EOF'
all: a b c
a b c: ; @echo begin $@; sleep 0.05; echo end $@; echo $@ >$@
.PHONY: all
EOF
make -j2 -O --no-print-directory | cat >output; sort output; awk '/begin/ { name = $2 } /end/ && $2 != name { print "mixed" }' output; rm a; make -Oline -j2 --no-print-directory
(trap '' XFSZ; ulimit -f 4; head -c 9000 /dev/zero >limited; echo "$?"; ulimit -f)
wc -c <limited; { bash -c 'ulimit -f 1; exec head -c 5000 /dev/zero >killed'; } 2>/dev/null; echo "$?"; wc -c <killed
{ (ulimit -f 1; seq 1000 >numbers; echo "$?"; exec 3>>numbers; echo more >&3); } 2>/dev/null; echo "$?"; wc -c <numbers
