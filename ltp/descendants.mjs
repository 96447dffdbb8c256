// Everything that came of a run, whatever process groups, sessions and parents its processes have given themselves: what a test that
// outlives its limit leaves running must not take part in the next one. Linux only, as the tests are.
import { readdirSync, readFileSync } from 'node:fs'

const MOST_ROUNDS = 100

/** `{ pid, state, parent, group, session }` of each process whose /proc can be read. */
function processes() {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const stat = contents(`/proc/${name}/stat`)
      // The name, in parentheses, may hold anything.
      const [state, ...numbers] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const [parent, group, session] = numbers.map(Number)
      return state === '' ? [] : [{ pid: Number(name), state, parent, group, session }]
    })
}

function contents(file) {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // it has ended, or belongs to somebody else
  }
}

/**
 * The living processes of the run that `leader` began with `variable` (NAME=VALUE) in its environment: by that, which a process inherits and
 * cannot lose but by executing a program with another environment; and by a parent, group or session that is one of them.
 */
export function descendants(leader, variable) {
  const alive = processes().filter(({ state }) => state !== 'Z' && state !== 'X')
  const own = new Set([leader])
  const isMarked = pid => contents(`/proc/${pid}/environ`).split('\0').includes(variable)
  for (const { pid } of alive) if (pid !== process.pid && isMarked(pid)) own.add(pid)
  for (let before = 0; before < own.size; ) {
    before = own.size
    for (const { pid, parent, group, session } of alive)
      if (own.has(parent) || own.has(group) || own.has(session)) own.add(pid)
  }
  return alive.filter(({ pid }) => own.has(pid)).map(({ pid }) => pid)
}

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {
    // it has ended
  }
}

/** Ends them all: first they are stopped, so that none makes another one meanwhile. */
export function endDescendants(leader, variable) {
  const stopped = new Set()
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const fresh = descendants(leader, variable).filter(pid => !stopped.has(pid))
    if (fresh.length === 0) break
    for (const pid of fresh) {
      stopped.add(pid)
      signal(pid, 'SIGSTOP')
    }
  }
  for (const pid of stopped) signal(pid, 'SIGKILL')
}
