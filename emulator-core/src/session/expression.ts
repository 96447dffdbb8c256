/**
 * Expressions that people type: conditions of breakpoints, watches, the console. They are JavaScript, as the translation is; what names stand for
 * says a scope. They come from the user of the debugger, never from the guest.
 */

export interface Scope {
  /** What `this` is. */
  readonly self?: unknown
  has(name: string): boolean
  get(name: string): unknown
  /** @throws TypeError if the name's value cannot be changed. */
  set(name: string, value: unknown): void
}

/** What JavaScript itself has to offer, without any way to the outside. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  undefined,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  ...{ Array, BigInt, Boolean, JSON, Map, Math, Number, Object, RegExp, Set, String, parseInt, isNaN },
}

export class Expression {
  readonly #run: (names: object) => unknown

  /** @throws SyntaxError */
  constructor(text: string) {
    this.#run = new Function('$names', `with($names){return(${text}\n)}`) as (names: object) => unknown
  }

  /** @throws whatever the expression throws; ReferenceError for a name that nothing has. */
  value(scope: Scope): unknown {
    const names = new Proxy(Object.freeze(Object.create(null)), {
      has: (_target, name) => typeof name === 'string' && name !== '$names',
      get: (_target, name) => (typeof name === 'string' ? lookUp(scope, name) : undefined),
      set: (_target, name, value) => {
        scope.set(String(name), value)
        return true
      },
    })
    return this.#run.call(scope.self, names)
  }
}

function lookUp(scope: Scope, name: string): unknown {
  if (scope.has(name)) return scope.get(name)
  if (Object.hasOwn(GLOBALS, name)) return GLOBALS[name]
  throw new ReferenceError(`${name} is not known here`)
}

/** What went wrong, in a few words. */
export function troubleOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
