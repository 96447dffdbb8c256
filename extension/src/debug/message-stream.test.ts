import { PassThrough, Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MessageStream } from './message-stream.ts'

it('gives the messages that were sent, however the bytes are cut', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(fc.array(text), fc.integer({ min: 1, max: 50 }), (texts, size) => {
      const sent: Buffer[] = []
      const wire = new Writable({
        write(chunk: Buffer, _encoding, done) {
          sent.push(chunk)
          done()
        },
      })
      const sender = new MessageStream(new PassThrough(), wire, () => {})
      for (const each of texts) sender.send({ text: each })
      const input = new PassThrough()
      const received: object[] = []
      new MessageStream(input, new PassThrough(), message => received.push(message))
      const bytes = Buffer.concat(sent)
      for (let at = 0; at < bytes.length; at += size) input.emit('data', bytes.subarray(at, at + size))
      expect(received).toEqual(texts.map(each => ({ text: each })))
    }),
    { numRuns: 50 },
  )
})
