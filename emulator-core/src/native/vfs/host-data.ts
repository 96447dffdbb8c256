/** An open host file as a source of pages: opened when first needed, closed when nobody has the file open or mapped. */
import type { HostFiles, HostStat } from '../../host/host.ts'
import { EACCES, EIO } from '../errno.ts'
import type { PageSource } from './file-pages.ts'
import { hosted } from './host-error.ts'

export class HostData implements PageSource {
  readonly #files: HostFiles
  readonly #path: () => string
  #fd = -1
  #writable = false

  constructor(files: HostFiles, path: () => string) {
    this.#files = files
    this.#path = path
  }

  get isOpen(): boolean {
    return this.#fd >= 0
  }

  /** Opens it, for writing too if asked. @throws EACCES, ENOENT…. */
  open(forWriting: boolean): void {
    if (this.#fd >= 0 && (this.#writable || !forWriting)) return
    const fd = hosted(() => this.#files.open(this.#path(), forWriting ? 'r+' : 'r'))
    this.close()
    this.#fd = fd
    this.#writable = forWriting
  }

  /** Takes over a descriptor that is open for reading and writing. */
  take(fd: number): void {
    this.close()
    this.#fd = fd
    this.#writable = true
  }

  close(): void {
    if (this.#fd < 0) return
    const fd = this.#fd
    this.#fd = -1
    this.#writable = false
    hosted(() => this.#files.close(fd))
  }

  #need(forWriting: boolean): number {
    if (this.#fd < 0) this.open(forWriting)
    if (forWriting && !this.#writable) this.open(true)
    if (this.#fd < 0) throw EIO
    return this.#fd
  }

  stat(): HostStat {
    return hosted(() => this.#files.fstat(this.#need(false)))
  }

  size(): number {
    return this.stat().size
  }

  readv(into: Uint8Array[], position: number): number {
    return hosted(() => this.#files.readv(this.#need(false), into, position))
  }

  writev(from: Uint8Array[], position: number): number {
    return hosted(() => this.#files.writev(this.#need(true), from, position))
  }

  truncate(length: number): void {
    hosted(() => this.#files.ftruncate(this.#need(true), length))
  }

  fsync(): void {
    if (this.#fd >= 0) hosted(() => this.#files.fsync(this.#fd))
  }

  /** Whether it can be opened at all. @throws EACCES. */
  check(forWriting: boolean): void {
    this.open(forWriting)
    if (this.#fd < 0) throw EACCES
  }
}
