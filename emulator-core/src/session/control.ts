/**
 * The words of shared memory that the run loop looks at between slices, so that a pause or an end does not wait for a message to be taken.
 * Output has a window: the guest stands while more than OUTPUT_WINDOW bytes have not been taken by the outer thread (back-pressure, not loss).
 */
const PAUSE = 0
const OUTPUT_PENDING = 1
/** Counts messages to the worker, for the worker that waits for one within the kernel. */
const MESSAGES = 2
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

  /** The outer thread has posted a message. */
  messagePosted(): void {
    Atomics.add(this.#words, MESSAGES, 1)
    Atomics.notify(this.#words, MESSAGES)
  }

  get messages(): number {
    return Atomics.load(this.#words, MESSAGES)
  }

  /** Blocks the thread until more messages have been posted than `seen`. */
  waitForMessage(seen: number): void {
    Atomics.wait(this.#words, MESSAGES, seen)
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
