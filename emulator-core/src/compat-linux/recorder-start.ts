/** What execve was given, read off the stack of a program that has just been loaded (System V ABI for AMD64, section 3.4.1). */
import { Reg } from 'unicorn-engine-node'
import { Errno } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'

const WORD = 8
const AT_NULL = 0
const AT_EXECFN = 31
/** More arguments or variables than Linux takes. */
const LIMIT = 1 << 20

/** Addresses of the path, of argv and of envp; undefined if the stack does not look like that. */
export function initialArguments(l: Lwp): readonly number[] | undefined {
  const stack = Number(l.registers[Reg.RSP])
  try {
    const argv = stack + WORD
    const envp = argv + WORD * (word(l, stack) + 1)
    let at = envp
    while (word(l, at) !== 0) {
      at += WORD
      if (at - envp > LIMIT * WORD) return undefined
    }
    for (at += WORD; ; at += 2 * WORD) {
      const type = word(l, at)
      if (type === AT_EXECFN) return [word(l, at + WORD), argv, envp]
      if (type === AT_NULL) return undefined
    }
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** @throws EFAULT */
function word(l: Lwp, address: number): number {
  const bytes = l.memory.copyin(address, WORD)
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
}
