/** The options of `interlinear trace` beyond those of `run`: strace's, spelt as strace spells them. */
import type { StraceOptions } from '../events/strace.ts'
import { parseCalls, parseSignals, TraceSetError } from '../events/trace-set.ts'
import { UsageError } from './usage-error.ts'

export interface TraceFormat extends StraceOptions {
  /** What is written: lines, JSON lines, the table of -c, or lines and then the table (-C). */
  readonly form: 'lines' | 'json' | 'summary' | 'lines+summary'
}

export interface TraceOptions {
  /** undefined: standard error. */
  readonly output: string | undefined
  readonly format: TraceFormat
}

const DEFAULT_STRING_LIMIT = 32
/** More of a buffer is never recorded. */
const LARGEST_STRING_LIMIT = 128 * 1024

/** Letters that stand alone, and those that take a value. */
const FLAGS = 'fyTtrcCvxqzZ'
const VALUES = 'oes'
const LONG: Readonly<Record<string, string>> = {
  '--output': 'o',
  '--follow-forks': 'f',
  '--trace': 'e',
  '--string-limit': 's',
  '--decode-fds': 'y',
  '--syscall-times': 'T',
  '--relative-timestamps': 'r',
  '--summary-only': 'c',
  '--summary': 'C',
  '--no-abbrev': 'v',
  '--successful-only': 'z',
  '--failed-only': 'Z',
}
const TIMESTAMPS = ['none', 'seconds', 'microseconds', 'epoch'] as const
const HEX_STRINGS = ['never', 'unprintable', 'always'] as const

/** Collects trace's options one by one, so that run's may stand between them. */
export class TraceOptionReader {
  /** How often each letter was given. */
  readonly #counts = new Map<string, number>()
  #json = false
  #output: string | undefined
  #stringLimit = DEFAULT_STRING_LIMIT
  #calls: ReadonlySet<number> | undefined
  #signals: ReadonlySet<number> | undefined
  #status: TraceFormat['status'] = 'all'

  /** Takes the option at `at`. @returns how many words it took: 0 if it is none of trace's. @throws UsageError */
  take(words: readonly string[], at: number): number {
    const word = words[at] ?? ''
    if (word === '--json') {
      this.#json = true
      return 1
    }
    if (word.startsWith('--')) return this.#takeLong(word, words[at + 1])
    return /^-[A-Za-z]/.test(word) ? this.#takeLetters(word, words[at + 1]) : 0
  }

  #takeLong(word: string, next: string | undefined): number {
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const letter = LONG[name]
    if (letter === undefined) return 0
    if (!VALUES.includes(letter)) {
      if (equals >= 0) throw new UsageError(`${name} takes no value here.`)
      this.#flag(letter)
      return 1
    }
    const value = equals < 0 ? next : word.slice(equals + 1)
    this.#value(letter, value, name)
    return equals < 0 ? 2 : 1
  }

  #takeLetters(word: string, next: string | undefined): number {
    const unknown = [...word.slice(1)].findIndex(letter => !FLAGS.includes(letter))
    const letters = unknown < 0 ? word.slice(1) : word.slice(1, unknown + 1)
    const rest = unknown < 0 ? '' : word.slice(unknown + 1)
    if (rest !== '' && !VALUES.includes(rest[0])) return 0
    for (const letter of letters) this.#flag(letter)
    if (rest === '') return 1
    this.#value(rest[0], rest.length > 1 ? rest.slice(1) : next, `-${rest[0]}`)
    return rest.length > 1 ? 1 : 2
  }

  #flag(letter: string): void {
    this.#counts.set(letter, (this.#counts.get(letter) ?? 0) + 1)
  }

  #value(letter: string, value: string | undefined, name: string): void {
    if (value === undefined || value === '') throw new UsageError(`${name} needs a value.`)
    switch (letter) {
      case 'o':
        this.#output = value
        return
      case 's':
        this.#stringLimit = stringLimit(value)
        return
      default:
        this.#qualify(value)
    }
  }

  /** -e: `trace=SET`, `signal=SET`, `status=SET`, or a bare set of calls. */
  #qualify(text: string): void {
    const equals = text.indexOf('=')
    const what = equals < 0 ? 'trace' : text.slice(0, equals)
    const set = text.slice(equals + 1)
    try {
      if (/^(t|trace)$/.test(what)) this.#calls = parseCalls(set)
      else if (/^(s|signals?)$/.test(what)) this.#signals = parseSignals(set)
      else if (what === 'status') this.#status = status(set)
      else throw new UsageError(`-e ${what}= is not supported; trace=, signal= and status= are.`)
    } catch (error) {
      throw error instanceof TraceSetError ? new UsageError(error.message) : error
    }
  }

  /** What was given, when all has been taken. @throws UsageError for options that exclude each other. */
  options(): TraceOptions {
    const given = (letter: string) => this.#counts.get(letter) ?? 0
    if (given('f') > 1) throw new UsageError('-ff, a file for each process, is not supported; -f -o FILE is.')
    if (given('t') > 3) throw new UsageError('-t may be given three times at most.')
    const form = given('c') > 0 ? 'summary' : given('C') > 0 ? 'lines+summary' : this.#json ? 'json' : 'lines'
    if (this.#json && form !== 'json') throw new UsageError('--json cannot be combined with -c or -C.')
    return {
      output: this.#output,
      format: {
        form,
        follow: given('f') > 0,
        toFile: this.#output !== undefined,
        timestamps: given('r') > 0 ? 'relative' : TIMESTAMPS[given('t')],
        durations: given('T') > 0,
        verbose: given('v') > 0,
        paths: given('y') > 0,
        quiet: given('q') > 1,
        calls: this.#calls,
        signals: this.#signals,
        status: given('Z') > 0 ? 'failed' : given('z') > 0 ? 'successful' : this.#status,
        stringLimit: this.#stringLimit,
        hexStrings: HEX_STRINGS[Math.min(given('x'), 2)],
      },
    }
  }
}

function stringLimit(text: string): number {
  const limit = Number(text)
  if (!/^\d+$/.test(text) || limit > LARGEST_STRING_LIMIT)
    throw new UsageError(`-s takes a number up to ${LARGEST_STRING_LIMIT}, not "${text}".`)
  return limit
}

function status(text: string): TraceFormat['status'] {
  if (text === 'all' || text === 'successful' || text === 'failed') return text
  throw new UsageError(`-e status= takes all, successful or failed, not "${text}".`)
}
