/** Netlink messages as bytes: netlink(7), rtnetlink(7). */
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const NLM_F_REQUEST = 1
export const NLM_F_MULTI = 2
export const NLM_F_ACK = 4
/** NLM_F_ROOT | NLM_F_MATCH; either asks for all. */
export const NLM_F_DUMP = 0x300
export const NLM_F_DUMP_FILTERED = 0x20

export const HEADER = 16

export interface NetlinkHeader {
  readonly length: number
  readonly type: number
  readonly flags: number
  readonly sequence: number
}

export interface NetlinkRequest extends NetlinkHeader {
  /** What stands behind the header. */
  readonly body: Uint8Array
}

const aligned = (n: number): number => (n + 3) & ~3

/** The messages that a program sends at once; what is cut off is left out. */
export function* requestsIn(bytes: Uint8Array): Generator<NetlinkRequest> {
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = v.getUint32(at, true)
    if (length < HEADER || at + length > bytes.length) return
    yield {
      length,
      type: v.getUint16(at + 4, true),
      flags: v.getUint16(at + 6, true),
      sequence: v.getUint32(at + 8, true),
      body: bytes.subarray(at + HEADER, at + length),
    }
    at += aligned(length)
  }
}

export type Attribute = readonly [type: number, value: Uint8Array | undefined]

export const u8 = (n: number): Uint8Array => Uint8Array.of(n)
export const u32 = (...n: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(n).buffer)
export const u64 = (...n: readonly number[]): Uint8Array => new Uint8Array(BigUint64Array.from(n, BigInt).buffer)
/** A name with its zero. */
export const text = (s: string): Uint8Array => new TextEncoder().encode(`${s}\0`)

/** A family's fixed part with attributes behind it; those without a value are left out. */
export function withAttributes(fixed: Uint8Array, attributes: readonly Attribute[]): Uint8Array {
  const given = attributes.filter((a): a is readonly [number, Uint8Array] => a[1] !== undefined)
  const size = given.reduce((sum, [, value]) => sum + aligned(4 + value.length), aligned(fixed.length))
  const bytes = new Uint8Array(size)
  const v = new DataView(bytes.buffer)
  bytes.set(fixed)
  let at = aligned(fixed.length)
  for (const [type, value] of given) {
    v.setUint16(at, 4 + value.length, true)
    v.setUint16(at + 2, type, true)
    bytes.set(value, at + 4)
    at += aligned(4 + value.length)
  }
  return bytes
}

/** The attributes behind a request's fixed part of `size` bytes. */
export function attributesOf(body: Uint8Array, size: number): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  const v = new DataView(body.buffer, body.byteOffset, body.byteLength)
  for (let at = aligned(size); at + 4 <= body.length; ) {
    const length = v.getUint16(at, true)
    if (length < 4 || at + length > body.length) break
    found.set(v.getUint16(at + 2, true) & 0x3fff, body.subarray(at + 4, at + length))
    at += aligned(length)
  }
  return found
}

/** `port`: of the socket that asked. */
export function message(to: NetlinkRequest, port: number, type: number, flags: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(aligned(HEADER + body.length))
  const v = new DataView(bytes.buffer)
  v.setUint32(0, HEADER + body.length, true)
  v.setUint16(4, type, true)
  v.setUint16(6, flags, true)
  v.setUint32(8, to.sequence, true)
  v.setUint32(12, port, true)
  bytes.set(body, HEADER)
  return bytes
}

/** An error by Linux's number, or with 0 that all is well; with the header of what it answers. */
export function errorMessage(to: NetlinkRequest, port: number, errno: number): Uint8Array {
  const body = new Uint8Array(4 + HEADER)
  const v = new DataView(body.buffer)
  v.setInt32(0, -errno, true)
  v.setUint32(4, to.length, true)
  v.setUint16(8, to.type, true)
  v.setUint16(10, to.flags, true)
  v.setUint32(12, to.sequence, true)
  v.setUint32(16, port, true)
  return message(to, port, NLMSG_ERROR, 0, body)
}
