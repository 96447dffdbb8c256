/** The reader's side of a trace: takes the records from the ring, prints them, and keeps the promises made to the writer. */
import type { RingReader } from '../events/ring.ts'
import type { TextOutput } from '../host/text-output.ts'
import type { TracePrinter } from './trace-printer.ts'

/** Records after which it looks whether the writer waits. */
const AT_ONCE = 20_000
/** ms without a record after which a call that waits is shown. */
const IDLE_MS = 40

/**
 * Returns when the ring is closed and everything is written. `prompt`: somebody watches, so nothing is held back.
 * @throws the output's error; then the rest is lost.
 */
export function pump(reader: RingReader, printer: TracePrinter, output: TextOutput, prompt: boolean): void {
  const take = (at: number) => printer.record(reader.view, at)
  while (!reader.ended) {
    if (reader.read(take, AT_ONCE) > 0) continue
    if (reader.flushWanted) {
      output.flush()
      reader.flushed()
    }
    if (prompt) output.flush()
    if (reader.wait(IDLE_MS)) continue
    printer.idle()
    output.flush()
    reader.wait(Number.POSITIVE_INFINITY)
  }
  printer.end()
  output.flush()
}
