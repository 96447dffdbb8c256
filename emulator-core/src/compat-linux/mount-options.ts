/** The options of a tmpfs as text: tmpfs(5); Linux, mm/shmem.c (shmem_parse_one). */
import { EINVAL } from '../native/errno.ts'

export interface TmpfsOptions {
  /** Bytes; undefined: as much as there is. */
  readonly limit: number | undefined
  readonly mode: number
  readonly uid: number | undefined
  readonly gid: number | undefined
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
const PAGE = 4096

/** `100m`, `50%`. @throws EINVAL */
function bytes(text: string, whole: number): number {
  const found = /^(\d{1,15})([kmgt%]?)$/i.exec(text)
  if (found === null) throw EINVAL
  const unit = found[2].toLowerCase()
  return unit === '%' ? (Number(found[1]) * whole) / 100 : Number(found[1]) * UNITS[unit]
}

/** @throws EINVAL */
function number(text: string, radix: 8 | 10): number {
  if (!(radix === 8 ? /^[0-7]{1,10}$/ : /^\d{1,10}$/).test(text)) throw EINVAL
  return Number.parseInt(text, radix)
}

/** Options that say how memory is used rather than how much: there is nothing here that they could change. */
const IDLE = /^(huge|mpol|noswap|inode(32|64)|nr_inodes)$/

/** `whole` is what 100 % are. @throws EINVAL for an option that is not known. */
export function tmpfsOptions(text: string, whole: number): TmpfsOptions {
  const options = { limit: undefined as number | undefined, mode: 0o1777, uid: undefined, gid: undefined } as {
    -readonly [K in keyof TmpfsOptions]: TmpfsOptions[K]
  }
  for (const word of text.split(',')) {
    if (word === '') continue
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const value = equals < 0 ? '' : word.slice(equals + 1)
    if (name === 'size') options.limit = Math.ceil(bytes(value, whole) / PAGE) * PAGE
    else if (name === 'nr_blocks') options.limit = bytes(value, whole) * PAGE
    else if (name === 'mode') options.mode = number(value, 8) & 0o7777
    else if (name === 'uid') options.uid = number(value, 10)
    else if (name === 'gid') options.gid = number(value, 10)
    else if (!IDLE.test(name)) throw EINVAL
  }
  // tmpfs takes a size of 0 as no limit.
  if (options.limit === 0) options.limit = undefined
  return options
}
