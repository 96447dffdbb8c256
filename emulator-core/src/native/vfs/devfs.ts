/** What /dev holds. The host's own /dev is never seen. */
import {
  fullDevice,
  makedev,
  nullDevice,
  randomDevice,
  type SimpleDevice,
  SimpleDeviceFile,
  zeroDevice,
} from './device.ts'
import type { Vfs } from './vfs.ts'
import type { Vnode } from './vnode.ts'

/** The terminal of a session (5,0); tty.ts registers its driver. */
export const DEV_TTY = makedev(5, 0)

const nodes: readonly { readonly name: string; readonly dev: number; readonly device?: SimpleDevice }[] = [
  { name: 'null', dev: makedev(1, 3), device: nullDevice },
  { name: 'zero', dev: makedev(1, 5), device: zeroDevice },
  { name: 'full', dev: makedev(1, 7), device: fullDevice },
  { name: 'random', dev: makedev(1, 8) },
  { name: 'urandom', dev: makedev(1, 9) },
  { name: 'tty', dev: DEV_TTY },
]

const links: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
]

export function mountDevices(vfs: Vfs, random: (into: Uint8Array) => void): void {
  const dev = vfs.root.lookup('dev', undefined)?.vnode.mountedHere?.root as Vnode
  const owner = { uid: 0, gid: 0 }
  for (const { name, dev: rdev, device } of nodes) {
    dev.create(name, { type: 'VCHR', mode: 0o666, ...owner, rdev })
    const driver = device ?? (rdev === DEV_TTY ? undefined : randomDevice(random))
    if (driver !== undefined)
      vfs.devices.register(rdev, (_l, v, vnode, flags) => new SimpleDeviceFile(v, vnode, flags, driver))
  }
  for (const [name, target] of links) dev.create(name, { type: 'VLNK', mode: 0o777, ...owner, target })
  dev.create('shm', { type: 'VDIR', mode: 0o1777, ...owner })
}
