/** Where on this computer a program's sources are: compilers write relative paths, and folders get moved. */
import { existsSync } from 'node:fs'
import path from 'node:path'

/** Of an absolute path that is not there, so many of its last parts at least must be found together. */
const LEAST_PARTS = 2

export class ProgramSources {
  /** Looked into for what is not where it was compiled: the program's folder and those around it. */
  readonly #folders: readonly string[]
  readonly #sysroot: string | undefined
  readonly #known = new Map<string, string | undefined>()

  constructor(program: string, sysroot: string | undefined) {
    this.#folders = around(path.dirname(path.resolve(program)))
    this.#sysroot = sysroot
  }

  /** The file of a source, by the compiler's name for it; undefined if it is not here. */
  find(name: string): string | undefined {
    if (!this.#known.has(name))
      this.#known.set(
        name,
        this.#candidates(name).find(each => existsSync(each)),
      )
    return this.#known.get(name)
  }

  #candidates(name: string): string[] {
    if (!name.startsWith('/')) return this.#folders.map(folder => path.join(folder, name))
    const parts = name.split('/').filter(part => part !== '')
    const ends = parts.slice(0, 1 - LEAST_PARTS).map((_, i) => path.join(...parts.slice(i)))
    const inRoot = this.#sysroot === undefined ? [] : [path.join(this.#sysroot, name)]
    return [...inRoot, name, ...this.#folders.flatMap(folder => ends.map(end => path.join(folder, end)))]
  }
}

/** A folder and those that it is in, up to the root. */
function around(folder: string): string[] {
  const outer = path.dirname(folder)
  return outer === folder ? [folder] : [folder, ...around(outer)]
}
