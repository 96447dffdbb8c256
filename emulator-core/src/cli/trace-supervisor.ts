/**
 * Entry of a thread that starts the one that prints, and sees it end. The guest's thread cannot: it waits for room in the ring,
 * and an end by lack of memory runs no code of the printer's.
 */
import { fileURLToPath } from 'node:url'
import { Worker, workerData } from 'node:worker_threads'
import { endLostTrace } from './trace-loss.ts'
import type { TraceJob } from './trace-worker.ts'

/** The printer's bundle, beside this one. */
const PRINTER_FILE = './trace-worker.cjs'

const job = workerData as TraceJob
let failure: unknown
try {
  const file = fileURLToPath(new URL(PRINTER_FILE, import.meta.url))
  const printer = new Worker(file, { workerData: job, stdout: false, stderr: false })
  printer.once('error', error => {
    failure = error
  })
  printer.once('exit', () => endLostTrace(job.ring, failure))
} catch (error) {
  endLostTrace(job.ring, error)
}
