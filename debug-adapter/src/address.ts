/** Addresses of guest memory as the protocol writes them. */
import { AdapterError } from './errors.ts'

/** @throws AdapterError */
export function addressOf(reference: string): number {
  const address = Number(reference)
  if (!Number.isSafeInteger(address) || address < 0) throw new AdapterError('badMemoryReference', { reference })
  return address
}

export function hex(n: number | bigint): string {
  return `0x${n.toString(16)}`
}
