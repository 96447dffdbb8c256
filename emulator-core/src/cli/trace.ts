/**
 * A trace of a run: the kernel's thread records, another thread decodes and writes. The guest waits when that thread is slow;
 * nothing is lost, however the guest ends.
 */
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Recorder } from '../compat-linux/recorder.ts'
import { createRing, RingWriter } from '../events/ring.ts'
import { errorWords } from '../host/error-words.ts'
import type { Host, HostStream, HostTerminal } from '../host/host.ts'
import { closeOutputFile, openOutputFile, STANDARD_ERROR } from '../host/text-output.ts'
import type { Kernel } from '../native/kernel.ts'
import { endLostTrace } from './trace-loss.ts'
import type { TraceFormat, TraceOptions } from './trace-options.ts'
import { kindsFor } from './trace-printer.ts'
import type { TraceJob } from './trace-worker.ts'
import { UsageError } from './usage-error.ts'

const WORKER_FILE = './trace-supervisor.cjs'

export interface RunningTrace {
  readonly recorder: Recorder
  /** When the guest has ended: returns when the last line is written. */
  finish(): Promise<void>
}

/** The output of a trace, open before there is a kernel, so that a bad -o is said before anything runs. */
export class TraceSink {
  readonly #format: TraceFormat
  readonly #ring = createRing()
  readonly #writer: RingWriter
  readonly #fd: number
  readonly #worker: Worker
  readonly #ended: Promise<void>

  /** @throws UsageError if the file cannot be made. */
  constructor(options: TraceOptions, workerFile: string = installedWorker()) {
    this.#format = options.format
    this.#fd = openOutput(options.output)
    this.#writer = new RingWriter(this.#ring)
    const job: TraceJob = {
      ring: this.#ring,
      fd: this.#fd,
      name: options.output ?? 'standard error',
      format: options.format,
    }
    this.#worker = new Worker(workerFile, { workerData: job, stdout: false, stderr: false })
    // While the program runs, its own handles keep the process alive.
    this.#worker.unref()
    this.#ended = new Promise(resolve => this.#worker.once('exit', () => resolve()))
    this.#worker.once('error', error => endLostTrace(this.#ring, error))
  }

  /** The host as the traced program gets it: where lines and its own output go to one place, they come in the order of what happened. */
  host(host: Host): Host {
    if (this.#format.toFile) return host
    const { files, terminal } = host
    const outputs = [terminal.stream(1).hostFd, terminal.stream(2).hostFd]
    return {
      ...host,
      terminal: this.terminal(terminal),
      files: {
        ...files,
        writev: (fd, from, position) => {
          if (outputs.includes(fd)) this.#writer.flush()
          return files.writev(fd, from, position)
        },
      },
    }
  }

  /** The terminal alone. */
  terminal(terminal: HostTerminal): HostTerminal {
    if (this.#format.toFile) return terminal
    const writer = this.#writer
    const inOrder = (stream: HostStream): HostStream => ({
      kind: stream.kind,
      hostFd: stream.hostFd,
      take: max => stream.take(max),
      available: () => stream.available(),
      onReadable: callback => stream.onReadable(callback),
      write: bytes => {
        writer.flush()
        stream.write(bytes)
      },
    })
    const streams = [terminal.stream(0), inOrder(terminal.stream(1)), inOrder(terminal.stream(2))]
    return {
      stream: fd => streams[fd],
      onSignal: callback => terminal.onSignal(callback),
      setMode: mode => terminal.setMode(mode),
      suspend: () => terminal.suspend(),
      windowSize: () => terminal.windowSize(),
    }
  }

  /** Begins to record what the kernel does. */
  start(kernel: Kernel): RunningTrace {
    const { form, stringLimit, calls, verbose } = this.#format
    const recorder = new Recorder(kernel, this.#writer, {
      stringLimit: form === 'summary' ? 0 : stringLimit,
      captures: form !== 'summary',
      verbose: verbose || form === 'json',
      kinds: kindsFor(this.#format),
      ...(calls === undefined ? {} : { calls }),
    })
    kernel.trace = recorder
    return { recorder, finish: () => this.finish() }
  }

  /** Also for a program that never began. */
  async finish(): Promise<void> {
    this.#worker.ref()
    this.#writer.close()
    await this.#ended
    if (this.#fd !== STANDARD_ERROR) closeOutputFile(this.#fd)
  }
}

/** For a composition that has its kernel already. @throws UsageError if the output cannot be made. */
export function startTrace(kernel: Kernel, options: TraceOptions): RunningTrace {
  return new TraceSink(options).start(kernel)
}

function openOutput(path: string | undefined): number {
  if (path === undefined) return STANDARD_ERROR
  try {
    return openOutputFile(path)
  } catch (error) {
    throw new UsageError(`The trace cannot be written to ${path}: ${errorWords(error)}.`)
  }
}

/** The bundle of the thread that sees to it that the trace is written, beside the command's. */
function installedWorker(): string {
  return fileURLToPath(new URL(WORKER_FILE, import.meta.url))
}
