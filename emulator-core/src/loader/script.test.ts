import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseScript, SCRIPT_LINE } from './script.ts'

function parsed(text: string): [string, string | undefined] | undefined {
  const script = parseScript(Buffer.from(text, 'latin1').subarray(0, SCRIPT_LINE))
  return (
    script && [
      Buffer.from(script.interpreter).toString('latin1'),
      script.argument && Buffer.from(script.argument).toString('latin1'),
    ]
  )
}

test.each<[string, ReturnType<typeof parsed>]>([
  ['#!/bin/sh\necho', ['/bin/sh', undefined]],
  ['#! \t /bin/sh  \necho', ['/bin/sh', undefined]],
  ['#!/usr/bin/env  perl -w  \n', ['/usr/bin/env', 'perl -w']],
  ['#!/bin/awk\t-f', ['/bin/awk', '-f']],
  ['#!/bin/sh', ['/bin/sh', undefined]],
  ['#!sh\n', ['sh', undefined]],
  ['#!/bin/sh\r\n', ['/bin/sh\r', undefined]],
  ['#!\n/bin/sh', undefined],
  ['#!   \n', undefined],
  ['#!', undefined],
  ['# !/bin/sh\n', undefined],
  ['', undefined],
  [`#!/${'x'.repeat(252)}\n`, [`/${'x'.repeat(252)}`, undefined]],
  [`#!/${'x'.repeat(253)}\n`, undefined],
  [`#!/bin/sh ${'y'.repeat(500)}\n`, ['/bin/sh', 'y'.repeat(245)]],
])('%j', (text, expected) => expect(parsed(text)).toEqual(expected))

test('neither name nor argument is empty, or longer than the line', () => {
  const bytes = fc.uint8Array({ maxLength: SCRIPT_LINE })
  fc.assert(
    fc.property(bytes, rest => {
      const script = parseScript(Uint8Array.of(0x23, 0x21, ...rest).subarray(0, SCRIPT_LINE))
      if (script === undefined) return
      expect(script.interpreter.length).toBeGreaterThan(0)
      expect(script.argument?.length).not.toBe(0)
      expect(script.interpreter.length + (script.argument?.length ?? 0)).toBeLessThan(SCRIPT_LINE)
      for (const b of [0, 9, 10, 32]) expect(script.interpreter).not.toContain(b)
    }),
  )
})
