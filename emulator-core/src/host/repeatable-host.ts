/** A host whose random numbers are the same in every run: two runs in virtual time must not differ. They are no secret, so nothing that is should be made there. */
import type { Host } from './host.ts'

const SEED = 0x9e37_79b9

/** xorshift32 with a multiplication: Marsaglia 2003, Vigna 2016. */
function generator(): () => number {
  let state = SEED
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.imul(state, 0x2c1b_3c6d) >>> 24
  }
}

export function repeatableHost(host: Host): Host {
  const next = generator()
  return {
    ...host,
    random(into) {
      for (let i = 0; i < into.length; i++) into[i] = next()
    },
  }
}
