import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { instrument } from '../lib/instrument.mjs'

type Told = readonly [fn: string, line: number, names: readonly string[], values: readonly unknown[]]

/** Runs `entry(…args)` of instrumented code, and gives its result with every statement that was told on the way. */
function run(source: string, entry: string, ...args: unknown[]) {
  const made = instrument(source, './stepper.ts', { functions: 0, statements: 0 })
  expect(made.text.split('\n').length).toBe(source.split('\n').length)
  const told: Told[] = []
  const depths: number[] = []
  const ends: (readonly [fn: string, line: number, value: unknown])[] = []
  let depth = 0
  const at = (fn: number, id: number, values: () => readonly unknown[]) => {
    const { line, names } = made.statements[id]
    told.push([made.functions[fn].name, line, names, values()])
    depths.push(depth)
  }
  const stepper = {
    on: true,
    enter: (fn: number) => {
      depth++
      return fn
    },
    leave: () => depth--,
    returns: (fn: number, value: unknown) => {
      ends.push([made.functions[fn].name, made.functions[fn].end, value])
      return value
    },
    threw: (fn: number, error: unknown) => {
      ends.push([made.functions[fn].name, made.functions[fn].end, `threw ${error}`])
      return error
    },
    at,
    mark: at,
  }
  const code = transformSync(made.text.replace(/^import\{[^;]*;/, ''), { loader: 'ts' }).code.replaceAll('export ', '')
  const call = new Function('$t', `${code}; return ${entry}`) as (t: typeof stepper) => (...args: unknown[]) => unknown
  let result: unknown
  try {
    const answer = call(stepper)(...args)
    result = typeof answer === 'object' && answer !== null && Symbol.iterator in answer ? [...(answer as [])] : answer
  } catch (error) {
    result = error
  }
  expect(depth).toBe(0)
  return { result, told, depths, ends, lines: told.map(([, line]) => line) }
}

describe('instrumented code', () => {
  it('tells each statement with what has a value there, and does what it did', () => {
    const { result, told } = run('function f(a: number) {\n  const b: Flags = a + 1\n  return b * 2\n}', 'f', 3)
    expect(result).toBe(8)
    expect(told).toEqual([
      ['f', 2, ['a:number'], [3]],
      ['f', 3, ['a:number', 'b:Flags'], [3, 4]],
    ])
  })

  it('knows how deep it is, also when something is thrown', () => {
    const source =
      'function g(x) {\n  throw x\n}\nfunction f() {\n  try {\n    g(7)\n  } catch (e) {\n    return e\n  }\n}'
    const { result, lines, depths, ends } = run(source, 'f')
    expect(result).toBe(7)
    expect(ends).toEqual([
      ['g', 3, 'threw 7'],
      ['f', 10, 7],
    ])
    expect(lines).toEqual([5, 6, 2, 8])
    expect(depths).toEqual([1, 1, 2, 1])
  })

  it('stops in branches without braces if they have a line of their own', () => {
    const source =
      'function f(a) {\n  if (a > 0)\n    return 1\n  else if (a < 0) return 2\n  for (const x of [1])\n    a += x\n  return a\n}'
    expect(run(source, 'f', 1)).toMatchObject({ result: 1, lines: [2, 3] })
    expect(run(source, 'f', -1)).toMatchObject({ result: 2, lines: [2] })
    expect(run(source, 'f', 0)).toMatchObject({ result: 1, lines: [2, 5, 6, 7] })
  })

  it('goes through generators, methods and callbacks', () => {
    const source =
      'class C {\n  m = 1; n = 1;\n  *each(list) {\n    for (const x of list) {\n      yield x + this.n\n    }\n  }\n}\nfunction* f() {\n  yield* new C().each([1, 2])\n  const g = y => {\n    return y\n  }\n  yield g(9)\n}'
    const { result, told } = run(source, 'f')
    expect(result).toEqual([2, 3, 9])
    expect(told.map(([fn, line]) => `${fn} ${line}`)).toEqual([
      'f 10',
      'C.each 4',
      'C.each 5',
      'C.each 5',
      'f 11',
      'f 14',
      'g 12',
    ])
    expect(told[2][2]).toEqual(['this:C', 'list', 'x'])
  })

  it('has no value of what comes later, and the inner one of two names', () => {
    const source =
      'function f(a) {\n  {\n    const a = 2\n    g(a)\n  }\n  const later = 1\n  return later\n}\nfunction g() {}'
    const { told } = run(source, 'f', 1)
    expect(told.find(([, line]) => line === 4)?.[3]).toEqual([2])
    expect(told.find(([, line]) => line === 6)?.[2]).toEqual(['a'])
  })

  it('leaves out what is there for the trace', () => {
    const source =
      "function f(k) {\n  k.trace?.emit('x', {})\n  l.proc.kernel.trace?.emit('y')\n  return 1\n}\nconst l = { proc: { kernel: {} } }"
    expect(run(source, 'f', {}).lines).toEqual([4])
  })
})
