/** What `-e trace=SET` and `-e signal=SET` of strace's command line choose. */
import { signalNumber } from './linux-names.ts'
import { syscallClass } from './syscall-classes.ts'
import { syscallNames } from './syscall-names.ts'

/** The message is one sentence for people. */
export class TraceSetError extends Error {}

/**
 * `read,write`, `%file`, `!%memory`, `/^get`, `?maybe`, `all`, `none`: numbers of the calls that are in it, undefined for all of them.
 * @throws TraceSetError for a name that no call and no class has.
 */
export function parseCalls(text: string): ReadonlySet<number> | undefined {
  return parseSet(text, syscallNames, callsNamed)
}

/** `INT,SIGTERM`, `!SIGCHLD`: numbers of the signals, undefined for all. @throws TraceSetError */
export function parseSignals(text: string): ReadonlySet<number> | undefined {
  const all = Array.from({ length: 64 }, (_, i) => [i + 1, ''] as const)
  return parseSet(text, all, name => {
    const signo = /^\d+$/.test(name) ? Number(name) : signalNumber(name)
    if (signo === undefined || signo < 1 || signo > 64) throw new TraceSetError(`There is no signal "${name}".`)
    return [signo]
  })
}

function parseSet(
  text: string,
  all: readonly (readonly [number: number, name: string])[],
  find: (name: string) => readonly number[],
): ReadonlySet<number> | undefined {
  const inverted = text.startsWith('!')
  const named = new Set<number>()
  for (const name of (inverted ? text.slice(1) : text).split(',')) {
    if (name === 'none') continue
    for (const number of name === 'all' ? all.map(([n]) => n) : find(name)) named.add(number)
  }
  const chosen = inverted ? new Set(all.map(([n]) => n).filter(n => !named.has(n))) : named
  return chosen.size === all.length ? undefined : chosen
}

const numbers = new Map(syscallNames.map(([nr, name]) => [name, nr]))

function callsNamed(given: string): number[] {
  const name = given.replace(/^\?/, '')
  if (name.startsWith('/')) {
    const pattern = expression(name.slice(1))
    return syscallNames.filter(([, each]) => pattern.test(each)).map(([nr]) => nr)
  }
  const names = syscallClass(name) ?? [name]
  const found = names.flatMap(each => numbers.get(each) ?? [])
  if (found.length === 0 && !given.startsWith('?')) throw new TraceSetError(`There is no system call "${name}".`)
  return found
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch {
    throw new TraceSetError(`"${text}" is no regular expression.`)
  }
}
