// Which tests a built Linux Test Project has: the lines of its runtest files, with the programs they name.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../scripts/lib/failure.mjs'

const RUNTEST = ['syscalls', 'syscalls-ipc']
const SYSCALLS = path.join('testcases', 'kernel', 'syscalls')
const BIN = path.join('testcases', 'bin')

/** Every program under the folder of an LTP that was built in its source tree: its name, and the folder it is in below `syscalls`. */
function builtInPlace(dir) {
  const found = new Map()
  const visit = (folder, group) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const full = path.join(folder, entry.name)
      if (entry.isDirectory()) visit(full, group ?? entry.name)
      else if (!entry.name.includes('.') || entry.name.endsWith('.sh')) found.set(entry.name, { program: full, group })
    }
  }
  visit(path.join(dir, SYSCALLS))
  return found
}

/**
 * An installed LTP does not tell the folder. `accept4_01` belongs to accept4, `clone301` to clone3, `fcntl14_64` to fcntl: the number is
 * two digits with what qualifies it.
 */
function groupOf(name, program) {
  for (const word of [name, program]) {
    const bare = word.replace(/_?\d{2}[a-z]?(_?(16|64))?(_[A-Za-z0-9]+)?$/, '')
    if (bare !== word) return bare
  }
  return name.replace(/_?\d+$/, '')
}

/** `[{ name, group, program, args }]`, in the order of the runtest files. `name` is the line's; a program may have several lines. */
export function findTests(dir) {
  const bin = path.join(dir, BIN)
  const inPlace = existsSync(path.join(dir, SYSCALLS)) ? builtInPlace(dir) : undefined
  if (inPlace === undefined && !existsSync(bin))
    throw new Failure(`${dir} has neither ${BIN} (an installed LTP) nor ${SYSCALLS} (one built in its source tree).`)
  const tests = new Map()
  for (const file of RUNTEST) {
    const full = path.join(dir, 'runtest', file)
    if (!existsSync(full)) throw new Failure(`${dir} has no runtest/${file}.`)
    for (const line of readFileSync(full, 'utf8').split('\n')) {
      const [name, word, ...args] = line.trim().split(/\s+/)
      if (name === '' || name.startsWith('#') || word === undefined) continue
      const place = inPlace?.get(word)
      const program = place?.program ?? path.join(bin, word)
      if (existsSync(program)) tests.set(name, { name, group: place?.group ?? groupOf(name, word), program, args })
    }
  }
  return [...tests.values()]
}
