#!/usr/bin/bash
# Only under linux: NetBSD has no netlink. What there is of the loopback: ip, ss, netstat, Python.
ip -o addr show lo | tr -s ' '; ip addr show lo; ip link show lo; ip -6 addr show lo; ip route get 127.0.0.9 | head -1; ip link show no-such 2>&1; echo $?; ip route show table local dev lo | grep '127.0.0'; ip rule show | head -1
python3 -c 'import socket; print([i for i in socket.if_nameindex() if i[1] == "lo"], socket.if_nametoindex("lo"), socket.if_indextoname(1))'
python3 -c '
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def ask(number, name=b"lo"):
    try: return fcntl.ioctl(s, number, struct.pack("16s24x", name))[16:].hex()
    except OSError as e: return e.errno
print([ask(n) for n in (0x8913, 0x8915, 0x8919, 0x891b, 0x8921, 0x8927, 0x8933, 0x8942)], ask(0x8915, b"none"), ask(0x8927, b"lo:1"))
print(fcntl.ioctl(s, 0x8910, struct.pack("16si20x", b"", 1))[:3])'
port=$((20000 + $$ % 9000)); python3 -c "
import socket, time
l = socket.create_server(('127.0.0.1', $port)); c = socket.create_connection(('127.0.0.1', $port)); a = l.accept(); u = socket.socket(2, 2); u.bind(('127.0.0.1', $port)); print('ready', flush=True); time.sleep(60)" >ready & python=$!
until grep -q ready ready; do sleep 0.05; done
hide() { sed "s/$port/PORT/g; s/:[0-9][0-9][0-9][0-9][0-9]/:OTHER/g; s/ *$//" | tr -s ' '; }
ss -Hltn "sport = :$port" 2>/dev/null | hide | cut -d' ' -f1,2,4,5; ss -Htn state established "dport = :$port" 2>/dev/null | hide | wc -l; ss -Hlun "sport = :$port" 2>/dev/null | hide
netstat -ltn | grep ":$port" | hide; netstat -un | grep -c nothing; kill $python; wait $python 2>/dev/null
grep -c lo /proc/net/dev; grep ' lo' /proc/net/if_inet6 | tr -s ' '; cat /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/ipv4/ip_unprivileged_port_start | tr -s '\t' ' '
