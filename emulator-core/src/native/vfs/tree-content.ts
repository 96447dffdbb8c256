/** What a regular file of the overlay holds: the host's bytes, only ever read, until the guest stores something; then its own (copy-up). */
import type { HostStat } from '../../host/host.ts'
import { EISDIR } from '../errno.ts'
import { FilePages, type PageOwner } from './file-pages.ts'
import { HostData } from './host-data.ts'
import type { TreeMount } from './tree-mount.ts'

export class TreeContent {
  readonly #mount: TreeMount
  readonly #owner: PageOwner
  readonly #lowerPath: string | undefined
  #pages: FilePages | undefined
  #hostData: HostData | undefined
  /** The lower file's state when pages were read. */
  #pagesOf = ''

  constructor(mount: TreeMount, owner: PageOwner, lowerPath: string | undefined) {
    this.#mount = mount
    this.#owner = owner
    this.#lowerPath = lowerPath
  }

  /** A file of the guest's making begins empty. */
  static empty(mount: TreeMount, owner: PageOwner): TreeContent {
    const content = new TreeContent(mount, owner, undefined)
    content.#pages = new FilePages(mount.memory, owner)
    return content
  }

  /** The guest's own bytes, if they are. */
  get own(): FilePages | undefined {
    return this.#pages?.hasSource === false ? this.#pages : undefined
  }

  get isMapped(): boolean {
    return (this.#pages?.mappings ?? 0) > 0
  }

  /** What the open host file says; undefined while it is not open. */
  hostStat(): HostStat | undefined {
    return this.#hostData?.isOpen === true ? this.#hostData.stat() : undefined
  }

  pages(): FilePages {
    if (this.#pages !== undefined) return this.#pages
    const path = this.#lowerPath
    if (path === undefined) throw EISDIR
    this.#hostData = new HostData(this.#mount.hostFiles(), () => path)
    this.#pages = new FilePages(this.#mount.memory, this.#owner, this.#hostData)
    this.#pagesOf = stamp(this.#hostData.stat())
    return this.#pages
  }

  /** Copy-up of at most `length` bytes. @throws ENOSPC, EIO; then nothing has changed. */
  copyUp(length = Number.POSITIVE_INFINITY): FilePages {
    const pages = this.pages()
    if (!pages.hasSource) return pages
    pages.adopt(Math.min(length, this.#hostData?.size() ?? 0))
    this.#hostData?.close()
    this.#hostData = undefined
    return pages
  }

  /** The file is being opened. @param lower the host file as it is now. @param isFirst nobody has it open yet. */
  opening(lower: HostStat | undefined, isFirst: boolean): void {
    const pages = this.pages()
    const data = this.#hostData
    if (data === undefined) return
    if (!data.isOpen) data.open(false)
    const now = stamp(lower ?? data.stat())
    if (now === this.#pagesOf || !isFirst) return
    data.close()
    data.open(false)
    pages.invalidate()
    this.#pagesOf = now
  }

  closeHost(): void {
    this.#hostData?.close()
  }

  dispose(): void {
    this.#pages?.dispose()
    this.#pages = undefined
  }
}

function stamp(stat: HostStat): string {
  return `${stat.ino}:${stat.size}:${stat.mtime}`
}
