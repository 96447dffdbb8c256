/** Addresses of sockets: struct sockaddr of each family. */
import type { Call } from '../call.ts'
import { bytesValue, type Field, formatted, listValue, pointerValue, structValue, type Value } from '../value.ts'
import { approximate } from '../wide.ts'
import { choice, choiceValue, names } from './names.ts'
import type { ArgumentType } from './type.ts'

export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16

const families = names(
  'AF_',
  'UNSPEC=0 UNIX=1 INET=2 AX25=3 IPX=4 APPLETALK=5 X25=9 INET6=10 KEY=15 NETLINK=16 PACKET=17 TIPC=30 BLUETOOTH=31 ALG=38 VSOCK=40 XDP=44',
)
export const addressFamily = choice(families, 'AF_???')

/** Bytes of an address, or of an option, that are kept. */
export const ADDRESS_LIMIT = 128

/** struct sockaddr of `length` bytes. */
function socketAddress(bytes: Uint8Array): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 2) return bytesValue(bytes, bytes.length)
  const family = view.getUint16(0, true)
  const first: Field = ['sa_family', choiceValue(families, 'AF_???', family)]
  if (family === 1)
    return structValue(bytes.length === 2 ? [first] : [first, ['sun_path', unixPath(bytes.subarray(2))]])
  if (family === AF_INET && bytes.length >= 8) {
    const dotted = [...bytes.subarray(4, 8)].join('.')
    const port = view.getUint16(2)
    return structValue([
      first,
      ['sin_port', formatted(`htons(${port})`, port)],
      ['sin_addr', formatted(`inet_addr("${dotted}")`, dotted)],
    ])
  }
  if (family === AF_INET6 && bytes.length >= 24) {
    const port = view.getUint16(2)
    const text = ipv6(view)
    const scope: Field[] = bytes.length >= 28 ? [['sin6_scope_id', view.getUint32(24, true)]] : []
    return structValue([
      first,
      ['sin6_port', formatted(`htons(${port})`, port)],
      ['sin6_flowinfo', formatted(`htonl(${view.getUint32(4)})`, view.getUint32(4))],
      ['', formatted(`inet_pton(AF_INET6, "${text}", &sin6_addr)`, text)],
      ...scope,
    ])
  }
  if (family === AF_NETLINK && bytes.length >= 12) {
    return structValue([
      first,
      ['nl_pid', view.getInt32(4, true)],
      ['nl_groups', formatted(hexWord(view.getUint32(8, true)), view.getUint32(8, true))],
    ])
  }
  return structValue([first, ['sa_data', bytesValue(bytes.subarray(2), bytes.length - 2, true)]])
}
const hexWord = (n: number) => (n === 0 ? '00000000' : `0x${n.toString(16)}`)

/** Abstract names begin with a zero, which is shown as @. */
function unixPath(bytes: Uint8Array): Value {
  if (bytes[0] !== 0) {
    const end = bytes.indexOf(0)
    const name = end < 0 ? bytes : bytes.subarray(0, end)
    return bytesValue(name, name.length, true)
  }
  const name = bytesValue(bytes.subarray(1), bytes.length - 1, true)
  const plain = [...bytes.subarray(1)]
    .map(c => (c >= 0x20 && c < 0x7f && c !== 0x22 && c !== 0x5c ? String.fromCharCode(c) : `\\${c.toString(8)}`))
    .join('')
  return formatted(`@"${plain}"`, name)
}

/** RFC 5952: the longest run of two or more zero groups is left out. */
function ipv6(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i))
  let best = { at: -1, length: 1 }
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && groups[i + n] === 0) n++
    if (n > best.length) best = { at: i, length: n }
  }
  const hex = (list: readonly number[]) => list.map(g => g.toString(16)).join(':')
  if (best.at < 0) return hex(groups)
  // inet_ntop(3) writes the end of one that stands for an IPv4 address as that.
  if (best.at === 0 && (best.length === 6 || (best.length === 5 && groups[5] === 0xffff)))
    return `${best.length === 5 ? '::ffff:' : '::'}${[0, 1, 2, 3].map(i => view.getUint8(20 + i)).join('.')}`
  return `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.length))}`
}

export function addressOf(call: Call, low: number, high: number, length: number): Value {
  if ((low | high) === 0) return pointerValue(low, high)
  const bytes = call.upTo(approximate(low, high), Math.min(length, ADDRESS_LIMIT))
  return bytes === undefined ? pointerValue(low, high) : socketAddress(bytes)
}

/** An address whose length is argument `i`. */
export const sockaddr = (i: number): ArgumentType => ({
  capture: (sink, at) => sink.bytes(at, Math.min(sink.argument(i), ADDRESS_LIMIT)),
  value: (call, low, high) => addressOf(call, low, high, call.argument(i)),
})

/** An address the kernel fills in; argument `i` points to the length, before and after. */
export const filledSockaddr = (i: number): ArgumentType => ({
  capture: (sink, at) => sink.bytes(at, ADDRESS_LIMIT),
  value: (call, low, high) => {
    const view = call.exit.find(call.argument(i), 4)
    if (view === undefined) return pointerValue(low, high)
    const room = call.entry.find(call.argument(i), 4)?.getUint32(0, true) ?? ADDRESS_LIMIT
    return addressOf(call, low, high, Math.min(view.getUint32(0, true), room))
  },
})

/** `[16]`, or `[128 => 16]` when the kernel changed it. */
export const lengthInOut: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, 4),
  value: (call, low, high) => {
    const before = call.entry.find(approximate(low, high), 4)
    const after = call.exit.find(approximate(low, high), 4)
    if (before === undefined && after === undefined) return pointerValue(low, high)
    const was = before?.getInt32(0, true)
    const is = call.error === 0 ? after?.getInt32(0, true) : was
    if (was === undefined || is === undefined || was === is) return listValue([is ?? was ?? 0])
    return listValue([formatted(`${was} => ${is}`, is)])
  },
}
