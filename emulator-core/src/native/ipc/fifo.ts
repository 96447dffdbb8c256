/** Opening a named pipe: sys/miscfs/fifofs/fifo_vnops.c. The pipe lives as long as somebody has it open. */
import { ENXIO } from '../errno.ts'
import { type File, FNONBLOCK, FREAD, FWRITE } from '../file.ts'
import type { Lwp } from '../lwp.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../sleep.ts'
import type { Place } from '../vfs/place.ts'
import type { Vfs } from '../vfs/vfs.ts'
import type { Vnode } from '../vfs/vnode.ts'
import { Pipe, PipeEnd } from './pipe.ts'

interface Fifo {
  readonly pipe: Pipe
  readonly opened: WaitChannel
  /** Counted up by each open, so that one who waits sees an end that came and went. */
  readerGeneration: number
  writerGeneration: number
}

/** An open end that has the name's attributes: an anonymous pipe has its own. */
class FifoEnd extends PipeEnd {
  readonly #vfs: Vfs
  readonly #vnode: Vnode
  readonly #place: Place | undefined

  constructor(pipe: Pipe, flags: number, vfs: Vfs, vnode: Vnode) {
    super(pipe, flags, vfs.pathOf(vnode))
    this.#vfs = vfs
    this.#vnode = vnode
    this.#place = vnode.place
    vnode.opens++
    if (this.#place !== undefined) this.#place.uses++
  }

  /** Nobody was waited for, or the other end has come. */
  opened(): this {
    this.#vfs.notes.tellOf('open', this.#vnode, this.#place)
    return this
  }

  /** It was not opened after all. */
  abandon(): void {
    super.close()
    // With the last end goes what nobody has read.
    if (this.pipe.readers === 0 && this.pipe.writers === 0) fifos.delete(this.#vnode)
    this.#vnode.opens--
    if (this.#place !== undefined) this.#place.uses--
  }

  override close(): void {
    const { notes } = this.#vfs
    notes.tellOf((this.flags & FWRITE) !== 0 ? 'close-write' : 'close-nowrite', this.#vnode, this.#place)
    this.abandon()
    if (this.#place !== undefined) notes.tellIfGone(this.#place)
  }

  override reopen(l: Lwp, flags: number): MaybeBlocking<File> {
    return openFifo(l, this.#vfs, this.#vnode, flags)
  }

  override get attributes(): Vnode {
    return this.#vnode
  }
}

const fifos = new WeakMap<Vnode, Fifo>()

/** Gives the file systems their named pipes. */
export function installFifos(vfs: Vfs): void {
  vfs.openFifo = openFifo
}

/** A reader waits for a writer and the other way round. @throws ENXIO for a writer that may not wait and finds no reader, EINTR. */
function openFifo(l: Lwp, vfs: Vfs, vnode: Vnode, flags: number): MaybeBlocking<File> {
  const fifo = fifoOf(l, vnode)
  const mode = flags & (FREAD | FWRITE)
  const nonblocking = (flags & FNONBLOCK) !== 0
  if (mode === FWRITE && nonblocking && fifo.pipe.readers === 0) throw ENXIO
  const { readerGeneration, writerGeneration } = fifo
  const end = new FifoEnd(fifo.pipe, flags, vfs, vnode)
  if ((mode & FREAD) !== 0) fifo.readerGeneration++
  if ((mode & FWRITE) !== 0) fifo.writerGeneration++
  fifo.opened.wakeAll()
  if (nonblocking || mode === (FREAD | FWRITE)) return end.opened()
  const other = mode === FREAD ? fifo.pipe.writers : fifo.pipe.readers
  if (other > 0) return end.opened()
  const met =
    mode === FREAD ? () => fifo.writerGeneration !== writerGeneration : () => fifo.readerGeneration !== readerGeneration
  return waitForOther(l, fifo, end, met)
}

function* waitForOther(l: Lwp, fifo: Fifo, end: FifoEnd, met: () => boolean): Kthread<File> {
  try {
    while (!met()) yield* cvWaitSig(l, fifo.opened, 'fifo')
    return end.opened()
  } catch (e) {
    end.abandon()
    throw e
  }
}

function fifoOf(l: Lwp, vnode: Vnode): Fifo {
  const known = fifos.get(vnode)
  if (known !== undefined) return known
  const fifo = {
    pipe: new Pipe(l.proc.kernel),
    opened: new WaitChannel('fifo'),
    readerGeneration: 0,
    writerGeneration: 0,
  }
  fifos.set(vnode, fifo)
  return fifo
}
