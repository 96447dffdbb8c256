/** What each process's descriptors refer to: a fold over the events that open and close them. */
import type { AnyEvent } from './grammar.ts'

/** The number that stands for the working directory. */
const AT_FDCWD = -100

export class DescriptorPaths {
  readonly #processes = new Map<number, Map<number, string>>()

  take(event: AnyEvent): void {
    switch (event.kind) {
      case 'fd-open':
        this.#of(event.pid).set(event.fd, event.description)
        return
      case 'fd-close':
        this.#of(event.pid).delete(event.fd)
        return
      case 'cwd':
        this.#of(event.pid).set(AT_FDCWD, event.path)
        return
      case 'process-start':
        this.#processes.set(event.pid, new Map(this.#of(event.parent)))
        return
      case 'process-exit':
        this.#processes.delete(event.pid)
    }
  }

  describe(pid: number, fd: number): string | undefined {
    return this.#processes.get(pid)?.get(fd)
  }

  #of(pid: number): Map<number, string> {
    let found = this.#processes.get(pid)
    if (found === undefined) {
      found = new Map()
      this.#processes.set(pid, found)
    }
    return found
  }
}
