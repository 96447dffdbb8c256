/** System V IPC: keys and flags, what the …ctl calls point to, operations on semaphores, messages. */
import { type Field, listValue, pointerValue, structValue } from '../value.ts'
import { approximate } from '../wide.ts'
import { buffer, int, octal, uint, ulong } from './basic.ts'
import { choice, flags, type NameTable, nameOf, names } from './names.ts'
import { type ArgumentType, type Layout, type StructField, struct, word } from './type.ts'

export const key: ArgumentType = {
  value: (_call, low) => (low === 0 ? 'IPC_PRIVATE' : `0x${low.toString(16)}`),
}

/** IPC_CREAT and its like, and permission bits. */
function creation(table: NameTable): ArgumentType {
  const bits = flags(table, 'IPC_???')
  return {
    value: (call, low, high) => {
      const mode = octal(low & 0o777).padStart(3, '0')
      const rest = low & ~0o777
      if (rest === 0) return mode
      const value = bits.value(call, rest, high)
      const found = typeof value === 'object' && value.kind === 'flags' ? value.names : [`0x${rest.toString(16)}`]
      return { kind: 'flags', names: [...found, mode] }
    },
  }
}

const common = 'IPC_CREAT=0x200 IPC_EXCL=0x400'
export const getFlags = creation(names('', common))
export const shmGetFlags = creation(names('', `${common} SHM_HUGETLB=0x800 SHM_NORESERVE=0x1000`))
export const attachFlags = flags(names('SHM_', 'RDONLY=0x1000 RND=0x2000 REMAP=0x4000 EXEC=0x8000'), 'SHM_???')
export const messageFlags = flags(
  names('', 'MSG_NOERROR=0x1000 MSG_EXCEPT=0x2000 MSG_COPY=0x4000 IPC_NOWAIT=0x800'),
  'MSG_???',
)

const control = 'IPC_RMID=0 IPC_SET=1 IPC_STAT=2 IPC_INFO=3'
const shmCommands = names('', `${control} SHM_LOCK=11 SHM_UNLOCK=12 SHM_STAT=13 SHM_INFO=14 SHM_STAT_ANY=15`)
const semCommands = names(
  '',
  `${control} GETPID=11 GETVAL=12 GETALL=13 GETNCNT=14 GETZCNT=15 SETVAL=16 SETALL=17 SEM_STAT=18 SEM_INFO=19 SEM_STAT_ANY=20`,
)
const msgCommands = names('', `${control} MSG_STAT=11 MSG_INFO=12 MSG_STAT_ANY=13`)
export const shmCommand = choice(shmCommands, 'SHM_???')
export const semCommand = choice(semCommands, 'SEM_???')
export const msgCommand = choice(msgCommands, 'MSG_???')

const mode: ArgumentType = { value: (_call, low) => octal(low) }
const wide = word(8, ulong)
const half = word(4, int)

/** Names, each with what is there, one behind the other. */
function row(start: number, layout: Layout, text: string): StructField[] {
  return text.split(' ').map((name, i) => [name, start + i * layout.size, layout] as const)
}

const settable: readonly StructField[] = [
  ['uid', 4, word(4, uint)],
  ['gid', 8, word(4, uint)],
  ['mode', 20, word(4, mode)],
]
const permSet = struct(48, settable)
const perm = struct(48, [
  ...settable,
  ['key', 0, word(4, uint)],
  ['cuid', 12, word(4, uint)],
  ['cgid', 16, word(4, uint)],
])

const shmid = struct(112, [
  ['shm_perm', 0, perm],
  ['shm_segsz', 48, wide],
  ...row(80, half, 'shm_cpid shm_lpid'),
  ['shm_nattch', 88, wide],
  ...row(56, wide, 'shm_atime shm_dtime shm_ctime'),
])
const shminfo = struct(72, row(0, wide, 'shmmax shmmin shmmni shmseg shmall'))
const shmUsed = struct(48, [
  ['used_ids', 0, half],
  ...row(8, wide, 'shm_tot shm_rss shm_swp swap_attempts swap_successes'),
])
const semid = struct(104, [
  ['sem_perm', 0, perm],
  ['sem_otime', 48, wide],
  ['sem_ctime', 64, wide],
  ['sem_nsems', 80, wide],
])
const seminfo = struct(40, row(0, half, 'semmap semmni semmns semmnu semmsl semopm semume semusz semvmx semaem'))
const msqid = struct(120, [
  ['msg_perm', 0, perm],
  ...row(48, wide, 'msg_stime msg_rtime msg_ctime'),
  ...row(80, wide, 'msg_qnum msg_qbytes'),
  ...row(96, half, 'msg_lspid msg_lrpid'),
])
const msginfo = struct(32, [
  ...row(0, half, 'msgpool msgmap msgmax msgmnb msgmni msgssz msgtql'),
  ['msgseg', 28, word(2, uint)],
])

/** What a …ctl call's last argument points to depends on its command, which is argument `index`. */
function controlled(index: number, table: NameTable, layouts: Readonly<Record<string, Layout>>): ArgumentType {
  const layoutOf = (command: number): Layout | undefined => layouts[nameOf(table, command >>> 0) ?? '']
  return {
    capture: (sink, at) => {
      const layout = layoutOf(sink.argument(index) % 2 ** 32)
      if (layout !== undefined) sink.bytes(at, layout.size)
    },
    value: (call, low, high) => {
      const layout = layoutOf(call.low[index])
      const isSet = nameOf(table, call.low[index]) === 'IPC_SET'
      if (layout === undefined || (!isSet && (call.error !== 0 || !call.exiting))) return pointerValue(low, high)
      const memory = isSet ? call.entry : call.exit
      const view = memory.find(approximate(low, high), layout.size)
      return view === undefined ? pointerValue(low, high) : layout.read(call, view, 0)
    },
  }
}

const set = (name: string): Layout => struct(48, [[name, 0, permSet]])
export const shmBuffer = controlled(1, shmCommands, {
  IPC_SET: set('shm_perm'),
  IPC_STAT: shmid,
  SHM_STAT: shmid,
  SHM_STAT_ANY: shmid,
  IPC_INFO: shminfo,
  SHM_INFO: shmUsed,
})
export const semArgument = controlled(2, semCommands, {
  IPC_SET: set('sem_perm'),
  IPC_STAT: semid,
  SEM_STAT: semid,
  SEM_STAT_ANY: semid,
  IPC_INFO: seminfo,
  SEM_INFO: seminfo,
})
export const msgBuffer = controlled(1, msgCommands, {
  IPC_SET: struct(96, [
    ['msg_perm', 0, permSet],
    ['msg_qbytes', 88, wide],
  ]),
  IPC_STAT: msqid,
  MSG_STAT: msqid,
  MSG_STAT_ANY: msqid,
  IPC_INFO: msginfo,
  MSG_INFO: msginfo,
})

const operationFlags = flags(names('', 'SEM_UNDO=0x1000 IPC_NOWAIT=0x800'), 'SEM_???')
const signed16: Layout = { size: 2, read: (_call, view, at) => view.getInt16(at, true) }
const operation = struct(6, [
  ['sem_num', 0, word(2, uint)],
  ['sem_op', 2, signed16],
  ['sem_flg', 4, word(2, operationFlags)],
])
/** struct sembuf, as many as the next argument says. */
export const operations: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, operation.size * Math.min(sink.argument(2), sink.elementLimit)),
  value: (call, low, high) => {
    const count = call.argument(2)
    const shown = Math.min(count, call.options.limit)
    const view = shown === 0 ? undefined : call.find(approximate(low, high), shown * operation.size)
    if (view === undefined) return pointerValue(low, high)
    const items = Array.from({ length: shown }, (_, i) => operation.read(call, view, i * operation.size))
    return listValue(items, count > shown)
  },
}

const TYPE_BYTES = 8
const text = buffer(source => source.argument(2))
/** struct msgbuf: a type, and as much text as the next argument says. */
export const message: ArgumentType = {
  capture: (sink, at) => {
    const length = sink.argument(2)
    sink.bytes(at, TYPE_BYTES + Math.min(length, sink.stringLimit))
  },
  value: (call, low, high) => {
    const at = approximate(low, high)
    const view = call.error !== 0 && call.exiting && call.nr === MSGRCV ? undefined : call.find(at, TYPE_BYTES)
    if (view === undefined) return pointerValue(low, high)
    const bytes = at + TYPE_BYTES
    const fields: Field[] = [
      ['mtype', view.getBigInt64(0, true)],
      ['mtext', text.value(call, bytes % 2 ** 32, Math.floor(bytes / 2 ** 32)) ?? ''],
    ]
    return structValue(fields)
  },
}
const MSGRCV = 70
