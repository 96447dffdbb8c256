/** /dev/tty, /dev/ptmx and what is in /dev/pts. */

import { CAP_SYS_ADMIN, hasCapability } from '../capability.ts'
import { EBUSY, EIO, ENOSPC, ENXIO } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import { DEV_TTY } from '../vfs/devfs.ts'
import { makedev } from '../vfs/device.ts'
import { O_NOCTTY } from '../vfs/open-flags.ts'
import type { Vnode } from '../vfs/vnode.ts'
import { PseudoTerminal } from './pseudo-terminal.ts'
import { type PtyMaster, PtyMasterFile } from './pty-master-file.ts'
import { TerminalFile, takeAsControlling } from './terminal-file.ts'
import { controllingTty, type Tty, ttysOf } from './tty.ts'

const DEV_PTMX = makedev(5, 2)
const PTS_MAJOR = 136
/** Debian's group of who may write to others' terminals. */
const TTY_GROUP = 5
const MAX_TERMINALS = 256

export class TerminalDevices {
  readonly #kernel: Kernel
  readonly #directory: Vnode

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    const { devices, root } = kernel.vfs
    const dev = root.lookup('dev', undefined)?.vnode.mountedHere?.root as Vnode
    this.#directory = dev.create('pts', { type: 'VDIR', mode: 0o755, uid: 0, gid: 0 }).vnode
    dev.create('ptmx', { type: 'VCHR', mode: 0o666, uid: 0, gid: TTY_GROUP, rdev: DEV_PTMX })
    devices.register(DEV_TTY, (l, _vfs, vnode, flags) => {
      const terminal = controllingTty(l)
      if (terminal === undefined) throw ENXIO
      return new TerminalFile(terminal, flags, vnode)
    })
    devices.register(DEV_PTMX, (l, _vfs, vnode, flags) => this.#openMaster(l, vnode, flags))
  }

  /** Gives a terminal its name in /dev/pts. */
  add(terminal: Tty, number: number, uid: number): Vnode {
    const { devices } = this.#kernel.vfs
    const rdev = makedev(PTS_MAJOR, number)
    ttysOf(this.#kernel).add(terminal)
    devices.register(rdev, (l, _vfs, vnode, flags, mayControl) => openTerminal(l, terminal, vnode, flags, mayControl))
    return this.#directory.create(String(number), { type: 'VCHR', mode: 0o620, uid, gid: TTY_GROUP, rdev }).vnode
  }

  #openMaster(l: Lwp, vnode: Vnode, flags: number): PtyMasterFile {
    const number = this.#freeNumber()
    const terminal = new PseudoTerminal(this.#kernel)
    const node = this.add(terminal, number, l.credentials.euid)
    const openPeer: PtyMaster['openPeer'] = (by, peerFlags) =>
      openTerminal(by, terminal, node, peerFlags & ~O_NOCTTY, (peerFlags & O_NOCTTY) === 0)
    return new PtyMasterFile({ terminal, number, vnode, openPeer, remove: () => this.#remove(terminal, number) }, flags)
  }

  /** @throws ENOSPC */
  #freeNumber(): number {
    for (let n = 0; n < MAX_TERMINALS; n++) if (this.#directory.lookup(String(n), undefined) === undefined) return n
    throw ENOSPC
  }

  #remove(terminal: Tty, number: number): void {
    ttysOf(this.#kernel).delete(terminal)
    this.#kernel.vfs.devices.unregister(makedev(PTS_MAJOR, number))
    const place = this.#directory.lookup(String(number), undefined)
    if (place !== undefined) this.#directory.remove(place)
  }
}

/** @throws EIO before the other side has unlocked it, EBUSY where somebody wants it for himself. */
function openTerminal(l: Lwp, terminal: Tty, vnode: Vnode, flags: number, mayControl: boolean): TerminalFile {
  const { proc } = l
  if (terminal instanceof PseudoTerminal && terminal.isLocked) throw EIO
  if (terminal.isExclusive && !hasCapability(proc.credentials, CAP_SYS_ADMIN)) throw EBUSY
  if (mayControl && proc.session === proc.pid && terminal.session === 0 && controllingTty(l) === undefined)
    takeAsControlling(l, terminal)
  return new TerminalFile(terminal, flags, vnode)
}
