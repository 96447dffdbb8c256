/** A set of the signals 1…64, as two words: sigset_t. */
export class SigSet {
  low: number
  high: number

  constructor(low = 0, high = 0) {
    this.low = low
    this.high = high
  }

  has(signo: number): boolean {
    return signo <= 32 ? (this.low & (1 << (signo - 1))) !== 0 : (this.high & (1 << (signo - 33))) !== 0
  }

  add(signo: number): void {
    if (signo <= 32) this.low |= 1 << (signo - 1)
    else this.high |= 1 << (signo - 33)
  }

  delete(signo: number): void {
    if (signo <= 32) this.low &= ~(1 << (signo - 1))
    else this.high &= ~(1 << (signo - 33))
  }

  get isEmpty(): boolean {
    return (this.low | this.high) === 0
  }

  clone(): SigSet {
    return new SigSet(this.low, this.high)
  }

  assign(other: SigSet): void {
    this.low = other.low
    this.high = other.high
  }

  addAll(other: SigSet): void {
    this.low |= other.low
    this.high |= other.high
  }

  deleteAll(other: SigSet): void {
    this.low &= ~other.low
    this.high &= ~other.high
  }

  /** The lowest signal in this set and not in `without`; 0 if there is none. */
  firstWithout(without: SigSet): number {
    const low = this.low & ~without.low
    if (low !== 0) return 32 - Math.clz32(low & -low)
    const high = this.high & ~without.high
    return high !== 0 ? 64 - Math.clz32(high & -high) : 0
  }

  intersects(other: SigSet): boolean {
    return ((this.low & other.low) | (this.high & other.high)) !== 0
  }
}
