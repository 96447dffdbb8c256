#!/usr/bin/python3
"""Python on the network: asyncio over TCP and UDP, servers with threads and processes, epoll, names."""
import asyncio, errno, os, select, socket, socketserver, struct, sys, threading, http.server, urllib.request, urllib.error, xmlrpc.server, xmlrpc.client, selectors

async def echo(reader, writer):
    while line := await reader.readline(): writer.write(line.upper()); await writer.drain()
    writer.close()

async def client(host, port, n):
    reader, writer = await asyncio.open_connection(host, port)
    for i in range(20): writer.write(f'client {n} line {i}\n'.encode()); reply = await reader.readline()
    writer.write_eof(); rest = await reader.read(); writer.close(); await writer.wait_closed()
    return reply, rest

class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, address): self.transport.sendto(data[::-1], address)

class Ask(asyncio.DatagramProtocol):
    def __init__(self, loop): self.answer = loop.create_future(); self.error = loop.create_future()
    def connection_made(self, transport): transport.sendto(b'question')
    def datagram_received(self, data, address): self.answer.set_result(data)
    def error_received(self, error): self.error.set_result(error)

async def main():
    for host in ('127.0.0.1', '::1', 'localhost'):
        server = await asyncio.start_server(echo, host, 0); port = server.sockets[0].getsockname()[1]
        async with server: print(host, set(await asyncio.gather(*[client(server.sockets[0].getsockname()[0], port, n % 3) for n in range(12)])) and 'ok')
    try: await asyncio.open_connection('127.0.0.1', port)
    except ConnectionRefusedError as e: print(errno.errorcode[e.errno])
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Echo, local_addr=('127.0.0.1', 0)); address = transport.get_extra_info('sockname')
    t, ask = await loop.create_datagram_endpoint(lambda: Ask(loop), remote_addr=address); print(await ask.answer); t.close(); transport.close(); await asyncio.sleep(0)
    t, ask = await loop.create_datagram_endpoint(lambda: Ask(loop), remote_addr=address); print(type(await ask.error).__name__); t.close()
    async def big(reader, writer): writer.write(b'x' * 5_000_000); await writer.drain(); writer.close()
    server = await asyncio.start_server(big, '127.0.0.1', 0); reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    print(len(await reader.read())); writer.close(); server.close()
asyncio.run(main())

class Handler(socketserver.StreamRequestHandler):
    def handle(self): self.wfile.write(b''.join(self.rfile.readline()[::-1] for _ in range(3)))
for kind in (socketserver.ThreadingTCPServer, socketserver.ForkingTCPServer):
    with kind(('127.0.0.1', 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.01}).start()
        for i in range(3):
            with socket.create_connection(server.server_address) as s: s.sendall(b'one\ntwo\nthree\n'); print(s.makefile('rb').read())
        server.shutdown()

class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self): body = self.rfile.read(int(self.headers['Content-Length'])); self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body[::-1])
    def log_message(self, *a): pass
with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Web) as web:
    threading.Thread(target=web.serve_forever, kwargs={'poll_interval': 0.01}).start(); url = f'http://localhost:{web.server_port}/'
    print([urllib.request.urlopen(url, data=bytes([65 + i]) * i + b'!').read() for i in range(4)], len(urllib.request.urlopen(url, data=b'y' * 1_000_000).read()))
    try: urllib.request.urlopen(url)
    except urllib.error.HTTPError as e: print(e.code)
    web.shutdown()
with xmlrpc.server.SimpleXMLRPCServer(('127.0.0.1', 0), logRequests=False) as rpc:
    rpc.register_function(pow); threading.Thread(target=rpc.serve_forever, kwargs={'poll_interval': 0.01}).start()
    with xmlrpc.client.ServerProxy(f'http://127.0.0.1:{rpc.server_address[1]}') as proxy: print(proxy.pow(2, 10))
    rpc.shutdown()

listener = socket.create_server(('127.0.0.1', 0)); listener.setblocking(False); ep = select.epoll(); ep.register(listener, select.EPOLLIN)
ends = [socket.socket() for _ in range(20)]
for s in ends: s.setblocking(False); s.connect_ex(listener.getsockname())
accepted = {}
while len(accepted) < 20:
    for fd, events in ep.poll(5):
        while True:
            try: c, _ = listener.accept()
            except BlockingIOError: break
            c.setblocking(False); accepted[c.fileno()] = c; ep.register(c, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
for i, s in enumerate(ends): s.send(b'%d' % i); s.shutdown(socket.SHUT_WR)
seen = 0
while seen < 20:
    for fd, events in ep.poll(5):
        if events & select.EPOLLRDHUP: seen += 1; assert accepted[fd].recv(10); accepted[fd].close()
print('epoll', seen, all(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 for s in ends))
s = socket.create_server(('::', 0), family=socket.AF_INET6, dualstack_ipv6=True); c = socket.create_connection(('127.0.0.1', s.getsockname()[1])); print(s.accept()[1][0])
print(sorted({a[4][0] for a in socket.getaddrinfo('localhost', 80, type=socket.SOCK_STREAM)} - {'::1'}), socket.gethostbyname('localhost'), socket.getservbyname('https'))
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); peer = s; c.close()
a, b = socket.socketpair(); socket.send_fds(a, [b'fd'], [0, 1]); message, fds, flags, _ = socket.recv_fds(b, 10, 5); print(message, len(fds), flags)
