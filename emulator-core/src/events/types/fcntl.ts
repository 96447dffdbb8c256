/** fcntl: what its third argument and its result are depends on the command. */
import { type Field, pointerValue, structValue, type Value } from '../value.ts'
import { approximate } from '../wide.ts'
import { hex, int, ulong } from './basic.ts'
import { openFlagNames, openFlags } from './files.ts'
import { choice, choiceValue, flags, flagsValue, nameOf, names } from './names.ts'
import { signal } from './signals.ts'
import type { Returns } from './table.ts'
import type { ArgumentType } from './type.ts'

const commands = names(
  'F_',
  'DUPFD=0 GETFD=1 SETFD=2 GETFL=3 SETFL=4 GETLK=5 SETLK=6 SETLKW=7 SETOWN=8 GETOWN=9 SETSIG=10 GETSIG=11 GETLK64=12 SETLK64=13 SETLKW64=14 SETOWN_EX=15 GETOWN_EX=16 GETOWNER_UIDS=17 OFD_GETLK=36 OFD_SETLK=37 OFD_SETLKW=38 SETLEASE=1024 GETLEASE=1025 NOTIFY=1026 DUPFD_CLOEXEC=1030 SETPIPE_SZ=1031 GETPIPE_SZ=1032 ADD_SEALS=1033 GET_SEALS=1034',
)
export const fcntlCommand = choice(commands, 'F_???')
const seals = names('F_SEAL_', 'SEAL=1 SHRINK=2 GROW=4 WRITE=8 FUTURE_WRITE=16 EXEC=32')
const descriptorFlags = names('FD_', 'CLOEXEC=1')
const lockTypes = names('F_', 'RDLCK=0 WRLCK=1 UNLCK=2 EXLCK=4 SHLCK=8')
const lease = choice(lockTypes, 'F_???')
const origins = names('SEEK_', 'SET=0 CUR=1 END=2')
const owners = names('F_OWNER_', 'TID=0 PID=1 PGRP=2')
const notes = flags(
  names('DN_', 'ACCESS=1 MODIFY=2 CREATE=4 DELETE=8 RENAME=16 ATTRIB=32 MULTISHOT=0x80000000'),
  'DN_???',
)

const LOCKS = ['F_GETLK', 'F_SETLK', 'F_SETLKW', 'F_OFD_GETLK', 'F_OFD_SETLK', 'F_OFD_SETLKW']
const OWNERS = ['F_SETOWN_EX', 'F_GETOWN_EX']
const WITHOUT = ['F_GETFD', 'F_GETFL', 'F_GETOWN', 'F_GETSIG', 'F_GETLEASE', 'F_GETPIPE_SZ', 'F_GET_SEALS']
const SCALARS: Readonly<Record<string, ArgumentType>> = {
  F_SETFD: flags(descriptorFlags, 'FD_???'),
  F_SETFL: openFlags,
  F_ADD_SEALS: flags(seals, 'F_SEAL_???'),
  F_SETSIG: signal,
  F_SETLEASE: lease,
  F_NOTIFY: notes,
  F_DUPFD: ulong,
  F_DUPFD_CLOEXEC: ulong,
  F_SETPIPE_SZ: ulong,
  F_SETOWN: int,
}

function lock(view: DataView, withOwner: boolean): Value {
  const wide = (at: number) => approximate(view.getUint32(at, true), view.getInt32(at + 4, true))
  const fields: Field[] = [
    ['l_type', choiceValue(lockTypes, 'F_???', view.getUint16(0, true))],
    ['l_whence', choiceValue(origins, 'SEEK_???', view.getUint16(2, true))],
    ['l_start', wide(8)],
    ['l_len', wide(16)],
  ]
  if (withOwner) fields.push(['l_pid', view.getInt32(24, true)])
  return structValue(fields)
}

export const fcntlArgument: ArgumentType = {
  capture: (sink, at) => {
    const name = nameOf(commands, sink.argument(1)) ?? ''
    if (LOCKS.includes(name)) sink.bytes(at, 32)
    else if (OWNERS.includes(name)) sink.bytes(at, 8)
  },
  value: (call, low, high) => {
    const name = nameOf(commands, call.low[1]) ?? ''
    if (WITHOUT.includes(name)) return undefined
    if (SCALARS[name] !== undefined) return SCALARS[name].value(call, low, high)
    if (LOCKS.includes(name)) {
      const view = call.find(approximate(low, high), 32)
      return view === undefined ? pointerValue(low, high) : lock(view, name.endsWith('GETLK') && call.error === 0)
    }
    if (OWNERS.includes(name)) {
      const view = call.find(approximate(low, high), 8)
      if (view === undefined) return pointerValue(low, high)
      return structValue([
        ['type', choiceValue(owners, 'F_OWNER_???', view.getUint32(0, true))],
        ['pid', view.getInt32(4, true)],
      ])
    }
    return hex.value(call, low, high)
  },
}

export const fcntlResult: Returns = call => {
  const result = call.resultLow
  switch (nameOf(commands, call.low[1])) {
    case 'F_GETFD':
      return result === 0 ? {} : { hex: true, comment: `flags ${text(flagsValue(descriptorFlags, 'FD_???', result))}` }
    case 'F_GETFL':
      return { hex: result !== 0, comment: `flags ${openFlagNames(result).join('|')}` }
    case 'F_GET_SEALS':
      return result === 0 ? {} : { hex: true, comment: `seals ${text(flagsValue(seals, 'F_SEAL_???', result))}` }
    case 'F_GETLEASE':
      return { hex: result !== 0, comment: nameOf(lockTypes, result) ?? '' }
    default:
      return undefined
  }
}

function text(value: Value): string {
  return typeof value === 'object' && value.kind === 'flags' ? value.names.join('|') : String(value)
}
