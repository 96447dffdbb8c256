/** memfd_secret(2), which NetBSD does not have: memory that only who maps it sees. Linux: mm/secretmem.c. */
import type { CallFamily } from '../compat-linux/call.ts'
import { mayLockMore } from '../compat-linux/mlock.ts'
import { allocateDescriptor, O_CLOEXEC } from '../compat-linux/new-descriptor.ts'
import { PAGE_SIZE } from '../machine/page.ts'
import { EAGAIN, EINVAL, ESPIPE } from '../native/errno.ts'
import { FREAD, FWRITE } from '../native/file.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { S_IFREG, type Stat } from '../native/stat.ts'
import { FrameObject } from '../native/uvm/frame-object.ts'
import { FrameStore } from '../native/uvm/frame-store.ts'
import type { UvmObject } from '../native/uvm/object.ts'
import { AnonymousFile } from './anonymous-file.ts'

const DEVICE = 18
/** The largest size: whole pages, exact as a number. */
const MAX_SIZE = 2 ** 53 - PAGE_SIZE
let nextInode = 1

export class SecretMemory extends AnonymousFile {
  override readonly name = '/secretmem (deleted)'
  readonly device = DEVICE
  readonly inode = nextInode++
  readonly #store: FrameStore
  readonly #object: FrameObject
  #isOpen = true
  size = 0

  constructor(kernel: Kernel) {
    super(FREAD | FWRITE)
    this.#store = new FrameStore(kernel.machine)
    this.#object = new FrameObject(this.#store, this, () => this.#disposeIfUnused())
  }

  override get pollable(): boolean {
    return false
  }

  override describe(): string {
    return this.name
  }

  override seek(): number {
    throw ESPIPE
  }

  /** Once. @throws EINVAL */
  override truncate(_l: Lwp, length: number): void {
    if (this.size !== 0 || length < 0 || length > MAX_SIZE) throw EINVAL
    this.size = length
  }

  /** Only shared, and it counts as locked. @throws EINVAL, EAGAIN */
  override mmap(l: Lwp, _offset: number, length: number, _prot: number, shared: boolean): UvmObject {
    if (!shared) throw EINVAL
    if (!mayLockMore(l, length)) throw EAGAIN
    return this.#object
  }

  override stat(l: Lwp): Stat {
    return { ...super.stat(l), dev: DEVICE, ino: this.inode, mode: S_IFREG | 0o600, nlink: 0, size: this.size }
  }

  #disposeIfUnused(): void {
    if (!this.#isOpen && this.#object.mappings === 0) this.#store.dispose()
  }

  override close(): void {
    this.#isOpen = false
    this.#disposeIfUnused()
  }
}

/** @throws EINVAL, EMFILE */
function memfd_secret(l: Lwp, flagsArgument: number): number {
  const flags = flagsArgument | 0
  if ((flags & ~O_CLOEXEC) !== 0) throw EINVAL
  return allocateDescriptor(l, new SecretMemory(l.proc.kernel), (flags & O_CLOEXEC) !== 0)
}

export const secretMemoryCalls: CallFamily = { memfd_secret }
