/** Which names are meant: `openat`, `epoll_*`, and `!EAGAIN` for all but that. */
export class NameChoice {
  readonly #wanted: readonly RegExp[]
  readonly #excepted: readonly RegExp[]

  /** Nothing, or exceptions alone: all. */
  constructor(patterns: readonly string[]) {
    this.#wanted = patterns.filter(each => !each.startsWith('!')).map(wildcard)
    this.#excepted = patterns.filter(each => each.startsWith('!')).map(each => wildcard(each.slice(1)))
  }

  /** `names`: those of one thing, for instance of a call and of its error. */
  has(...names: readonly string[]): boolean {
    const isOne = (pattern: RegExp) => names.some(name => pattern.test(name))
    return (this.#wanted.length === 0 || this.#wanted.some(isOne)) && !this.#excepted.some(isOne)
  }
}

/** `*` stands for any run of characters, as in a shell. */
export function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}
