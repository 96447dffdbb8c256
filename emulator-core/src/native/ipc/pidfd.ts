/** A descriptor of a process (pidfd_open(2)), which stays that process's when its number is another's: Linux, fs/pidfs.c. NetBSD has none. */
import { EINVAL, ESPIPE } from '../errno.ts'
import { File, FREAD, FWRITE } from '../file.ts'
import type { Lwp } from '../lwp.ts'
import type { Proc } from '../proc.ts'
import { POLLHUP, POLLIN, POLLRDNORM, type SelInfo } from '../selinfo.ts'
import type { Stat } from '../stat.ts'
import { anonymousStat } from './anonymous-stat.ts'

export class Pidfd extends File {
  readonly type = 'misc'
  #proc: Proc

  constructor(proc: Proc, flags: number) {
    super(FREAD | FWRITE | flags)
    this.#proc = proc
  }

  get proc(): Proc {
    return this.#proc
  }

  /** clone(2) has to have the descriptor before the process. */
  become(proc: Proc): void {
    this.#proc = proc
  }

  override describe(): string {
    return 'anon_inode:[pidfd]'
  }

  override read(): number {
    throw EINVAL
  }

  override write(): number {
    throw EINVAL
  }

  override seek(): number {
    throw ESPIPE
  }

  /** Readable once the process has ended. */
  override poll(events: number): number {
    if (this.proc.exitStatus === undefined) return 0
    return (POLLIN | POLLRDNORM | (this.proc.reaped ? POLLHUP : 0)) & (events | POLLHUP)
  }

  override pollSources(): readonly SelInfo[] {
    return [this.proc.ended]
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  override close(): void {}
}
