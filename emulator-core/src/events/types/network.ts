/** Sockets: addresses, options, messages. */
import type { Call } from '../call.ts'
import {
  bytesValue,
  commented,
  type Field,
  formatted,
  listValue,
  pointerValue,
  structValue,
  type Value,
} from '../value.ts'
import { approximate, unsigned64 } from '../wide.ts'
import { bitNames, choice, choiceValue, flags, flagsValue, nameOf, names } from './names.ts'
import { type ArgumentType, type CaptureSink, type CountAt, ELEMENT_LIMIT } from './type.ts'

const families = names(
  'AF_',
  'UNSPEC=0 UNIX=1 INET=2 AX25=3 IPX=4 APPLETALK=5 X25=9 INET6=10 KEY=15 NETLINK=16 PACKET=17 TIPC=30 BLUETOOTH=31 ALG=38 VSOCK=40 XDP=44',
)
export const addressFamily = choice(families, 'AF_???')
const types = names('SOCK_', 'STREAM=1 DGRAM=2 RAW=3 RDM=4 SEQPACKET=5 DCCP=6 PACKET=10')
const typeBits = names('SOCK_', 'CLOEXEC=0o2000000 NONBLOCK=0o4000')
export const socketType: ArgumentType = {
  value: (_call, low) => {
    if (low === 0) return 0
    const kind = nameOf(types, low & 0xf) ?? `0x${(low & 0xf).toString(16)} /* SOCK_??? */`
    const rest = (low & ~0xf) >>> 0
    if (rest === 0) return kind
    const bits = bitNames(typeBits, rest)
    const all: Value = { kind: 'flags', names: [kind, ...bits] }
    return bits[0].startsWith('0x') ? commented(all, 'SOCK_???') : all
  },
}
export const acceptFlags = flags(typeBits, 'SOCK_???')

const inetProtocols = names(
  'IPPROTO_',
  'IP=0 ICMP=1 IGMP=2 TCP=6 UDP=17 IPV6=41 ICMPV6=58 SCTP=132 UDPLITE=136 RAW=255 MPTCP=262',
)
const AF_INET = 2
const AF_INET6 = 10
const AF_NETLINK = 16
const netlinkProtocols = names(
  'NETLINK_',
  'ROUTE=0 USERSOCK=2 SOCK_DIAG=4 AUDIT=9 NETFILTER=12 KOBJECT_UEVENT=15 GENERIC=16',
)
export const protocol: ArgumentType = {
  value: (call, low) => {
    const family = call.low[0]
    if (family === AF_INET || family === AF_INET6) return choiceValue(inetProtocols, 'IPPROTO_???', low)
    if (family === AF_NETLINK) return choiceValue(netlinkProtocols, 'NETLINK_???', low)
    return low
  },
}
export const shutdownHow = choice(names('SHUT_', 'RD=0 WR=1 RDWR=2'), 'SHUT_???')
const messageNames = names(
  'MSG_',
  'OOB=1 PEEK=2 DONTROUTE=4 CTRUNC=8 PROBE=0x10 TRUNC=0x20 DONTWAIT=0x40 EOR=0x80 WAITALL=0x100 FIN=0x200 SYN=0x400 CONFIRM=0x800 RST=0x1000 ERRQUEUE=0x2000 NOSIGNAL=0x4000 MORE=0x8000 WAITFORONE=0x10000 BATCH=0x40000 ZEROCOPY=0x4000000 FASTOPEN=0x20000000 CMSG_CLOEXEC=0x40000000',
)
export const messageFlags = flags(messageNames, 'MSG_???')

const ADDRESS_LIMIT = 128

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

const levels = names('SOL_', 'IP=0 SOCKET=1 TCP=6 UDP=17 IPV6=41 RAW=255 PACKET=263 NETLINK=270')
export const socketLevel = choice(levels, 'SOL_??')
const socketOptions = names(
  'SO_',
  'DEBUG=1 REUSEADDR=2 TYPE=3 ERROR=4 DONTROUTE=5 BROADCAST=6 SNDBUF=7 RCVBUF=8 KEEPALIVE=9 OOBINLINE=10 NO_CHECK=11 PRIORITY=12 LINGER=13 BSDCOMPAT=14 REUSEPORT=15 PASSCRED=16 PEERCRED=17 RCVLOWAT=18 SNDLOWAT=19 RCVTIMEO_OLD=20 SNDTIMEO_OLD=21 BINDTODEVICE=25 ATTACH_FILTER=26 PEERNAME=28 TIMESTAMP_OLD=29 ACCEPTCONN=30 PEERSEC=31 SNDBUFFORCE=32 RCVBUFFORCE=33 PASSSEC=34 MARK=36 PROTOCOL=38 DOMAIN=39 BUSY_POLL=46 INCOMING_CPU=49 COOKIE=57 PEERGROUPS=59 ZEROCOPY=60',
)
const tcpOptions = names(
  'TCP_',
  'NODELAY=1 MAXSEG=2 CORK=3 KEEPIDLE=4 KEEPINTVL=5 KEEPCNT=6 SYNCNT=7 LINGER2=8 DEFER_ACCEPT=9 WINDOW_CLAMP=10 INFO=11 QUICKACK=12 CONGESTION=13 USER_TIMEOUT=18 FASTOPEN=23 FASTOPEN_CONNECT=30',
)
const ipOptions = names(
  'IP_',
  'TOS=1 TTL=2 HDRINCL=3 OPTIONS=4 RECVOPTS=6 PKTINFO=8 MTU_DISCOVER=10 RECVERR=11 RECVTTL=12 RECVTOS=13 MTU=14 FREEBIND=15 MULTICAST_IF=32 MULTICAST_TTL=33 MULTICAST_LOOP=34 ADD_MEMBERSHIP=35 DROP_MEMBERSHIP=36',
)
const ipv6Options = names(
  'IPV6_',
  'UNICAST_HOPS=16 MULTICAST_IF=17 MULTICAST_HOPS=18 MULTICAST_LOOP=19 ADD_MEMBERSHIP=20 MTU=24 RECVERR=25 V6ONLY=26 RECVPKTINFO=49 PKTINFO=50 RECVTCLASS=66 TCLASS=67',
)
const optionTables = new Map([
  [0, [ipOptions, 'IP_???']],
  [1, [socketOptions, 'SO_???']],
  [6, [tcpOptions, 'TCP_???']],
  [41, [ipv6Options, 'IPV6_???']],
] as const)
export const socketOption: ArgumentType = {
  value: (call, low) => {
    const table = optionTables.get(call.low[1] as 0 | 1 | 6 | 41)
    return table === undefined ? low : choiceValue(table[0], table[1], low)
  },
}

const SO_LINGER = 13
const SO_PEERCRED = 17

function optionText(call: Call, view: DataView, length: number, bytes: Uint8Array): Value {
  const [level, option] = [call.low[1], call.low[2]]
  if (level === 1 && option === SO_LINGER && length >= 8) {
    return structValue([
      ['l_onoff', view.getInt32(0, true)],
      ['l_linger', view.getInt32(4, true)],
    ])
  }
  if (level === 1 && option === SO_PEERCRED && length >= 12) {
    return structValue([
      ['pid', view.getInt32(0, true)],
      ['uid', view.getUint32(4, true)],
      ['gid', view.getUint32(8, true)],
    ])
  }
  if (level === 1 && option === 4 && length === 4) {
    return listValue([view.getInt32(0, true)])
  }
  if (length === 4) return listValue([view.getInt32(0, true)])
  return bytesValue(bytes, length)
}

export const optionIn: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, Math.min(sink.argument(4), ADDRESS_LIMIT)),
  value: (call, low, high) => {
    // A number that is too short is not looked at, nor half a struct linger.
    const least = call.low[2] === SO_LINGER ? 8 : 4
    if (call.low[1] === 1 && call.argument(4) < least) return pointerValue(low, high)
    return optionValue(call, low, high, call.argument(4))
  },
}
export const optionOut: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, ADDRESS_LIMIT),
  value: (call, low, high) =>
    optionValue(call, low, high, call.exit.find(call.argument(4), 4)?.getUint32(0, true) ?? 0),
}
function optionValue(call: Call, low: number, high: number, length: number): Value {
  const bytes = (low | high) === 0 ? undefined : call.upTo(approximate(low, high), Math.min(length, ADDRESS_LIMIT))
  if (bytes === undefined) return pointerValue(low, high)
  return optionText(call, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length, bytes)
}

/** Scattered buffers: struct iovec, and as much of each as was moved. */
const IOV_MAX = 1024

function captureVector(sink: CaptureSink, at: number, count: number, moved: number): void {
  const shown = Math.min(Math.max(count, 0), IOV_MAX, ELEMENT_LIMIT, sink.elementLimit)
  if (shown === 0) return
  sink.bytes(at, 16 * shown)
  let left = moved
  for (let i = 0; i < shown && left > 0; i++) {
    const base = sink.word(at + 16 * i)
    const word = sink.word(at + 16 * i + 8)
    // A length that is negative as a signed number is a very large one.
    const length = word < 0 ? Number.MAX_SAFE_INTEGER : word
    if (base <= 0 || length === 0) continue
    sink.bytes(base, Math.min(length, left, sink.stringLimit))
    left -= length
  }
}

function vectorValue(call: Call, address: number, count: number, moved: number): Value | undefined {
  const shown = Math.min(count, call.options.limit)
  if (count <= 0) return listValue([])
  const view = call.find(address, 16 * shown)
  if (view === undefined) return undefined
  const items: Value[] = []
  let left = moved
  for (let i = 0; i < shown; i++) {
    const [low, high] = [view.getUint32(16 * i, true), view.getUint32(16 * i + 4, true)]
    const [lengthLow, lengthHigh] = [view.getUint32(16 * i + 8, true), view.getUint32(16 * i + 12, true)]
    const length = approximate(lengthLow, lengthHigh)
    const taken = Math.min(length, left)
    const bytes = taken > 0 ? call.upTo(approximate(low, high), taken) : undefined
    let base: Value = pointerValue(low, high)
    if (bytes !== undefined) base = bytesValue(bytes, taken)
    else if (taken === 0 && (low | high) !== 0 && call.error === 0) base = bytesValue(new Uint8Array(0), 0)
    items.push(
      structValue([
        ['iov_base', base],
        ['iov_len', unsigned64(lengthLow, lengthHigh)],
      ]),
    )
    left -= taken
  }
  return listValue(items, shown < count)
}

export const ioVector = (count: CountAt, moved: CountAt): ArgumentType => ({
  capture: (sink, at) => captureVector(sink, at, count(sink), moved(sink)),
  value: (call, low, high) =>
    ((low | high) === 0 ? undefined : vectorValue(call, approximate(low, high), count(call), moved(call))) ??
    pointerValue(low, high),
})
export const iovIn = ioVector(
  source => source.argument(2),
  () => Number.MAX_SAFE_INTEGER,
)
export const iovOut = ioVector(
  source => source.argument(2),
  source => source.result,
)

/** struct msghdr. `moved`: how much of the buffers counts. */
const messageHeader = (moved: CountAt, filledIn: boolean): ArgumentType => ({
  capture: (sink, at) => captureHeader(sink, at, moved(sink)),
  value: (call, low, high) =>
    headerValue(call, approximate(low, high), moved(call), filledIn) ?? pointerValue(low, high),
})

const MSGHDR = 56

function captureHeader(sink: CaptureSink, at: number, moved: number): void {
  sink.bytes(at, MSGHDR)
  const name = sink.word(at)
  if (name > 0) sink.bytes(name, Math.min(Math.max(sink.word(at + 8) % 2 ** 32, 0), ADDRESS_LIMIT))
  const iov = sink.word(at + 16)
  if (iov > 0) captureVector(sink, iov, sink.word(at + 24), moved)
  const control = sink.word(at + 32)
  if (control > 0) sink.bytes(control, Math.min(Math.max(sink.word(at + 40), 0), 1024))
}

function headerValue(call: Call, at: number, moved: number, filledIn: boolean): Value | undefined {
  const view = call.find(at, MSGHDR)
  if (view === undefined) return undefined
  const half = (offset: number) => [view.getUint32(offset, true), view.getUint32(offset + 4, true)] as const
  const number = (offset: number) => approximate(...half(offset))
  const nameLength = view.getUint32(8, true)
  const before = filledIn ? call.entry.find(at, MSGHDR)?.getUint32(8, true) : undefined
  const lengthText: Value =
    before !== undefined && before !== nameLength ? formatted(`${before} => ${nameLength}`, nameLength) : nameLength
  const fields: Field[] = [
    ['msg_name', nameLength === 0 ? pointerValue(...half(0)) : addressOf(call, ...half(0), nameLength)],
    ['msg_namelen', lengthText],
    ['msg_iov', vectorValue(call, number(16), number(24), moved) ?? pointerValue(...half(16))],
    ['msg_iovlen', number(24)],
  ]
  const controlLength = number(40)
  if (controlLength > 0) fields.push(['msg_control', controlMessages(call, half(32), controlLength)])
  fields.push(
    ['msg_controllen', controlLength],
    ['msg_flags', flagsValue(messageNames, 'MSG_???', view.getUint32(48, true))],
  )
  return structValue(fields)
}

const MMSGHDR = 64

/** struct mmsghdr[]: as many as the call worked on. */
const messageVector = (filledIn: boolean): ArgumentType => {
  const countOf = (source: { argument(i: number): number; readonly result: number }): number =>
    filledIn ? source.result : source.argument(2)
  return {
    capture: (sink, at) => {
      const shown = Math.min(Math.max(countOf(sink), 0), ELEMENT_LIMIT, sink.elementLimit)
      for (let i = 0; i < shown; i++) {
        const header = at + i * MMSGHDR
        sink.bytes(header + MSGHDR, 4)
        captureHeader(sink, header, filledIn ? sink.word(header + MSGHDR) % 2 ** 32 : Number.MAX_SAFE_INTEGER)
      }
    },
    value: (call, low, high) => {
      const at = approximate(low, high)
      const count = countOf(call)
      if (filledIn && call.error !== 0) return pointerValue(low, high)
      const shown = Math.min(count, call.options.limit)
      const items: Value[] = []
      for (let i = 0; i < shown; i++) {
        const length = call.find(at + i * MMSGHDR + MSGHDR, 4)?.getUint32(0, true) ?? 0
        const header = headerValue(call, at + i * MMSGHDR, filledIn ? length : Number.MAX_SAFE_INTEGER, filledIn)
        if (header === undefined) return pointerValue(low, high)
        const isSent = filledIn || i < call.result
        items.push(
          structValue(
            isSent
              ? [
                  ['msg_hdr', header],
                  ['msg_len', length],
                ]
              : [['msg_hdr', header]],
          ),
        )
      }
      return listValue(items, shown < count)
    },
  }
}

/** The bytes of a message that came: no more than there was room for, however long it was. */
export const receivedBytes: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, Math.min(Math.max(sink.result, 0), sink.argument(2), sink.stringLimit)),
  value: (call, low, high) => {
    const length = Math.min(call.result, call.argument(2))
    const bytes = call.error !== 0 ? undefined : call.upTo(approximate(low, high), length)
    return bytes === undefined ? pointerValue(low, high) : bytesValue(bytes, length)
  },
}

const SCM = names('SCM_', 'RIGHTS=1 CREDENTIALS=2 SECURITY=3')

function controlMessages(call: Call, [low, high]: readonly [number, number], length: number): Value {
  const bytes = call.upTo(approximate(low, high), length)
  if (bytes === undefined) return pointerValue(low, high)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const items: Value[] = []
  for (let at = 0; at + 16 <= bytes.length; ) {
    const size = view.getUint32(at, true)
    if (size < 16) break
    const [level, kind] = [view.getUint32(at + 8, true), view.getUint32(at + 12, true)]
    const fields: Field[] = [
      ['cmsg_len', size],
      ['cmsg_level', choiceValue(levels, 'SOL_???', level)],
      ['cmsg_type', level === 1 ? choiceValue(SCM, 'SCM_???', kind) : kind],
    ]
    const data = bytes.subarray(at + 16, Math.min(at + size, bytes.length))
    const body = new DataView(data.buffer, data.byteOffset, data.byteLength)
    if (level === 1 && kind === 1) {
      fields.push([
        'cmsg_data',
        listValue(Array.from({ length: data.length >> 2 }, (_, i) => call.fd(body.getInt32(4 * i, true)))),
      ])
    } else if (level === 1 && kind === 2 && data.length >= 12) {
      fields.push([
        'cmsg_data',
        structValue([
          ['pid', body.getInt32(0, true)],
          ['uid', body.getUint32(4, true)],
          ['gid', body.getUint32(8, true)],
        ]),
      ])
    } else if (data.length > 0) fields.push(['cmsg_data', bytesValue(data, data.length, true)])
    items.push(structValue(fields))
    at += Math.ceil(size / 8) * 8
  }
  return listValue(items)
}

export const messageIn = messageHeader(() => Number.MAX_SAFE_INTEGER, false)
export const messageOut = messageHeader(source => source.result, true)
export const messagesIn = messageVector(false)
export const messagesOut = messageVector(true)
