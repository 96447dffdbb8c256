/**
 * File systems whose files are made when read: /proc and /sys. Trees of tables (proc-tree.ts, sys-tree.ts) say what there is.
 * NetBSD: sys/miscfs/procfs, with its Linux-like files (procfs_linux.c).
 */
import { meets } from '../../divergence.ts'
import { EINVAL, EIO, ENOENT, EPERM } from '../../errno.ts'
import type { Kernel } from '../../kernel.ts'
import type { Lwp } from '../../lwp.ts'
import type { Proc } from '../../proc.ts'
import type { Stat } from '../../stat.ts'
import type { Uio } from '../../uio.ts'
import { type FileSystemSize, Mount } from '../mount.ts'
import { Place } from '../place.ts'
import { type Changes, type DirectoryEntry, typeMode, Vnode } from '../vnode.ts'
import { holderOf } from './holder.ts'
import { oneProcess, procTree } from './proc-tree.ts'

/** What a generator may look at. */
export interface ProcContext {
  readonly kernel: Kernel
  /** The process whose directory it is in. */
  readonly proc: Proc | undefined
  /** The descriptor or thread whose entry it is. */
  readonly number: number
  /** The thread in whose directory it is; undefined: the process's own. */
  readonly thread?: Lwp | undefined
}

export interface ProcLink {
  readonly vnode: Vnode
  readonly place: Place | undefined
}

export type ProcNode =
  | {
      readonly kind: 'file'
      readonly mode?: number
      readonly text: (c: ProcContext) => string
      /** In place of the text, for what is too long to be made as a whole: bytes from an offset on, none at the end. */
      readonly bytes?: (c: ProcContext, offset: number, length: number) => Uint8Array
      /** Takes what was written in one call, wherever in the file it was. @throws an errno. */
      readonly write?: (c: ProcContext, text: string, l: Lwp | undefined) => void
      /** What poll(2) waits for at it. */
      readonly changes?: (c: ProcContext) => Changes
    }
  | {
      readonly kind: 'link'
      /** Permission bits; all, if not given. */
      readonly mode?: (c: ProcContext) => number
      readonly target: (c: ProcContext, l: Lwp | undefined) => string
      readonly jump?: (c: ProcContext) => ProcLink | undefined
    }
  | {
      readonly kind: 'directory'
      readonly mode?: number
      readonly entries: Readonly<Record<string, ProcNode>>
      /** The divergence by which it is not there. */
      readonly without?: string
      /** Entries that are there only now, named by numbers: processes, descriptors. */
      readonly numbers?: {
        readonly list: (c: ProcContext) => Iterable<number>
        readonly node: ProcNode
        /** What stands for the number below; undefined: there is no such. */
        readonly context: (c: ProcContext, n: number) => ProcContext | undefined
      }
    }

export class ProcMount extends Mount {
  readonly kind: string
  readonly magic: number
  readonly root: ProcVnode
  readonly #kernel: () => Kernel | undefined

  constructor(
    kind: 'proc' | 'sysfs',
    options: { readonly kernel: () => Kernel | undefined },
    tree: ProcNode = procTree,
  ) {
    super()
    this.kind = kind
    this.source = kind
    this.magic = kind === 'proc' ? 0x9fa0 : 0x6265_6572
    this.#kernel = options.kernel
    this.root = new ProcVnode(this, tree, undefined, 1)
  }

  get device(): number {
    return this.kind === 'proc' ? 22 : 23
  }

  /** @throws ENOENT before the kernel runs. */
  kernel(): Kernel {
    const kernel = this.#kernel()
    if (kernel === undefined) throw ENOENT
    return kernel
  }

  size(): FileSystemSize {
    return { blockSize: 4096, blocks: 0, free: 0, files: 0, filesFree: 0 }
  }
}

/** Of what is made piece by piece, one read gets at most so much. */
const LONGEST_READ = 1 << 18
/** What one write to a file of /proc may bring: a page, as on Linux. */
const LONGEST_WRITE = 4096

const nodeTypes = { file: 'VREG', link: 'VLNK', directory: 'VDIR' } as const
const defaultModes = { file: 0o444, link: 0o777, directory: 0o555 } as const

export class ProcVnode extends Vnode {
  override readonly mount: ProcMount
  readonly #node: ProcNode
  readonly #context: ProcContext | undefined
  readonly #ino: number
  #text: Uint8Array | undefined

  constructor(mount: ProcMount, node: ProcNode, context: ProcContext | undefined, ino: number) {
    super(mount, nodeTypes[node.kind])
    this.mount = mount
    this.#node = node
    this.#context = context
    this.#ino = ino
  }

  #in(): ProcContext {
    return this.#context ?? { kernel: this.mount.kernel(), proc: undefined, number: -1 }
  }

  /** The process whose directory it is. */
  get directoryOf(): Proc | undefined {
    return this.#node === oneProcess ? this.#context?.proc : undefined
  }

  #mode(): number {
    const node = this.#node
    if (node.kind === 'link') return node.mode?.(this.#in()) ?? defaultModes.link
    return node.mode ?? defaultModes[node.kind]
  }

  override getattr(): Stat {
    const proc = this.#context?.proc
    const holder = this.#context && holderOf(this.#context)
    const mode = this.#mode()
    const time = BigInt(Math.floor(proc?.startTime ?? 0))
    return {
      dev: this.mount.device,
      ino: this.#ino,
      mode: typeMode[this.type] | mode,
      nlink: this.type === 'VDIR' ? 2 : 1,
      uid: holder?.credentials.euid ?? 0,
      gid: holder?.credentials.egid ?? 0,
      rdev: 0,
      size: 0,
      blksize: 1024,
      blocks: 0,
      atime: time,
      mtime: time,
      ctime: time,
      birthtime: 0n,
    }
  }

  override lookup(name: string): Place | undefined {
    const node = this.#node
    if (node.kind !== 'directory') return undefined
    const fixed = Object.hasOwn(node.entries, name) ? node.entries[name] : undefined
    if (fixed !== undefined) return this.#isAbsent(fixed, name) ? undefined : this.#child(name, fixed, this.#context)
    if (node.numbers === undefined || !/^(0|[1-9]\d{0,9})$/.test(name)) return undefined
    const context = node.numbers.context(this.#in(), Number(name))
    return context === undefined ? undefined : this.#child(name, node.numbers.node, context)
  }

  /** Whether NetBSD has no such directory, which somebody looks for. */
  #isAbsent(node: ProcNode, name: string): boolean {
    if (node.kind !== 'directory' || node.without === undefined) return false
    const { kernel } = this.#in()
    return kernel.current === undefined ? kernel.diverges(node.without) : meets(kernel.current, node.without, name)
  }

  /** Nothing can be made here. In /proc even the search for a free name fails. */
  override create(): Place {
    throw this.mount.kind === 'proc' ? ENOENT : EPERM
  }

  #child(name: string, node: ProcNode, context: ProcContext | undefined): Place {
    return new Place(this, name, new ProcVnode(this.mount, node, context, this.#inodeOf(name)))
  }

  /** The same path has the same number (FNV-1a of the name upon the directory's). */
  #inodeOf(name: string): number {
    let hash = this.#ino ^ 0x811c_9dc5
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x0100_0193)
    return 0x1_0000_0000 + (hash >>> 0)
  }

  override *entries(cookie: number): Generator<DirectoryEntry> {
    const node = this.#node
    if (node.kind !== 'directory') return
    // Fixed names first, then numbers by their value: cookies stay right when others come and go.
    let next = 3
    for (const [name, child] of Object.entries(node.entries)) {
      const absent =
        child.kind === 'directory' && child.without !== undefined && this.#in().kernel.diverges(child.without)
      if (next > cookie && !absent)
        yield { name, ino: this.#inodeOf(name), mode: typeMode[nodeTypes[child.kind]], cookie: next }
      next++
    }
    if (node.numbers === undefined) return
    const mode = typeMode[nodeTypes[node.numbers.node.kind]]
    for (const n of [...node.numbers.list(this.#in())].sort((a, b) => a - b)) {
      if (next + n > cookie) yield { name: String(n), ino: this.#inodeOf(String(n)), mode, cookie: next + n }
    }
  }

  /** A name that is not there cannot be made, so it is not found. */
  override rename(_place: Place, _directory: Vnode, _name: string, replaced: Place | undefined): void {
    throw replaced === undefined ? ENOENT : EPERM
  }

  override readlink(l: Lwp | undefined): string {
    if (this.#node.kind !== 'link') return super.readlink(l)
    return this.#node.target(this.#in(), l)
  }

  override jump(): ProcLink | undefined {
    return this.#node.kind === 'link' ? this.#node.jump?.(this.#in()) : undefined
  }

  override read(_l: Lwp | undefined, uio: Uio, offset: number): number {
    if (this.#node.kind !== 'file') return 0
    if (this.#node.bytes !== undefined)
      return uio.write(this.#node.bytes(this.#in(), offset, Math.min(uio.resid, LONGEST_READ)))
    // A reader that goes on gets the rest of what it began.
    if (offset === 0 || this.#text === undefined) this.#text = latin1(this.#node.text(this.#in()))
    return offset >= this.#text.length ? 0 : uio.write(this.#text.subarray(offset, offset + uio.resid))
  }

  override changes(): Changes | undefined {
    return this.#node.kind === 'file' ? this.#node.changes?.(this.#in()) : undefined
  }

  /** Nothing is kept, so nothing is cut off: opening with O_TRUNC is well, as on Linux. */
  override truncate(): void {}

  override write(l: Lwp | undefined, uio: Uio): number {
    // Linux: a process's own files have no write operation; that of the others fails (proc_reg_write).
    if (this.#node.kind !== 'file' || this.#node.write === undefined) throw this.#context?.proc ? EINVAL : EIO
    const bytes = new Uint8Array(Math.min(uio.resid, LONGEST_WRITE))
    const count = uio.read(bytes)
    this.#node.write(this.#in(), asLatin1(bytes.subarray(0, count)), l)
    return count
  }
}

function asLatin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
