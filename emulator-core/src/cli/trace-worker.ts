/** Entry of the thread that turns the records of `interlinear trace` into text. */
import { workerData } from 'node:worker_threads'
import { RingReader } from '../events/ring.ts'
import { errorWords } from '../host/error-words.ts'
import { TextOutput, writeError } from '../host/text-output.ts'
import type { TraceFormat } from './trace-options.ts'
import { tracePrinter } from './trace-printer.ts'
import { pump } from './trace-pump.ts'

export interface TraceJob {
  readonly ring: SharedArrayBuffer
  /** An open descriptor of this process, and what people call it. */
  readonly fd: number
  readonly name: string
  readonly format: TraceFormat
}

const { ring, fd, name, format } = workerData as TraceJob
const reader = new RingReader(ring)
try {
  const output = new TextOutput(fd)
  pump(
    reader,
    tracePrinter(format, text => output.write(text)),
    output,
    !format.toFile,
  )
} catch (error) {
  // The program goes on without its trace; what is wrong with standard error cannot be said there.
  if (format.toFile) writeError(`interlinear: the trace could not be written to ${name}: ${errorWords(error)}.\n`)
} finally {
  reader.done()
}
