"""Types at a program on a terminal of its own: a list of [what to wait for, what to type then], as JSON; prints its exit status and all it showed."""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

PATIENCE = 20

command, steps = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))

settings = termios.tcgetattr(terminal)
settings[0] |= 0x4000  # IUTF8, as the windows of today have it
termios.tcsetattr(terminal, termios.TCSANOW, settings)

shown = b''
seen = 0


def read_until(wanted):
    """Waits for a text behind what was waited for before; for the end if there is none."""
    global shown, seen
    limit = time.monotonic() + PATIENCE
    while wanted is None or shown.find(wanted, seen) < 0:
        if time.monotonic() > limit:
            os.kill(child, 9)
            sys.exit('waited in vain for %r; shown so far: %r' % (wanted, shown))
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            piece = b''
        if piece == b'':
            if wanted is None:
                return
            sys.exit('ended before %r; shown: %r' % (wanted, shown))
        shown += piece
    seen = shown.find(wanted, seen) + len(wanted)


for wanted, keys in steps:
    read_until(wanted.encode())
    if isinstance(keys, list):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', keys[0], keys[1], 0, 0))
    else:
        os.write(terminal, keys.encode())
read_until(None)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(json.dumps({'status': status, 'shown': shown.decode('utf8', 'replace')}))
