/** Whatever a guest passes, and whatever its memory holds, a call is recorded and becomes one line. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TracedGuest } from '../../test/support/traced-guest.ts'
import { begunCall, begunCallText } from './begun-call.ts'
import { capturePlan, NOTHING_TO_CAPTURE } from './captures.ts'
import { kindNumber } from './grammar.ts'
import { JsonPrinter } from './json.ts'
import { StracePrinter } from './strace.ts'
import { syscallNames } from './syscall-names.ts'

const MEMORY = 0x10_0000
const MEMORY_END = 0x30_0000

const readsOrWritesMemory = ([nr]: readonly [number, string]) => capturePlan(nr) !== NOTHING_TO_CAPTURE
const anyCall = fc.oneof(fc.constantFrom(...syscallNames.map(([, name]) => name)), {
  weight: 5,
  arbitrary: fc.constantFrom(...syscallNames.filter(readsOrWritesMemory).map(([, name]) => name)),
})
/** Numbers that mean something, pointers into memory and to its edge, and anything at all. */
const anyArgument = fc.oneof(
  fc.integer({ min: -5, max: 20 }),
  fc.constantFrom(0, 0x1000, MEMORY, MEMORY + 8, MEMORY_END - 1, MEMORY_END - 9, MEMORY_END, 0x7fff_ffff, 0xffff_ffff),
  fc.integer({ min: MEMORY, max: MEMORY + 600 }),
  fc.constantFrom(0o100, 0o101, 0x22, 0x5401, 0x5413, 0x1003, 15, 16, 1 << 20),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
)
const anyWord = fc.oneof(
  fc.integer({ min: 0, max: 9 }),
  fc.constantFrom(MEMORY, MEMORY + 64, MEMORY_END - 4, 0xffff_ffff, 1 << 16),
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })).map(([low, high]) => high * 2 ** 32 + low),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
)
const anyMemory = fc.array(anyWord, { minLength: 80, maxLength: 80 }).map(values => BigUint64Array.from(values, BigInt))
const anyResult = fc.oneof(fc.integer({ min: -4095, max: 300 }), fc.constantFrom(MEMORY, 0x7f00_0000_0000, 1 << 20))
const anyOutcome = fc.constantFrom(0, 0, 0, 1, 2, 3)

describe('a call with any arguments, memory and result', () => {
  const options = { calls: undefined, signals: undefined, status: 'all', follow: true } as const
  const lines = {
    ...options,
    stringLimit: 32,
    timestamps: 'none',
    durations: true,
    paths: true,
    quiet: false,
    hexStrings: 'never',
  } as const
  const guest = new TracedGuest({ verbose: true })
  const thread = guest.thread(1)

  function printed(make: (write: (text: string) => void) => { record(view: DataView, at: number): void }) {
    let text = ''
    const printer = make(more => {
      text += more
    })
    return { printer, text: () => text }
  }

  it('is one line of text and one of JSON', () => {
    fc.assert(
      fc.property(
        anyCall,
        fc.array(anyArgument, { minLength: 6, maxLength: 6 }),
        anyMemory,
        anyMemory,
        anyResult,
        anyOutcome,
        (name, args, before, after, result, outcome) => {
          const brief = printed(write => new StracePrinter({ ...lines, toFile: true, verbose: false }, write))
          const whole = printed(write => new StracePrinter({ ...lines, toFile: true, verbose: true }, write))
          const json = printed(write => new JsonPrinter(options, write))
          guest.write(MEMORY, new Uint8Array(before.buffer))
          guest.write(MEMORY_END - 64, new Uint8Array(before.buffer, 0, 64))
          thread.enter(name, ...args)
          guest.write(MEMORY, new Uint8Array(after.buffer))
          thread.exit(name, result, outcome)
          guest.drain({
            record: (view, at) => {
              if (view.getUint8(at + 4) === kindNumber['syscall-enter'])
                expect(begunCallText(begunCall(view, at, () => undefined))).toMatch(
                  new RegExp(`^${name}\\([^\\n]*\\)$`),
                )
              for (const { printer } of [brief, whole, json]) printer.record(view, at)
            },
          })
          for (const { text } of [brief, whole]) {
            expect(text().startsWith(`1     ${name}(`)).toBe(true)
            expect(text().indexOf('\n')).toBe(text().length - 1)
            expect(text()).toMatch(/\) += /)
          }
          expect(json.text().indexOf('\n')).toBe(json.text().length - 1)
          expect(JSON.parse(json.text())).toMatchObject({ name, tid: 1 })
        },
      ),
      { numRuns: 3000 },
    )
  })
})
