/** Errors of the host's files as ours. */
import { HostError } from '../../host/host.ts'
import * as errnos from '../errno.ts'

const byName = new Map<string, errnos.Errno>()
for (const e of Object.values(errnos)) if (e instanceof errnos.Errno) byName.set(e.name, e)

/** The error of a name; EIO for one that is not ours. */
export function hostErrno(name: string): errnos.Errno {
  return byName.get(name) ?? errnos.EIO
}

/** The error to throw for what a host operation threw; what is not the host's is passed on. */
export function fromHost(error: unknown): unknown {
  return error instanceof HostError ? hostErrno(error.code) : error
}

/** Does something with the host. @throws Errno. */
export function hosted<T>(operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    throw fromHost(error)
  }
}

/** The same, where a missing file is an answer. */
export function ifExists<T>(operation: () => T): T | undefined {
  try {
    return operation()
  } catch (error) {
    if (error instanceof HostError && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw fromHost(error)
  }
}
