import { describe, expect, it } from 'vitest'
import { bytesOf, dumpOf, textOf } from './bytes.ts'

const hex = (text: string) => Buffer.from(text, 'utf8').toString('hex')

describe('bytes for people', () => {
  it('are text whose lines stay and whose controls are seen', () => {
    expect(textOf(hex('GET / HTTP/1.1\r\nHost: ä\n'))).toBe('GET / HTTP/1.1␍\nHost: ä\n')
    expect(textOf('001b7f')).toBe('␀␛␡')
    expect(textOf('ff41')).toBe('\ufffdA')
  })

  it('do not turn the direction of what stands beside them', () => {
    expect(textOf(hex('a\u202eb\u2066c\u200d'))).toBe('a\ufffdb\ufffdc\ufffd')
  })

  it('are a dump of sixteen a line', () => {
    expect(dumpOf(hex('0123456789abcdefg'))).toBe(
      `0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n0010  67${' '.repeat(46)}  |g|`,
    )
    expect(bytesOf('')).toHaveLength(0)
  })
})
