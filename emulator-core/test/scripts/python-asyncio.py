#!/usr/bin/python3
"""Python's asyncio: timers, subprocesses, pipes, UNIX sockets, signals, threads; sqlite3 from several threads and processes."""
import asyncio, os, signal, socket, sqlite3, sys, threading, time

async def ticker(n, out):
    for i in range(3): await asyncio.sleep(0.01 * n); out.append((n, i))

async def echo(reader, writer):
    while line := await reader.readline(): writer.write(line.upper()); await writer.drain()
    writer.close()

async def client(n):
    reader, writer = await asyncio.open_unix_connection('socket')
    replies = []
    for i in range(20): writer.write(f'client {n} line {i}\n'.encode()); replies.append(await reader.readline())
    writer.close(); await writer.wait_closed()
    return replies[-1]

async def main():
    out = []; await asyncio.gather(*[ticker(n, out) for n in (1, 2, 3)]); print(sorted(out))
    try: await asyncio.wait_for(asyncio.sleep(10), 0.02)
    except asyncio.TimeoutError: print('timed out')
    p = await asyncio.create_subprocess_exec('sh', '-c', 'read x; echo "<$x>"; exit 5', stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await p.communicate(b'line\n'), await p.wait())
    many = await asyncio.gather(*[asyncio.create_subprocess_exec('sh', '-c', f'sleep 0.0{n}; exit {n}') for n in range(8)])
    print([await q.wait() for q in many])
    server = await asyncio.start_unix_server(echo, 'socket')
    async with server: print(await asyncio.gather(*[client(n) for n in range(10)]))
    got = asyncio.Event(); loop = asyncio.get_running_loop(); loop.add_signal_handler(signal.SIGUSR1, got.set)
    os.kill(os.getpid(), signal.SIGUSR1); await got.wait(); print('signal')
    print(await loop.run_in_executor(None, lambda: sum(range(100_000))), await asyncio.to_thread(threading.active_count) > 1)
    r, w = os.pipe(); reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(r, 'rb')); os.write(w, b'pipe\n'); os.close(w); print(await reader.read())
    a, b = socket.socketpair(); a.setblocking(False); b.setblocking(False)
    await loop.sock_sendall(a, b'z' * 10); print(await loop.sock_recv(b, 100))
    queue = asyncio.Queue(2)
    async def produce():
        for i in range(10): await queue.put(i)
        await queue.put(None)
    task = asyncio.create_task(produce()); got = []
    while (item := await queue.get()) is not None: got.append(item)
    await task; print(got)
    task = asyncio.create_task(asyncio.sleep(10)); await asyncio.sleep(0); task.cancel()
    try: await task
    except asyncio.CancelledError: print('cancelled')

asyncio.run(main())

db = sqlite3.connect('data.db'); print(db.execute('pragma journal_mode=wal').fetchone())
db.execute('create table t (n integer, who text)'); db.commit()
def insert(who):
    c = sqlite3.connect('data.db', timeout=30)
    for n in range(25):
        with c: c.execute('insert into t values (?, ?)', (n, who))
    c.close()
threads = [threading.Thread(target=insert, args=(f'thread {n}',)) for n in range(3)]
for t in threads: t.start()
for t in threads: t.join()
for n in range(3):
    if os.fork() == 0: insert(f'process {n}'); os._exit(0)
print([os.wait()[1] for _ in range(3)])
print(db.execute('select who, count(*), sum(n) from t group by who order by who').fetchall(), db.execute('pragma integrity_check').fetchone())
reader = sqlite3.connect('file:data.db?mode=ro', uri=True); reader.execute('begin'); print(reader.execute('select count(*) from t').fetchone())
with db: db.execute('delete from t')
print(reader.execute('select count(*) from t').fetchone(), db.execute('select count(*) from t').fetchone()); reader.close()
try: other = sqlite3.connect('data.db', timeout=0.05); db.execute('begin immediate'); other.execute('begin immediate')
except sqlite3.OperationalError as e: print(e)
db.rollback(); db.close(); other.close(); print(sorted(n for n in os.listdir() if n.startswith('data')))
