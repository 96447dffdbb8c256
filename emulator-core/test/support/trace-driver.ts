/** A traced run without a guest, in a process of its own: `trace-driver WORKER OUTPUT FORM CALLS`. Its program writes to standard output now and then. */
import { writeSync } from 'node:fs'
import { TraceSink } from '../../src/cli/trace.ts'
import { TraceOptionReader } from '../../src/cli/trace-options.ts'
import type { HostStream, HostTerminal } from '../../src/host/host.ts'
import type { Kernel } from '../../src/native/kernel.ts'
import type { Lwp } from '../../src/native/lwp.ts'

const GETPPID = 110
const [, , worker, calls, ...words] = process.argv

const options = new TraceOptionReader()
for (let at = 0; at < words.length; at += options.take(words, at));
const sink = new TraceSink(options.options(), worker)

const stream: HostStream = {
  kind: 'pipe',
  hostFd: undefined,
  take: () => undefined,
  available: () => 0,
  onReadable: () => {},
  write: bytes => {
    for (let done = 0; done < bytes.length; ) done += writeSync(2, bytes, done)
  },
}
const terminal = sink.terminal({
  stream: () => stream,
  onSignal: () => {},
  setMode: () => {},
  suspend: () => {},
  windowSize: () => undefined,
} satisfies HostTerminal)

const started = process.hrtime.bigint()
const clock = { monotonic: () => Number(process.hrtime.bigint() - started), realtime: () => 0n }
const kernel = { machine: { registers: new ArrayBuffer(24 * 8) }, clock } as unknown as Kernel
const { recorder, finish } = sink.start(kernel)
const l = { id: 1, blocks: 0, proc: { pid: 1 } } as unknown as Lwp
recorder.emit('session', l, { version: 1, personality: 'linux', realtime: '0', program: 'x' })
for (let i = 1; i <= Number(calls); i++) {
  recorder.syscallEnter(l, GETPPID)
  recorder.syscallExit(l, GETPPID, i, 0)
  if (Number(calls) <= 10) terminal.stream(1).write(Buffer.from(`output ${i}\n`))
}
recorder.emit('process-exit', l, { status: 0, signal: 0, core: 0 })
void finish().then(() => writeSync(1, `${Number(process.hrtime.bigint() - started) / Number(calls)} ns a call\n`))
