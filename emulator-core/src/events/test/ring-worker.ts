/** The reader's side of the ring's tests: counts what it gets, slowly. */
import { parentPort, workerData } from 'node:worker_threads'
import { RingReader } from '../ring.ts'

export interface RingRead {
  readonly count: number
  readonly sum: number
  readonly inOrder: boolean
}

interface Given {
  readonly shared: SharedArrayBuffer
  /** ms to sleep after a look at the ring. */
  readonly pause: number
  /** Records after which it gives up. */
  readonly stopAfter: number
}

const { shared, pause, stopAfter } = workerData as Given
const reader = new RingReader(shared)
/** Words of the control area that the ring itself does not use. */
const marks = new Int32Array(shared)
const COUNTED = 60
const PASSED_ON = 61

let count = 0
let sum = 0
let inOrder = true
while (!reader.ended && count < stopAfter) {
  reader.read(
    at => {
      const mark = reader.view.getUint32(at + 4, true)
      count++
      inOrder &&= mark === count
      sum += mark
    },
    Math.min(20, stopAfter - count),
  )
  if (pause > 0 && count % 1000 < 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
  if (!reader.empty) continue
  if (reader.flushWanted) {
    marks[PASSED_ON] = count
    reader.flushed()
  }
  reader.wait(10_000)
}
marks[COUNTED] = count
reader.done()
parentPort?.postMessage({ count, sum, inOrder } satisfies RingRead)
