/**
 * The words of shared memory that the run loop looks at between slices, so that a pause or an end does not wait for a message to be taken.
 * Output has a window: the guest stands while more than OUTPUT_WINDOW bytes have not been taken by the outer thread (back-pressure, not loss).
 */
const PAUSE = 0
const OUTPUT_PENDING = 1
const WORDS = 4

export const OUTPUT_WINDOW = 1 << 20

export class Control {
  readonly shared: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(shared = new SharedArrayBuffer(WORDS * 4)) {
    this.shared = shared
    this.#words = new Int32Array(shared)
  }

  requestPause(): void {
    Atomics.store(this.#words, PAUSE, 1)
  }

  get pauseRequested(): boolean {
    return Atomics.load(this.#words, PAUSE) !== 0
  }

  clearPause(): void {
    Atomics.store(this.#words, PAUSE, 0)
  }

  outputSent(bytes: number): void {
    Atomics.add(this.#words, OUTPUT_PENDING, bytes)
  }

  outputTaken(bytes: number): void {
    Atomics.sub(this.#words, OUTPUT_PENDING, bytes)
  }

  get outputBlocked(): boolean {
    return Atomics.load(this.#words, OUTPUT_PENDING) > OUTPUT_WINDOW
  }
}
