/**
 * The filter box's language: `syscall:epoll_* fd:7 errno:EAGAIN -tid:1203 dur>1ms | divergence:*`.
 * Terms beside each other must all hold, `|` separates alternatives, `-` or `!` negates the term behind it. A word without a key, or a
 * "quoted text", is looked for in the whole line and the native line under it. `*` stands for anything, a comma for "or".
 */
import { syscallClass } from './syscall-classes.ts'

/** What a filter looks at. Functions cost a look at the record, or decoding. */
export interface RowFacts {
  readonly kind: string
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** EAGAIN…; empty if it did not fail. */
  readonly errno: string
  readonly state: string
  /** ns; undefined while it goes on. */
  readonly duration: number | undefined
  /** Descriptors among its arguments, or that it answered. */
  fds(): readonly number[]
  /** What stands behind the equals sign. */
  result(): string
  divergences(): readonly string[]
  /** Everything that the row shows. */
  text(): string
}

export type RowTest = (row: RowFacts) => boolean

/** `position`: where in the text. The message is one sentence for people. */
export class FilterError extends Error {
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

export interface Filter {
  /** Undefined: everything is let through. */
  readonly test: RowTest | undefined
}

interface Key {
  readonly name: string
  readonly words: string
  /** Examples for whoever types. */
  readonly values: readonly string[]
  test(value: string, position: number): RowTest
}

const byText = (get: (row: RowFacts) => string) => (value: string) => {
  const matches = pattern(value)
  return (row: RowFacts) => matches(get(row))
}

const byNumber = (what: string, get: (row: RowFacts) => readonly number[]) => (value: string, position: number) => {
  const wanted = value.split(',').map(each => {
    if (!/^\d+$/.test(each)) throw new FilterError(`"${what}:" wants a number, not "${each}".`, position)
    return Number(each)
  })
  return (row: RowFacts) => get(row).some(n => wanted.includes(n))
}

const STATES = ['waiting', 'failed', 'unimplemented', 'restarted', 'done', 'running', 'never-returns']

export const filterKeys: readonly Key[] = [
  {
    name: 'syscall',
    words: 'the name of the call, or a class of strace: %file, %network…',
    values: ['%file', '%desc', '%network', '%process', '%signal', '%memory', 'epoll_*', 'inotify_*'],
    test: value => {
      const names = value.split(',').flatMap(each => (each.startsWith('%') ? (syscallClass(each) ?? []) : []))
      const matches = pattern(value)
      return row => row.kind === 'call' && (names.includes(row.name) || matches(row.name))
    },
  },
  { name: 'fd', words: 'a descriptor it was given or answered', values: [], test: byNumber('fd', row => row.fds()) },
  { name: 'tid', words: 'the thread', values: [], test: byNumber('tid', row => [row.tid]) },
  { name: 'pid', words: 'the process', values: [], test: byNumber('pid', row => [row.pid]) },
  {
    name: 'errno',
    words: 'the error it answered; errno:* is any',
    values: ['*', 'EAGAIN', 'ENOENT', 'EINTR', 'EINVAL', 'ENOSYS'],
    test: value => {
      const matches = pattern(value)
      return row => row.errno !== '' && matches(row.errno)
    },
  },
  { name: 'result', words: 'what stands behind the equals sign', values: [], test: byText(row => row.result()) },
  {
    name: 'divergence',
    words: 'a difference from Linux that it met; divergence:* is any',
    values: ['*'],
    test: value => {
      const matches = pattern(value)
      return row => row.divergences().some(matches)
    },
  },
  {
    name: 'is',
    words: 'how it ended, or signal, start, exit',
    values: [...STATES, 'call', 'signal', 'start', 'exit'],
    test: value => {
      const matches = pattern(value)
      return row => matches(row.state) || matches(row.kind)
    },
  },
  { name: 'text', words: 'anything that the row shows', values: [], test: value => textTest(value) },
]

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 }
const DURATION = /^dur(<=|>=|<|>|:)(\d+(?:\.\d+)?)(ns|us|µs|ms|s)?$/

/** A term, from the first character that is no blank: quoted text, a lonely `|`, or everything up to a blank or `|`. */
const TOKEN = /\s*(?:(\|)|([-!]?)(?:(\w+):)?"([^"]*)("?)|([^\s|]+))/gy

/** @throws FilterError with the reason as a sentence. */
export function parseFilter(text: string): Filter {
  const alternatives: RowTest[][] = [[]]
  TOKEN.lastIndex = 0
  for (;;) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (found === null) break
    const [whole, bar, sign, key, quoted, closing, word] = found
    const position = at + whole.length - whole.trimStart().length
    if (bar !== undefined) {
      alternatives.push([])
      continue
    }
    if (quoted !== undefined && closing === '')
      throw new FilterError('The quotation mark at the end is missing.', position)
    const test =
      word !== undefined ? wordTest(word, position) : negated(sign !== '', keyTest(key ?? 'text', quoted, position))
    alternatives[alternatives.length - 1].push(test)
  }
  const used = alternatives.filter(terms => terms.length > 0)
  if (used.length === 0) return { test: undefined }
  return { test: row => used.some(terms => terms.every(test => test(row))) }
}

function wordTest(word: string, position: number): RowTest {
  const isNegated = word.length > 1 && (word.startsWith('-') || word.startsWith('!'))
  const term = isNegated ? word.slice(1) : word
  return negated(isNegated, termTest(term, position))
}

function negated(isNegated: boolean, test: RowTest): RowTest {
  return isNegated ? row => !test(row) : test
}

function termTest(term: string, position: number): RowTest {
  if (/^dur[<>:]/.test(term)) return durationTest(term, position)
  if (term.startsWith('%')) {
    if (syscallClass(term) === undefined)
      throw new FilterError(`There is no class of system calls "${term}".`, position)
    return keyTest('syscall', term, position)
  }
  const colon = /^([a-z]+):(.*)$/.exec(term)
  return colon === null ? textTest(term) : keyTest(colon[1], colon[2], position)
}

function keyTest(name: string, value: string, position: number): RowTest {
  const key = filterKeys.find(each => each.name === name)
  if (key === undefined) {
    const keys = filterKeys.map(each => `${each.name}:`).join(', ')
    throw new FilterError(`There is no "${name}:"; there are ${keys} and dur>.`, position)
  }
  if (value === '') throw new FilterError(`What "${name}:" should be is missing: ${key.words}.`, position)
  return key.test(value, position)
}

function durationTest(term: string, position: number): RowTest {
  const found = DURATION.exec(term)
  if (found === null) throw new FilterError('A duration is written as "dur>1ms", with ns, us, ms or s.', position)
  const limit = Number(found[2]) * (UNITS[found[3] ?? 'ms'] ?? 1)
  const operator = found[1]
  return ({ duration }) => {
    if (duration === undefined) return operator.startsWith('>')
    if (operator === '>') return duration > limit
    if (operator === '<') return duration < limit
    return operator === '<=' ? duration <= limit : duration >= limit
  }
}

function textTest(value: string): RowTest {
  const wanted = value.toLowerCase()
  return row => row.text().toLowerCase().includes(wanted)
}

/** `EA*,EINTR`: any of them, whatever the case. */
function pattern(value: string): (text: string) => boolean {
  const alternatives = value.split(',').map(each => {
    const escaped = each.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
    return new RegExp(`^${escaped}$`, 'is')
  })
  return text => alternatives.some(each => each.test(text))
}

/** What may go on where the text ends: keys, and values behind a key. `names` are those of the calls that were seen. */
export function completions(text: string, names: readonly string[]): string[] {
  const word = /[^\s|]*$/.exec(text)?.[0] ?? ''
  const bare = word.replace(/^[-!]/, '')
  const sign = word.slice(0, word.length - bare.length)
  const colon = bare.indexOf(':')
  if (colon < 0) {
    const keys = [...filterKeys.map(each => `${each.name}:`), 'dur>']
    return keys.filter(each => each.startsWith(bare) && each !== bare).map(each => sign + each)
  }
  const key = filterKeys.find(each => each.name === bare.slice(0, colon))
  if (key === undefined) return []
  const start = bare.slice(colon + 1)
  const values = key.name === 'syscall' ? [...names, ...key.values] : key.values
  const fitting = values.filter(each => each.startsWith(start) && each !== start)
  return [...new Set(fitting)].map(each => `${sign}${key.name}:${each}`)
}
