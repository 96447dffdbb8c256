/** 64-bit values as pairs of 32-bit halves: exact, and cheaper than bigints. */

export function unsigned64(low: number, high: number): number | bigint {
  return high <= 0x1f_ffff ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low)
}

export function signed64(low: number, high: number): number | bigint {
  const top = high | 0
  if (top >= -0x20_0000 && top <= 0x1f_ffff) return top * 0x1_0000_0000 + low
  return (BigInt(top) << 32n) | BigInt(low)
}

/** The nearest double: right for every valid address, length and offset. */
export function approximate(low: number, high: number): number {
  return high * 0x1_0000_0000 + low
}

export function hex64(low: number, high: number): string {
  return high === 0 ? `0x${low.toString(16)}` : `0x${high.toString(16)}${low.toString(16).padStart(8, '0')}`
}
