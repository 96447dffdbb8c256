/** Tells which threads have come and gone. Looked at between slices: what lived shorter than that is not told. */
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'

export class ThreadWatch {
  readonly #kernel: Kernel
  readonly #changed: (tid: number, started: boolean) => void
  #known: ReadonlySet<number> = new Set()

  constructor(kernel: Kernel, changed: (tid: number, started: boolean) => void) {
    this.#kernel = kernel
    this.#changed = changed
  }

  look(): void {
    const now = new Set<number>()
    for (const l of liveThreads(this.#kernel)) {
      now.add(l.id)
      if (!this.#known.has(l.id)) this.#changed(l.id, true)
    }
    for (const tid of this.#known) if (!now.has(tid)) this.#changed(tid, false)
    this.#known = now
  }
}

/** All threads of all processes that have not ended. */
export function* liveThreads(kernel: Kernel): Generator<Lwp> {
  for (const p of kernel.processes.values()) if (p.exitStatus === undefined) yield* p.lwps.values()
}
