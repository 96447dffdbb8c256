/** mmap and its family. */
import { hexValue, listValue, pointerValue } from '../value.ts'
import { approximate } from '../wide.ts'
import { address, ulong } from './basic.ts'
import { bitNames, choice, flags, nameOf, names } from './names.ts'
import { type ArgumentType, array, struct, word } from './type.ts'

export const protection = flags(
  names('PROT_', 'NONE=0 READ=1 WRITE=2 EXEC=4 SEM=8 GROWSDOWN=0x1000000 GROWSUP=0x2000000'),
  'PROT_???',
)

const mapTypes = ['MAP_FILE', 'MAP_SHARED', 'MAP_PRIVATE', 'MAP_SHARED_VALIDATE']
const mapBits = names(
  'MAP_',
  'FIXED=0x10 ANONYMOUS=0x20 32BIT=0x40 NORESERVE=0x4000 POPULATE=0x8000 NONBLOCK=0x10000 GROWSDOWN=0x100 DENYWRITE=0x800 EXECUTABLE=0x1000 LOCKED=0x2000 STACK=0x20000 HUGETLB=0x40000 SYNC=0x80000 FIXED_NOREPLACE=0x100000',
)
/** The logarithm of a huge page's size is above it. */
const HUGE_SHIFT = 26
export const mapFlags: ArgumentType = {
  value: (_call, low) => {
    const kind = mapTypes[low & 0xf]
    const rest = (low & 0x03ff_fff0) >>> 0
    const huge = low >>> HUGE_SHIFT
    const first = kind ?? `0x${(low & 0xf).toString(16)} /* MAP_??? */`
    const size = huge === 0 ? [] : [`${huge}<<MAP_HUGE_SHIFT`]
    return { kind: 'flags', names: [first, ...(rest === 0 ? [] : bitNames(mapBits, rest)), ...size] }
  },
}

export const remapFlags = flags(names('MREMAP_', 'MAYMOVE=1 FIXED=2 DONTUNMAP=4'), 'MREMAP_???')
export const syncFlags = flags(names('MS_', 'SYNC=4 ASYNC=1 INVALIDATE=2'), 'MS_???')
export const lockAllFlags = flags(names('MCL_', 'CURRENT=1 FUTURE=2 ONFAULT=4'), 'MCL_???')
export const lockFlags = flags(names('MLOCK_', 'ONFAULT=1'), 'MLOCK_???')
export const advice = choice(
  names(
    'MADV_',
    'NORMAL=0 RANDOM=1 SEQUENTIAL=2 WILLNEED=3 DONTNEED=4 FREE=8 REMOVE=9 DONTFORK=10 DOFORK=11 MERGEABLE=12 UNMERGEABLE=13 HUGEPAGE=14 NOHUGEPAGE=15 DONTDUMP=16 DODUMP=17 WIPEONFORK=18 KEEPONFORK=19 COLD=20 PAGEOUT=21 POPULATE_READ=22 POPULATE_WRITE=23 DONTNEED_LOCKED=24 COLLAPSE=25 GUARD_INSTALL=102 GUARD_REMOVE=103 HWPOISON=100 SOFT_OFFLINE=101',
  ),
  'MADV_???',
)
export const pkeyRights = flags(names('PKEY_', 'DISABLE_ACCESS=1 DISABLE_WRITE=2 DISABLE_EXECUTE=4'), 'PKEY_???')
export const memfdFlags = flags(names('MFD_', 'CLOEXEC=1 ALLOW_SEALING=2 HUGETLB=4 NOEXEC_SEAL=8 EXEC=16'), 'MFD_???')
export const membarrierCommand = choice(
  names(
    'MEMBARRIER_CMD_',
    'QUERY=0 GLOBAL=1 GLOBAL_EXPEDITED=2 REGISTER_GLOBAL_EXPEDITED=4 PRIVATE_EXPEDITED=8 REGISTER_PRIVATE_EXPEDITED=16 PRIVATE_EXPEDITED_SYNC_CORE=32 REGISTER_PRIVATE_EXPEDITED_SYNC_CORE=64 PRIVATE_EXPEDITED_RSEQ=128 REGISTER_PRIVATE_EXPEDITED_RSEQ=256',
  ),
  'MEMBARRIER_CMD_???',
)

const PAGE = 4096

/** mincore's vector: one byte a page. */
export const residency: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, Math.min(Math.ceil(sink.argument(1) / PAGE), sink.elementLimit)),
  value: (call, low, high) => {
    const pages = Math.ceil(call.argument(1) / PAGE)
    const shown = Math.min(pages, call.options.limit)
    const view = call.find(approximate(low, high), shown)
    if (view === undefined || pages === 0) return pointerValue(low, high)
    return listValue(
      Array.from({ length: shown }, (_, i) => view.getUint8(i) & 1),
      shown < pages,
    )
  },
}

/** struct iovec of another process's memory, as many as argument `i` says: where, not what. */
export const foreignVectors = (i: number): ArgumentType =>
  array(
    struct(16, [
      ['iov_base', 0, word(8, address)],
      ['iov_len', 8, word(8, ulong)],
    ]),
    source => source.argument(i),
  )

const prctlCodes = names(
  'ARCH_',
  'SET_GS=0x1001 SET_FS=0x1002 GET_FS=0x1003 GET_GS=0x1004 GET_CPUID=0x1011 SET_CPUID=0x1012',
)
const ARCH_GET_FS = 0x1003
const ARCH_GET_GS = 0x1004
export const archCode = choice(prctlCodes, 'ARCH_???')
/** The base itself, or where it is put. */
export const archBase: ArgumentType = {
  capture: (sink, at) => {
    const code = sink.argument(0)
    if (code === ARCH_GET_FS || code === ARCH_GET_GS) sink.bytes(at, 8)
  },
  value: (call, low, high) => {
    const code = call.low[0]
    const view = code === ARCH_GET_FS || code === ARCH_GET_GS ? call.find(approximate(low, high), 8) : undefined
    if (nameOf(prctlCodes, code) === undefined) return hexValue(low, high)
    if (view === undefined || !call.exiting) return pointerValue(low, high)
    return listValue([pointerValue(view.getUint32(0, true), view.getUint32(4, true))])
  },
}
