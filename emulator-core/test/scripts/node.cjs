#!/usr/bin/node
// Node: files, child processes, workers, UNIX sockets, HTTP, streams, timers, signals.
const fs = require('node:fs'),
  cp = require('node:child_process'),
  os = require('node:os'),
  path = require('node:path'),
  http = require('node:http')
const net = require('node:net'),
  zlib = require('node:zlib'),
  crypto = require('node:crypto'),
  { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')
const { pipeline } = require('node:stream/promises'),
  { once } = require('node:events'),
  { setTimeout: delay } = require('node:timers/promises')
const say = (...what) => console.log(...what)
const main = async () => {
  fs.mkdirSync('a/b/c', { recursive: true })
  fs.writeFileSync('a/b/file', 'text\n'.repeat(1000))
  fs.appendFileSync('a/b/file', 'end')
  fs.symlinkSync('b/file', 'a/link')
  say(
    fs.readFileSync('a/link', 'utf8').length,
    fs.statSync('a/b/file').size,
    fs.lstatSync('a/link').isSymbolicLink(),
    fs.readdirSync('a', { recursive: true }).sort(),
  )
  fs.renameSync('a', 'moved')
  fs.mkdirSync('a/b', { recursive: true })
  fs.rmSync('a', { recursive: true })
  say(fs.existsSync('a'), fs.realpathSync('moved/b') === path.join(process.cwd(), 'moved/b'))
  await Promise.all(Array.from({ length: 50 }, (_, i) => fs.promises.writeFile(`f${i}`, String(i))))
  say(
    (
      await Promise.all(
        (await fs.promises.readdir('.')).filter(n => n[0] === 'f').map(n => fs.promises.readFile(n, 'utf8')),
      )
    )
      .map(Number)
      .sort((a, b) => a - b)
      .at(-1),
  )
  try {
    fs.openSync('nowhere/file')
  } catch (e) {
    say(e.code, e.syscall)
  }
  await pipeline(fs.createReadStream('moved/b/file'), zlib.createGzip(), fs.createWriteStream('file.gz'))
  say(
    zlib.gunzipSync(fs.readFileSync('file.gz')).length,
    crypto.createHash('sha256').update(fs.readFileSync('moved/b/file')).digest('hex').slice(0, 12),
  )

  say(
    cp.execFileSync('sh', ['-c', 'cat; echo "$X"'], { input: 'in\n', env: { X: 'y' }, encoding: 'utf8' }),
    cp.spawnSync('sh', ['-c', 'exit 3']).status,
    cp.spawnSync('sleep', ['5'], { timeout: 100 }).signal,
  )
  const child = cp.spawn('sh', ['-c', 'read a; echo "<$a>"; echo e >&2; kill -9 $$'], { stdio: 'pipe' })
  child.stdin.end('line\n')
  let out = ''
  child.stdout.on('data', d => {
    out += d
  })
  child.stderr.on('data', d => {
    out += d
  })
  say(await once(child, 'close'), out.length)
  say(
    (await Promise.all(Array.from({ length: 10 }, (_, i) => once(cp.spawn('sh', ['-c', `exit ${i}`]), 'exit')))).map(
      ([code]) => code,
    ),
  )
  await once(cp.spawn('/nowhere'), 'error').then(([e]) => say(e.code))
  const forked = cp.fork(__filename, ['child'])
  forked.send({ n: 1 })
  say((await once(forked, 'message'))[0], (await once(forked, 'exit'))[0])

  const shared = new SharedArrayBuffer(8)
  const workers = Array.from({ length: 3 }, () => new Worker(__filename, { workerData: { shared } }))
  const replies = await Promise.all(
    workers.map(async (w, i) => {
      const ended = once(w, 'exit')
      w.postMessage(i + 2)
      const [m] = await once(w, 'message')
      await ended
      return m.square
    }),
  )
  say(replies, new Int32Array(shared)[0])

  const server = http.createServer((request, response) => {
    let n = 0
    request
      .on('data', d => {
        n += d.length
      })
      .on('end', () => {
        response.setHeader('x-n', n)
        response.end(request.method + request.url + 'z'.repeat(100_000))
      })
  })
  await once(server.listen('server.sock'), 'listening')
  const fetchOne = (method, url, body) =>
    new Promise((resolve, reject) =>
      http
        .request({ socketPath: 'server.sock', path: url, method }, r => {
          let text = ''
          r.setEncoding('utf8')
            .on('data', d => {
              text += d
            })
            .on('end', () => resolve([r.statusCode, r.headers['x-n'], text.length]))
        })
        .on('error', reject)
        .end(body),
    )
  say(
    await Promise.all([
      fetchOne('GET', '/a'),
      fetchOne('POST', '/b', 'x'.repeat(300_000)),
      ...Array.from({ length: 8 }, (_, i) => fetchOne('GET', `/${i}`)),
    ]),
  )
  server.close()
  try {
    await once(net.connect('nothing.sock'), 'connect')
  } catch (e) {
    say(e.code)
  }
  const [timeout, immediate, tick] = [
    delay(20).then(() => 'timeout'),
    new Promise(r => setImmediate(r, 'immediate')),
    Promise.resolve('tick'),
  ]
  say(await Promise.race([timeout, immediate]), await tick, await timeout)
  process.once('SIGUSR2', () => say('signal'))
  process.kill(process.pid, 'SIGUSR2')
  await delay(10)
  const interval = []
  for await (const n of require('node:timers/promises').setInterval(3, 'i')) if (interval.push(n) === 3) break
  say(interval)
  say(
    os.cpus().length > 0,
    os.totalmem() > 1e6,
    os.userInfo().uid === process.getuid(),
    os.hostname().length > 0,
    process.memoryUsage().rss > 1e6,
    process.hrtime.bigint() > 0n,
    process.uptime() > 0,
  )
  let kept = []
  for (let i = 0; i < 200; i++) {
    kept.push(new Array(10_000).fill(i))
    if (kept.length > 20) kept = kept.slice(10)
  }
  say(
    kept.length,
    await new Promise((r, j) =>
      crypto.pbkdf2('p', 's', 1000, 16, 'sha256', (e, k) => (e ? j(e) : r(k.toString('hex')))),
    ),
  )
  say(
    (
      await WebAssembly.instantiate(
        new Uint8Array([
          0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10,
          9, 1, 7, 0, 32, 0, 32, 1, 106, 11,
        ]),
      )
    ).instance.exports.add(40, 2),
  )
  process.on('exit', code => say('exit', code))
  process.exitCode = 6
}
if (!isMainThread) {
  const counters = new Int32Array(workerData.shared)
  for (let i = 0; i < 10_000; i++) Atomics.add(counters, 0, 1)
  parentPort.once('message', n => parentPort.postMessage({ square: n * n }))
} else if (process.argv[2] === 'child') {
  process.on('message', m => {
    process.send({ got: m })
    process.disconnect()
  })
} else main()
