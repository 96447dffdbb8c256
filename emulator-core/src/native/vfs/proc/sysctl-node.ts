/** Files of /proc/sys whose numbers can be changed: sysctl(9). What they take: Linux, kernel/sysctl.c (proc_dointvec_minmax). */
import { EINVAL } from '../../errno.ts'
import type { Kernel } from '../../kernel.ts'
import type { ProcNode } from './proc-mount.ts'

export interface Sysctl {
  readonly read: (k: Kernel) => readonly (number | bigint)[]
  readonly write: (k: Kernel, values: readonly bigint[]) => void
  readonly least?: bigint
  readonly most?: bigint
}

const INT_MAX = 2n ** 31n - 1n

/** Words between white space; those beyond what the file has are not looked at, those missing stay as they are. @throws EINVAL */
function numbers(text: string, old: readonly (number | bigint)[], least: bigint, most: bigint): bigint[] {
  const end = text.indexOf('\0')
  const words = (end < 0 ? text : text.slice(0, end)).split(/[ \t\n]+/).filter(word => word !== '')
  if (words.length === 0) throw EINVAL
  return old.map((value, i) => {
    const word = words[i]
    if (word === undefined) return BigInt(value)
    if (!/^-?\d{1,20}$/.test(word)) throw EINVAL
    const number = BigInt(word)
    if (number < least || number > most) throw EINVAL
    return number
  })
}

export function sysctl({ read, write, least = 0n, most = INT_MAX }: Sysctl): ProcNode {
  return {
    kind: 'file',
    mode: 0o644,
    text: c => `${read(c.kernel).join('\t')}\n`,
    write: (c, text) => write(c.kernel, numbers(text, read(c.kernel), least, most)),
  }
}

/** One number of an object of the kernel's. */
export function sysctlOf<T extends object>(
  owner: (k: Kernel) => T,
  field: keyof { [K in keyof T as T[K] extends number ? K : never]: T[K] },
  bounds: { readonly least?: bigint; readonly most?: bigint } = {},
): ProcNode {
  return sysctl({
    read: k => [owner(k)[field] as number],
    write: (k, [value]) => Object.assign(owner(k), { [field]: Number(value) }),
    ...bounds,
  })
}
