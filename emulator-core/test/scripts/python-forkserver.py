#!/usr/bin/python3
"""Only under linux: NetBSD's Linux emulation knows no SO_PROTOCOL, without which Python makes no socket of a descriptor."""
import multiprocessing, os, socket, time

if __name__ == '__main__':  # a process of the server reads this file again
    context = multiprocessing.get_context('forkserver')
    p = context.Process(target=os._exit, args=(6,)); p.start(); p.join(); q = context.Process(target=time.sleep, args=(30,)); q.start(); q.kill(); q.join()
    print(p.exitcode, q.exitcode)
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET); c = socket.socket(fileno=os.dup(a.fileno())); print(c.family, c.type, c.proto)
