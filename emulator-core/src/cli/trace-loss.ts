/** The end of a trace whose thread ended before its work was done. */
import { RingReader } from '../events/ring.ts'
import { errorWords } from '../host/error-words.ts'
import { writeError } from '../host/text-output.ts'

/** Says so, and sets the guest's thread free, which may wait in the ring. Nothing, if the reader was through. */
export function endLostTrace(ring: SharedArrayBuffer, error: unknown): void {
  const reader = new RingReader(ring)
  if (reader.isDone) return
  const why = error === undefined ? '' : ` (${errorWords(error)})`
  writeError(`interlinear: the thread that writes the trace has ended${why}; the program goes on without it.\n`)
  reader.done()
}
