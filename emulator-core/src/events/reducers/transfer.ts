/** The bytes that a call moved to or from a descriptor, as far as they were recorded. */
import type { Transfer, TransferPiece } from '../queries.ts'
import type { Value } from '../value.ts'
import type { DecodedCall } from './call-text.ts'

const RECEIVING = new Set(['read', 'pread64', 'readv', 'preadv', 'preadv2', 'recvfrom', 'recvmsg', 'recvmmsg'])
const SENDING = new Set([
  'write',
  'pwrite64',
  'writev',
  'pwritev',
  'pwritev2',
  'sendto',
  'sendmsg',
  'sendmmsg',
  'vmsplice',
])
/** Between two descriptors: which argument says which end is meant. */
const MOVING = new Set(['sendfile', 'splice', 'tee', 'copy_file_range'])
const SOURCES = new Set(['in_fd', 'fd_in'])
const MANY_MESSAGES = new Set(['recvmmsg', 'sendmmsg'])
const BUFFERS = new Set(['buf', 'iov', 'msg', 'msgvec'])
/** Fields of structures that lead to buffers: not names, not control messages. */
const LEADING = new Set(['iov_base', 'msg_iov', 'msg_hdr'])

function direction(call: DecodedCall, isMeant: (fd: number) => boolean): Transfer['direction'] | undefined {
  if (RECEIVING.has(call.name)) return 'received'
  if (SENDING.has(call.name)) return 'sent'
  if (!MOVING.has(call.name)) return undefined
  const meant = call.arguments.find(
    ({ value }) => typeof value === 'object' && value.kind === 'fd' && isMeant(value.fd),
  )
  return meant !== undefined && SOURCES.has(meant.name) ? 'received' : 'sent'
}

function* buffersOf(value: Value): Generator<{ readonly bytes: Uint8Array; readonly total: number }> {
  if (typeof value !== 'object') return
  if (value.kind === 'bytes') yield value
  else if (value.kind === 'list') for (const item of value.items) yield* buffersOf(item)
  else if (value.kind === 'struct') {
    for (const [name, field] of value.fields) if (LEADING.has(name)) yield* buffersOf(field)
  } else if (value.kind === 'commented' || value.kind === 'formatted') yield* buffersOf(value.value)
}

function messageLengths(value: Value): number {
  if (typeof value !== 'object') return 0
  if (value.kind === 'list') return value.items.reduce<number>((sum, item) => sum + messageLengths(item), 0)
  if (value.kind !== 'struct') return 0
  return value.fields.reduce((sum, [name, field]) => sum + (name === 'msg_len' ? Number(field) || 0 : 0), 0)
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')

/** Undefined for a call that moves no bytes, and for one that has not come back or has failed. `result`: what it answered. */
export function transferOf(call: DecodedCall, result: number, isMeant: (fd: number) => boolean): Transfer | undefined {
  const towards = direction(call, isMeant)
  if (towards === undefined || result < 0) return undefined
  const buffers = call.arguments.filter(({ name }) => BUFFERS.has(name)).map(({ value }) => value)
  const isMany = MANY_MESSAGES.has(call.name)
  const bytes = isMany ? buffers.reduce<number>((sum, value) => sum + messageLengths(value), 0) : result
  const pieces: TransferPiece[] = []
  let left = bytes
  for (const { bytes: known, total } of buffers.flatMap(value => [...buffersOf(value)])) {
    const moved = Math.min(left, total)
    if (moved === 0) continue
    const shown = known.subarray(0, moved)
    pieces.push({ hex: hexOf(shown), missing: moved - shown.length })
    left -= moved
  }
  if (left > 0) pieces.push({ hex: '', missing: left })
  return { direction: towards, bytes, pieces }
}
