/** Which divergences of epoll whole programs meet under netbsd-10, by the shadow of Linux's: those that make a difference to them, and no others. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from './support/guests.ts'
import { interlinear, withScratch } from './support/run.ts'

const EPOLL_ECHO = fileURLToPath(new URL('../../test-workspace/bin/epoll-echo', import.meta.url))

interface Line {
  readonly event?: string
  readonly name?: string
  readonly id?: string
  readonly detail?: string
}

/** What a run printed, and the divergences of epoll that it met. */
const traced = (...words: string[]): Promise<{ stdout: string; waits: number; met: string[] }> =>
  withScratch(async scratch => {
    const log = scratch.beside('log')
    const options = ['trace', '-f', '--json', '-o', log, '--personality', 'netbsd-10', '--']
    const { stdout } = await interlinear([...options, ...words], scratch.fresh())
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    const entries = lines.map(line => JSON.parse(line) as Line)
    const met = entries.flatMap(({ event, id, detail }) =>
      event === 'divergence' && id?.startsWith('epoll.') ? [`${id.slice(6)}: ${detail ?? ''}`] : [],
    )
    return { stdout, waits: entries.filter(({ name }) => name?.startsWith('epoll_') === true).length, met }
  })

const python = (text: string) => traced('/usr/bin/python3', '-c', text)

/** Each id once, in the alphabet's order. */
const ids = (met: readonly string[]): string[] => [...new Set(met.map(each => each.replace(/:.*/, '')))].sort()

describe('a program to which nothing differs', () => {
  it('meets none: level and edge, oneshot, MOD, DEL before close, a timeout', async () => {
    const { stdout, met } = await python(`
import os, select
r, w = os.pipe(); e = select.epoll(); e.register(r, select.EPOLLIN); e2 = select.epoll()
print(e.poll(0)); os.write(w, b"x"); print(e.poll(0) == [(r, 1)], e.poll(0) == [(r, 1)]); os.read(r, 1); print(e.poll(0.01))
e.modify(r, select.EPOLLIN | select.EPOLLET); os.write(w, b"x"); print(len(e.poll()), e.poll(0)); os.write(w, b"x"); print(len(e.poll()))
e.modify(r, select.EPOLLIN | select.EPOLLONESHOT); print(len(e.poll()), e.poll(0)); e.modify(r, select.EPOLLIN); print(len(e.poll()))
e2.register(w, select.EPOLLOUT); print(len(e2.poll()))
e.unregister(r); os.close(r); e2.unregister(w)`)
    expect(stdout).toBe('[]\nTrue True\n[]\n1 []\n1\n1 []\n1\n1\n')
    expect(met).toEqual([])
  })

  it('meets none by fork alone: a child that leaves its descriptors alone, or executes a program', async () => {
    const { stdout, met } = await python(`
import os, select, subprocess
e = select.epoll(); r, w = os.pipe(); e.register(r, select.EPOLLIN)
if os.fork() == 0: os.write(w, b"x"); os._exit(0)
print(len(e.poll())); os.wait(); print(subprocess.run(["/bin/echo", "hello"], stdout=subprocess.PIPE).stdout)`)
    expect(stdout).toBe("1\nb'hello\\n'\n")
    expect(met).toEqual([])
  })
})

describe('a program to which something differs', () => {
  beforeAll(buildGuests, 300_000)

  it('meets the end of a pipe, at the wait that tells it', async () => {
    const { met } = await python(`
import os, select
r, w = os.pipe(); e = select.epoll(); e.register(r, select.EPOLLIN); os.close(w); e.poll()`)
    expect(met).toEqual([expect.stringMatching(/^hangup: descriptor \d+: Linux EPOLLHUP, NetBSD EPOLLIN\|EPOLLRDHUP$/)])
  })

  it('meets a wake-up that does not come, while it sleeps', async () => {
    const { stdout, met } = await python(`
import os, select, threading
r, w = os.pipe(); e = select.epoll(); e.register(r, 0)
def close():
  while "kqueue" not in open(f"/proc/self/task/{os.getpid()}/wchan").read(): pass
  os.close(w)
threading.Thread(target=close).start()
print(e.poll(1))`)
    expect(stdout).toBe('[]\n')
    expect(met).toEqual([expect.stringMatching(/^hangup: descriptor \d+: Linux EPOLLHUP, NetBSD nothing$/)])
  })

  it('meets the closing of one of two descriptors', async () => {
    const { met } = await python(`
import os, select
r, w = os.pipe(); e = select.epoll(); e.register(r, select.EPOLLIN); d = os.dup(r); os.close(r); os.write(w, b"x"); e.poll(0)`)
    expect(met).toEqual([expect.stringMatching(/^last-descriptor: descriptor \d+: Linux EPOLLIN, NetBSD nothing$/)])
  })

  it('meets what fork has left behind when it is used, not when another file takes its number', async () => {
    const { met } = await python(`
import os, select
e = select.epoll(); n = e.fileno()
if os.fork() == 0:
  try: os.fstat(n)
  except OSError as error: print(error)
  while os.open("/dev/null", os.O_RDONLY) != n: pass
  os.read(n, 1); os.lseek(n, 0, 0)
  try: e.register(0)
  except OSError as error: print(error)
  os.close(n)
  try: os.fstat(n)
  except OSError as error: print(error)
  os._exit(0)
os.wait()`)
    expect(met.map(each => each.replace(/\d+/, 'N'))).toEqual([
      'not-inherited: descriptor N: fork has left the epoll instance of the parent behind',
      'not-inherited: descriptor N: another file has taken the number of the epoll instance that fork has left behind',
      'not-inherited: descriptor N: fork has left the epoll instance of the parent behind',
    ])
  })

  it('meets what fork has left behind in poll sets and in messages, and not where it is only a number', async () => {
    const { stdout, met } = await python(`
import array, os, select, socket
e = select.epoll(); n = e.fileno(); a, b = socket.socketpair(); p = select.poll(); p.register(n, select.POLLIN)
if os.fork() == 0:
  print(p.poll(0) == [(n, select.POLLNVAL)], flush=True)
  for use in [
    lambda: select.select([n], [], [], 0),
    lambda: a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [n]))]),
    lambda: os.sendfile(a.fileno(), n, 0, 1),
    lambda: select.select([60], [], [], 0),
    lambda: os.lseek(99, n, os.SEEK_SET),
  ]:
    try: use()
    except OSError as error: print(error.errno, flush=True)
  os._exit(0)
os.wait()`)
    expect(stdout).toBe('True\n9\n9\n38\n9\n9\n')
    const left = 'not-inherited: descriptor N: fork has left the epoll instance of the parent behind'
    expect(met.map(each => each.replace(/\d+/, 'N'))).toEqual([left, left, left])
  })

  it('meets in poll what does not wake it, where it happens', async () => {
    const { stdout, met } = await python(`
import os, select, threading
r, w = os.pipe(); e = select.epoll(); e.register(r, 0); p = select.poll(); p.register(e.fileno(), select.POLLIN)
def close():
  while "select" not in open(f"/proc/self/task/{os.getpid()}/wchan").read(): pass
  os.close(w); print("closed", flush=True)
threading.Thread(target=close).start()
print(p.poll(1000))`)
    expect(stdout).toBe('closed\n[]\n')
    expect(met).toEqual([
      expect.stringMatching(/^hangup: descriptor \d+: Linux EPOLLHUP, NetBSD nothing; the epoll itself/),
    ])
  })

  it('meets only what it sees: epoll-echo', async () => {
    const { met } = await traced(EPOLL_ECHO)
    expect(met.length).toBe(3)
    expect(ids(met)).toEqual(['hangup'])
  })

  it('meets only what it sees: a server of asyncio, whose clients hang up', async () => {
    const { stdout, met } = await python(`
import asyncio
async def echo(reader, writer):
  while line := await reader.readline(): writer.write(line.upper()); await writer.drain()
  writer.close()
async def main():
  async with await asyncio.start_unix_server(echo, "socket"):
    for i in range(3):
      reader, writer = await asyncio.open_unix_connection("socket"); writer.write(b"line\\n"); print(await reader.readline())
      writer.close(); await writer.wait_closed()
asyncio.run(main())`)
    expect(stdout).toBe("b'LINE\\n'\n".repeat(3))
    expect(ids(met).filter(id => id !== 'hangup' && id !== 'rdhup')).toEqual([])
  })

  it('meets only what it sees: redis, whose clients hang up', async () => {
    const { stdout, waits, met } = await traced(
      '/bin/bash',
      '-c',
      `redis-server --port 0 --unixsocket $PWD/socket --save '' >log 2>&1 & until redis-cli -s socket ping >/dev/null 2>&1; do sleep 0.05; done
redis-cli -s socket ping; redis-cli -s socket shutdown nosave; wait`,
    )
    expect(stdout).toBe('PONG\n')
    expect(waits).toBeGreaterThan(3)
    expect(ids(met)).toEqual(['hangup', 'rdhup'])
  })

  it('meets only what it sees: nginx, and a client that hangs up', async () => {
    const { stdout, met } = await traced(
      '/bin/bash',
      '-c',
      `mkdir www; echo page >www/index.html; cat >conf <<END
daemon off; master_process off; pid $PWD/pid; error_log $PWD/error.log; events { worker_connections 64; }
http { access_log off; client_body_temp_path $PWD/1; proxy_temp_path $PWD/2; fastcgi_temp_path $PWD/3; uwsgi_temp_path $PWD/4; scgi_temp_path $PWD/5;
server { listen unix:$PWD/socket; root $PWD/www; } }
END
/usr/sbin/nginx -c $PWD/conf & until curl -sS --unix-socket socket http://host/ 2>/dev/null; do sleep 0.05; done; kill -KILL $!; wait`,
    )
    expect(stdout).toBe('page\n')
    expect(ids(met).filter(id => id !== 'hangup')).toEqual([])
  })

  it("meets only what it sees: Go's network poller, which asks for both directions in one", async () => {
    const { met } = await traced(guestPath('go', 'network'))
    const known = ['edge', 'error', 'halves', 'hangup', 'order', 'rdhup']
    expect(ids(met)).toContain('halves')
    expect(ids(met).filter(id => !known.includes(id))).toEqual([])
  })
})
