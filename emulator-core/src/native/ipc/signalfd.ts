/** Signals to be read (signalfd(2)): Linux, fs/signalfd.c. NetBSD has EVFILT_SIGNAL instead. Whose signals they are is settled when somebody reads or polls. */
import { EAGAIN, EINVAL } from '../errno.ts'
import { File, FREAD, FWRITE } from '../file.ts'
import type { Lwp } from '../lwp.ts'
import { POLLIN, POLLRDNORM, type SelInfo } from '../selinfo.ts'
import { takeOneOf } from '../signal/lwp-signals.ts'
import { SIGCHLD, SIGIO } from '../signal/numbers.ts'
import { SI_KERNEL, SI_TIMER, SI_USER, type SigInfo } from '../signal/siginfo.ts'
import type { SigSet } from '../signal/sigset.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking } from '../sleep.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import { anonymousStat, seekNowhere } from './anonymous-stat.ts'

/** struct signalfd_siginfo. */
const RECORD_BYTES = 128

function record(info: SigInfo): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES)
  const v = new DataView(bytes.buffer)
  const u32 = (at: number, value = 0): void => v.setUint32(at, value, true)
  u32(0, info.signo)
  u32(4, info.errno)
  u32(8, info.code)
  const ofKind = info.code > SI_USER && info.code < SI_KERNEL
  const value = info.value ?? 0n
  if (ofKind && info.signo === SIGIO) {
    u32(20, info.fd)
    u32(28, info.band)
  } else if (ofKind && info.signo !== SIGCHLD) {
    v.setBigUint64(72, BigInt(info.address ?? 0), true)
  } else if (info.code === SI_TIMER) {
    u32(24, info.timerId)
    u32(32, info.overrun)
  } else {
    u32(12, info.pid)
    u32(16, info.uid)
  }
  if (ofKind && info.signo === SIGCHLD) {
    u32(40, info.status)
    v.setBigUint64(56, BigInt(info.userTime ?? 0), true)
    v.setBigUint64(64, BigInt(info.systemTime ?? 0), true)
  }
  if (info.code < 0) {
    u32(44, Number(BigInt.asUintN(32, value)))
    v.setBigUint64(48, BigInt.asUintN(64, value), true)
  }
  return bytes
}

export class Signalfd extends File {
  readonly type = 'misc'
  readonly #mask: SigSet
  readonly #maker: Lwp

  constructor(maker: Lwp, mask: SigSet, flags: number) {
    super(FREAD | FWRITE | flags)
    this.#maker = maker
    this.#mask = mask
  }

  /** Other signals from now on; whoever waits looks again. */
  setMask(l: Lwp, mask: SigSet): void {
    this.#mask.assign(mask)
    l.proc.signals.arrived.notify(POLLIN | POLLRDNORM)
  }

  override describe(): string {
    return 'anon_inode:[signalfd]'
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (uio.resid < RECORD_BYTES) throw EINVAL
    const moved = this.#takeAll(l, uio)
    if (moved > 0) return moved
    if (this.nonblocking) throw EAGAIN
    return this.#readBlocking(l, uio)
  }

  *#readBlocking(l: Lwp, uio: Uio): Kthread<number> {
    for (;;) {
      yield* cvWaitSig(l, l.proc.signals.arrived.pollers, 'signalfd')
      const moved = this.#takeAll(l, uio)
      if (moved > 0) return moved
    }
  }

  /** As many records as there are signals and room. */
  #takeAll(l: Lwp, uio: Uio): number {
    let moved = 0
    while (uio.resid >= RECORD_BYTES) {
      const info = takeOneOf(l, this.#mask)
      if (info === undefined) break
      moved += uio.write(record(info))
    }
    return moved
  }

  override write(): number {
    throw EINVAL
  }

  override poll(events: number): number {
    const l = this.#maker.proc.kernel.current ?? this.#maker
    const pending = l.signals.pending.set.intersects(this.#mask) || l.proc.signals.pending.set.intersects(this.#mask)
    return pending ? events & POLLIN : 0
  }

  override pollSources(): readonly SelInfo[] {
    return [(this.#maker.proc.kernel.current ?? this.#maker).proc.signals.arrived]
  }

  override seek(l: Lwp): number {
    return seekNowhere(l, this)
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  override close(): void {}
}
