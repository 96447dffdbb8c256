/** The guest's output on its way to the debug console: pieces are put together, and no more is sent in a second than a person's editor can show. */
import { StringDecoder } from 'node:string_decoder'

export type Category = 'stdout' | 'stderr' | 'console'

/** How long output is gathered. */
const GATHER_MS = 25
/** What one gathering may send; the guest waits with the rest. */
const MOST_BYTES = 32 * 1024

export class OutputGatherer {
  readonly #send: (category: Category, text: string) => void
  /** Told how many bytes were passed on: the guest may write as many again. */
  readonly #taken: (bytes: number) => void
  readonly #decoders = {
    stdout: new StringDecoder('utf8'),
    stderr: new StringDecoder('utf8'),
    console: new StringDecoder('utf8'),
  }
  #waiting: { category: Category; bytes: Uint8Array }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(send: (category: Category, text: string) => void, taken: (bytes: number) => void) {
    this.#send = send
    this.#taken = taken
  }

  push(category: Category, bytes: Uint8Array): void {
    this.#waiting.push({ category, bytes })
    this.#timer ??= setTimeout(() => this.#flushSome(), GATHER_MS)
  }

  #flushSome(): void {
    this.#timer = undefined
    let room = MOST_BYTES
    while (room > 0 && this.#waiting.length > 0) room -= this.#sendFirst(room)
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#flushSome(), GATHER_MS)
  }

  /** Sends a run of one category, at most `room` bytes; how many it was. */
  #sendFirst(room: number): number {
    const category = this.#waiting[0].category
    let text = ''
    let sent = 0
    while (sent < room && this.#waiting[0]?.category === category) {
      const { bytes } = this.#waiting[0]
      const piece = bytes.subarray(0, room - sent)
      if (piece.length === bytes.length) this.#waiting.shift()
      else this.#waiting[0] = { category, bytes: bytes.subarray(piece.length) }
      text += this.#decoders[category].write(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
      sent += piece.length
    }
    if (text !== '') this.#send(category, text)
    this.#taken(sent)
    return sent
  }

  /** Sends what is left at the program's end: at most the window that the guest could fill. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#waiting.length > 0) this.#sendFirst(MOST_BYTES)
    for (const category of ['stdout', 'stderr', 'console'] as const) {
      const rest = this.#decoders[category].end()
      if (rest !== '') this.#send(category, rest)
    }
  }
}
