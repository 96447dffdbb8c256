import { describe, expect, it } from 'vitest'
import { MOST_IN_A_PIECE, messageCost, pieceCost } from './skb-cost.ts'

/** Bytes, and what SIOCOUTQ told on Linux 6.18 after one write of them. */
const STREAM = [
  [1, 768], [128, 768], [320, 1280], [704, 1280], [705, 2304], [1473, 2304], [2000, 4352], [3776, 4352], [3777, 4864], [5000, 6400],
  [8192, 8960], [10000, 12544], [20000, 20736], [32768, 33536], [36544, 37120],
] as const // biome-ignore format: a table
const MESSAGES = [
  [0, 768], [128, 768], [704, 1280], [705, 2304], [3776, 4352], [3777, 8448], [8192, 16640], [16384, 20736], [20000, 20736],
  [36545, 41216], [48832, 49408], [49152, 53504], [65536, 69888], [100000, 102656], [120000, 135424],
] as const // biome-ignore format: a table

describe('what waits in a UNIX socket counts as much as on Linux', () => {
  it.each(STREAM)('%d bytes of a stream', (bytes, cost) => expect(pieceCost(bytes)).toBe(cost))
  it.each(MESSAGES)('a message of %d bytes', (bytes, cost) => expect(messageCost(bytes)).toBe(cost))
  it('a piece is what the pages take', () => expect(MOST_IN_A_PIECE).toBe(36544))
})
