import { PAGE_SIZE } from './page.ts'

const zeroes = new Uint8Array(PAGE_SIZE)

/** Zeroes bytes of the machine's memory, at most a page: `fill` is slow in memory that threads could share, as that is for V8. */
export function clearBytes(bytes: Uint8Array): void {
  bytes.set(zeroes.subarray(0, bytes.length))
}
