/** Character devices by their number: cdevsw (sys/sys/conf.h). Numbers are Linux's, since Linux programs know them. */
import { EBADF, ENOSPC, ENXIO } from '../errno.ts'
import { type File, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import type { Lwp } from '../lwp.ts'
import type { MaybeBlocking } from '../sleep.ts'
import type { Uio } from '../uio.ts'
import type { Vfs } from './vfs.ts'
import type { Vnode } from './vnode.ts'
import { VnodeFile } from './vnode-file.ts'

/** Linux's encoding of device numbers, as stat(2) tells them. */
export function makedev(major: number, minor: number): number {
  return (minor & 0xff) + ((major & 0xfff) << 8) + (minor >>> 8) * 0x10_0000
}

export function major(dev: number): number {
  return Math.floor(dev / 256) & 0xfff
}

export function minor(dev: number): number {
  return (dev & 0xff) | ((Math.floor(dev / 0x10_0000) & 0xfff) << 8)
}

/** Opens a device: the file of one opening. `mayControl`: a terminal may become the session's (no O_NOCTTY). */
export type DeviceOpen = (l: Lwp, vfs: Vfs, vnode: Vnode, flags: number, mayControl: boolean) => MaybeBlocking<File>

export class DeviceTable {
  readonly #drivers = new Map<number, DeviceOpen>()

  register(dev: number, open: DeviceOpen): void {
    this.#drivers.set(dev, open)
  }

  unregister(dev: number): void {
    this.#drivers.delete(dev)
  }

  /** spec_open. @throws ENXIO where there is no such device. */
  open(l: Lwp, vfs: Vfs, vnode: Vnode, flags: number, mayControl: boolean): MaybeBlocking<File> {
    const driver = this.#drivers.get(vnode.getattr().rdev)
    if (driver === undefined || vnode.type !== 'VCHR') throw ENXIO
    return driver(l, vfs, vnode, flags, mayControl)
  }
}

/** What a device that never blocks does with bytes. */
export interface SimpleDevice {
  read(uio: Uio): number
  write(uio: Uio): number
  /** A mapping of it is anonymous memory (uvm_mmap_dev's special case). */
  readonly mapsZeroes?: boolean
  readonly entropy?: number
}

/** Bits that the source of random numbers says it has: as many as it can hold. */
export const ENTROPY = 256

export class SimpleDeviceFile extends VnodeFile {
  readonly #device: SimpleDevice

  constructor(vfs: Vfs, vnode: Vnode, flags: number, device: SimpleDevice) {
    super(vfs, vnode, vnode.place, flags)
    this.#device = device
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (request.kind !== 'RNDGETENTCNT' || this.#device.entropy === undefined) return super.ioctl(l, request)
    request.answer = this.#device.entropy
    return 0
  }

  override read(_l: Lwp, uio: Uio): number {
    if ((this.flags & FREAD) === 0) throw EBADF
    return this.#device.read(uio)
  }

  override write(_l: Lwp, uio: Uio): number {
    if ((this.flags & FWRITE) === 0) throw EBADF
    return this.#device.write(uio)
  }

  override seek(): number {
    return 0
  }

  override get mapsZeroes(): boolean {
    return this.#device.mapsZeroes === true
  }
}

const zeroes = new Uint8Array(1 << 16)

function discard(uio: Uio): number {
  const count = uio.resid
  uio.advance(count)
  return count
}

/** Fills what is wanted, a piece at a time. */
function fill(uio: Uio, next: (max: number) => Uint8Array): number {
  let done = 0
  while (uio.resid > 0) {
    const piece = next(Math.min(uio.resid, 1 << 16))
    const moved = uio.write(piece)
    done += moved
    if (moved < piece.length) break
  }
  return done
}

export const nullDevice: SimpleDevice = { read: () => 0, write: discard }
export const zeroDevice: SimpleDevice = {
  read: uio => fill(uio, max => zeroes.subarray(0, max)),
  write: discard,
  mapsZeroes: true,
}
export const fullDevice: SimpleDevice = {
  read: zeroDevice.read,
  write: () => {
    throw ENOSPC
  },
}

export function randomDevice(random: (into: Uint8Array) => void): SimpleDevice {
  const read = (uio: Uio): number =>
    fill(uio, max => {
      const bytes = new Uint8Array(max)
      random(bytes)
      return bytes
    })
  return { read, write: discard, entropy: ENTROPY }
}
