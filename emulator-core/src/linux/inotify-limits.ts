/** What a user may have of inotify's instances and watches: the limits are his, not the process's (fs/notify/inotify, ucounts). */
import { EMFILE, ENOSPC } from '../native/errno.ts'
import type { Kernel } from '../native/kernel.ts'

interface Share {
  instances: number
  watches: number
}

const shares = new WeakMap<Kernel, Map<number, Share>>()

/** One instance of a user, counted while it lives. */
export class InotifyAllowance {
  readonly #kernel: Kernel
  readonly #share: Share
  #watches = 0

  /** @throws EMFILE when the user has as many instances as he may. */
  constructor(kernel: Kernel, uid: number) {
    const users = shares.get(kernel) ?? new Map<number, Share>()
    shares.set(kernel, users)
    const share = users.get(uid) ?? { instances: 0, watches: 0 }
    users.set(uid, share)
    if (share.instances >= kernel.tunables.inotifyInstances) throw EMFILE
    share.instances++
    this.#kernel = kernel
    this.#share = share
  }

  /** @throws ENOSPC. */
  takeWatch(): void {
    if (this.#share.watches >= this.#kernel.tunables.inotifyWatches) throw ENOSPC
    this.#share.watches++
    this.#watches++
  }

  giveWatch(): void {
    this.#share.watches--
    this.#watches--
  }

  end(): void {
    this.#share.instances--
    this.#share.watches -= this.#watches
    this.#watches = 0
  }
}
