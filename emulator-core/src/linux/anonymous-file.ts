/** What Linux's calls without a file system behind them hand out: an anonymous inode's file (fs/anon_inodes.c) that can do little by itself. */
import { EINVAL } from '../native/errno.ts'
import { File } from '../native/file.ts'
import { anonymousStat, seekNowhere } from '../native/ipc/anonymous-stat.ts'
import type { Lwp } from '../native/lwp.ts'
import type { MaybeBlocking } from '../native/sleep.ts'
import type { Stat } from '../native/stat.ts'
import type { Uio } from '../native/uio.ts'

export abstract class AnonymousFile extends File {
  readonly type = 'misc'
  /** As in `anon_inode:NAME`. */
  abstract readonly name: string

  override describe(): string {
    return `anon_inode:${this.name}`
  }

  override read(_l: Lwp, _uio: Uio): MaybeBlocking<number> {
    throw EINVAL
  }

  override write(_l: Lwp, _uio: Uio): MaybeBlocking<number> {
    throw EINVAL
  }

  override seek(l: Lwp, _delta: number, _whence: number): number {
    return seekNowhere(l, this)
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  /** ioctl(2) with Linux's numbers; undefined: not one of its own. */
  control(_l: Lwp, _command: number, _argument: number): MaybeBlocking<number> | undefined {
    return undefined
  }

  override close(): void {}
}
