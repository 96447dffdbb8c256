/** The Debug Adapter Protocol's base protocol: JSON behind a Content-Length header. */
import type { Readable, Writable } from 'node:stream'

const HEADER_END = Buffer.from('\r\n\r\n')
/** No message of ours comes near this; more means that the stream is broken. */
const LARGEST = 256 << 20

export class MessageStream {
  readonly #output: Writable
  readonly #receive: (message: object) => void
  #chunks: Buffer[] = []
  #length = 0
  #wanted: number | undefined

  constructor(input: Readable, output: Writable, receive: (message: object) => void) {
    this.#output = output
    this.#receive = receive
    input.on('data', (chunk: Buffer) => this.#take(chunk))
  }

  send(message: object): void {
    const body = Buffer.from(JSON.stringify(message))
    this.#output.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]))
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    while (this.#next()) {}
  }

  /** Takes one header or one body; false if more bytes are needed first. */
  #next(): boolean {
    if (this.#wanted === undefined) {
      const bytes = this.#join()
      const end = bytes.indexOf(HEADER_END)
      if (end < 0) return false
      const length = /Content-Length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1]
      const wanted = Number(length)
      if (length === undefined || wanted > LARGEST)
        throw new Error('the debug adapter sent something that is not a message')
      this.#wanted = wanted
      this.#keep(bytes.subarray(end + HEADER_END.length))
      return true
    }
    if (this.#length < this.#wanted) return false
    const bytes = this.#join()
    const body = bytes.toString('utf8', 0, this.#wanted)
    this.#keep(bytes.subarray(this.#wanted))
    this.#wanted = undefined
    this.#receive(JSON.parse(body) as object)
    return true
  }

  /** A large body arrives in many pieces: they are put together only once all are there. */
  #join(): Buffer {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    this.#keep(bytes)
    return bytes
  }

  #keep(bytes: Buffer): void {
    this.#chunks = bytes.length === 0 ? [] : [bytes]
    this.#length = bytes.length
  }
}
