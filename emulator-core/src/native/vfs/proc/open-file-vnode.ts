import type { File } from '../../file.ts'
import type { Lwp } from '../../lwp.ts'
import type { MaybeBlocking } from '../../sleep.ts'
import type { Stat } from '../../stat.ts'
import type { Mount } from '../mount.ts'
import { Vnode } from '../vnode.ts'

/** What a descriptor leads to that is no vnode: opening it is one more reference to the same open file (fdesc(5)). */
export class OpenFileVnode extends Vnode {
  readonly #file: File
  readonly #l: Lwp

  constructor(mount: Mount, file: File, l: Lwp) {
    super(mount, 'VFIFO')
    this.#file = file
    this.#l = l
  }

  override getattr(): Stat {
    return this.#file.stat(this.#l)
  }

  override open(): MaybeBlocking<File> {
    return this.#file
  }
}
