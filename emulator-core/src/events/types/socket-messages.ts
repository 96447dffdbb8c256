/** Messages of sockets: struct msghdr with its buffers and control messages. */
import type { Call } from '../call.ts'
import { bytesValue, type Field, formatted, listValue, pointerValue, structValue, type Value } from '../value.ts'
import { approximate } from '../wide.ts'
import { captureVector, vectorValue } from './io-vector.ts'
import { choiceValue, flags, flagsValue, names } from './names.ts'
import { ADDRESS_LIMIT, addressOf } from './socket-address.ts'
import { levels } from './socket-options.ts'
import { type ArgumentType, type CaptureSink, type CountAt, ELEMENT_LIMIT } from './type.ts'

const messageNames = names(
  'MSG_',
  'OOB=1 PEEK=2 DONTROUTE=4 CTRUNC=8 PROBE=0x10 TRUNC=0x20 DONTWAIT=0x40 EOR=0x80 WAITALL=0x100 FIN=0x200 SYN=0x400 CONFIRM=0x800 RST=0x1000 ERRQUEUE=0x2000 NOSIGNAL=0x4000 MORE=0x8000 WAITFORONE=0x10000 BATCH=0x40000 ZEROCOPY=0x4000000 FASTOPEN=0x20000000 CMSG_CLOEXEC=0x40000000',
)
export const messageFlags = flags(messageNames, 'MSG_???')

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
