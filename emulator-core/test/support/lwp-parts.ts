import { Lwp } from '../../src/native/lwp.ts'

/** A made-up thread has its process's descriptors, directories and identity, as a real one does. */
export function withParts<T extends { proc: object }>(l: T): T {
  Object.assign(l, { own: { fd: undefined, cwdi: undefined, credentials: undefined } })
  for (const name of ['fd', 'cwdi', 'credentials']) {
    const property = Object.getOwnPropertyDescriptor(Lwp.prototype, name)
    if (property !== undefined) Object.defineProperty(l, name, property)
  }
  return l
}
