/** What has ended a sleep, in words: a knote and the thread that made it active, a thread alone, a signal, or the time. */
import type { Waker } from '../native/waker.ts'
import { knownValue } from './kernel-values.ts'
import type { NamedValue } from './protocol.ts'
import type { Names } from './system.ts'

export function wakerValue(name: string, waker: Waker, names: Names): NamedValue {
  const known = waker.cause === undefined ? undefined : knownValue(name, '', waker.cause)
  const what = known?.value ?? (waker.signo === 0 ? undefined : names.signal(waker.signo))
  const who = doer(waker, names)
  if (what === undefined) return { name, value: who ?? nobody(waker) }
  return { ...known, name, value: who === undefined ? what : `${what}, by ${who}` }
}

function doer({ thread, syscall }: Waker, names: Names): string | undefined {
  if (thread === undefined) return undefined
  const where = syscall < 0 ? '' : ` in ${names.syscall(syscall)}`
  return `thread ${thread.tid} of process ${thread.pid}${where}`
}

const nobody = ({ why }: Waker) => (why === 'timeout' ? 'the end of its time' : 'a timer or the world outside')
