/** Processes and threads: clone, wait, futex, prctl, limits, identity, machine. */

import { signalName } from '../linux-names.ts'
import { valueText } from '../text.ts'
import { type Field, formatted, hexValue, listValue, pointerValue, structValue, type Value } from '../value.ts'
import { approximate, unsigned64 } from '../wide.ts'
import { hex, long, string, terminated, uint, ulong } from './basic.ts'
import { bitNames, choice, flags, nameOf, names } from './names.ts'
import type { Returns } from './table.ts'
import { timevalLayout } from './time.ts'
import { type ArgumentType, type Layout, pointer, struct, word } from './type.ts'

export const cloneNames = names(
  'CLONE_',
  'NEWTIME=0x80 VM=0x100 FS=0x200 FILES=0x400 SIGHAND=0x800 PIDFD=0x1000 PTRACE=0x2000 VFORK=0x4000 PARENT=0x8000 THREAD=0x10000 NEWNS=0x20000 SYSVSEM=0x40000 SETTLS=0x80000 PARENT_SETTID=0x100000 CHILD_CLEARTID=0x200000 UNTRACED=0x800000 CHILD_SETTID=0x1000000 NEWCGROUP=0x2000000 NEWUTS=0x4000000 NEWIPC=0x8000000 NEWUSER=0x10000000 NEWPID=0x20000000 NEWNET=0x40000000 IO=0x80000000',
)
/** Flags, and in the low byte the signal for the parent. */
export const cloneFlags: ArgumentType = {
  value: (_call, low) => {
    const bits = (low & ~0xff) >>> 0
    const found = bits === 0 ? [] : bitNames(cloneNames, bits)
    if ((low & 0xff) !== 0) found.push(signalName(low & 0xff))
    return { kind: 'flags', names: found }
  },
}
export const unshareFlags = flags(cloneNames, 'CLONE_???')

/** clone's pointers, shown only if the flags make them matter. */
export function ifCloning(flag: 'PARENT_SETTID' | 'CHILD' | 'SETTLS', type: ArgumentType): ArgumentType {
  const bit = flag === 'CHILD' ? 0x0120_0000 : flag === 'SETTLS' ? 0x8_0000 : 0x10_1000
  return {
    ...(type.capture === undefined ? {} : { capture: type.capture }),
    value: (call, low, high) => ((call.low[0] & bit) !== 0 ? type.value(call, low, high) : undefined),
  }
}

const CLONE_ARGS = 64
const PARENT_TID_AT = 24
const CLONE_PARENT_SETTID = 0x10_0000
export const cloneArguments: ArgumentType = {
  capture: (sink, at) => {
    sink.bytes(at, Math.min(sink.argument(1), 88))
    const parentTid = sink.result > 0 ? sink.word(at + PARENT_TID_AT) : 0
    if (parentTid > 0) sink.bytes(parentTid, 4)
  },
  value: (call, low, high) => {
    const view = call.find(approximate(low, high), CLONE_ARGS)
    if (view === undefined) return pointerValue(low, high)
    const at = (i: number) => [view.getUint32(8 * i, true), view.getUint32(8 * i + 4, true)] as const
    const [bits] = at(0)
    const shown = (i: number) => pointerValue(...at(i))
    const fields: Field[] = [['flags', flagsOnly(bits)]]
    if (bits & 0x1000) fields.push(['pidfd', shown(1)])
    if (bits & 0x0120_0000) fields.push(['child_tid', shown(2)])
    if (bits & CLONE_PARENT_SETTID) fields.push(['parent_tid', shown(3)])
    fields.push(['exit_signal', at(4)[0] === 0 ? 0 : signalName(at(4)[0])], ['stack', shown(5)])
    fields.push(['stack_size', hexValue(...at(6))])
    if (bits & 0x8_0000) fields.push(['tls', shown(7)])
    const given = structValue(fields)
    const told = bits & CLONE_PARENT_SETTID && call.result > 0 ? call.exit.find(approximate(...at(3)), 4) : undefined
    if (told === undefined) return given
    const tid = told.getInt32(0, true)
    const before = valueText(given, { stringLimit: 0, hexStrings: 'never' })
    return formatted(`${before} => {parent_tid=[${tid}]}`, structValue([...fields, ['told_parent_tid', tid]]))
  },
}
function flagsOnly(bits: number): Value {
  return { kind: 'flags', names: bitNames(cloneNames, bits) }
}

/** wait4's status word, in the macros that take it apart. */
export function waitStatus(status: number): Value {
  const signo = status & 0x7f
  if (status === 0xffff) return formatted('{WIFCONTINUED(s)}', structValue([['continued', 1]]))
  if ((status & 0xff) === 0x7f) {
    const stop = (status >> 8) & 0xff
    return formatted(
      `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName(stop)}}`,
      structValue([['stopped', signalName(stop)]]),
    )
  }
  if (signo === 0) {
    const code = (status >> 8) & 0xff
    return formatted(`{WIFEXITED(s) && WEXITSTATUS(s) == ${code}}`, structValue([['exited', code]]))
  }
  const core = status & 0x80 ? ' && WCOREDUMP(s)' : ''
  return formatted(
    `{WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(signo)}${core}}`,
    structValue([['killed', signalName(signo)]]),
  )
}
/** Written only when a child was found. */
export const waitStatusAt: ArgumentType = {
  capture: (sink, at) => {
    if (sink.result > 0) sink.bytes(at, 4)
  },
  value: (call, low, high) => {
    const view = (low | high) === 0 || call.result === 0 ? undefined : call.find(approximate(low, high), 4)
    return view === undefined ? pointerValue(low, high) : listValue([waitStatus(view.getUint32(0, true))])
  },
}
export const waitOptions = flags(
  names(
    '',
    'WNOHANG=1 WUNTRACED=2 WEXITED=4 WCONTINUED=8 WNOWAIT=0x1000000 __WCLONE=0x80000000 __WALL=0x40000000 __WNOTHREAD=0x20000000',
  ),
  'W???',
)
export const waitIdOptions = flags(
  names(
    '',
    'WNOHANG=1 WSTOPPED=2 WEXITED=4 WCONTINUED=8 WNOWAIT=0x1000000 __WCLONE=0x80000000 __WALL=0x40000000 __WNOTHREAD=0x20000000',
  ),
  'W???',
)
export const idType = choice(names('P_', 'ALL=0 PID=1 PGID=2 PIDFD=3'), 'P_???')

const usage = word(8, long)
export const rusage = pointer(
  struct(
    144,
    [
      ['ru_utime', 0, timevalLayout],
      ['ru_stime', 16, timevalLayout],
      ...'maxrss ixrss idrss isrss minflt majflt nswap inblock oublock msgsnd msgrcv nsignals nvcsw nivcsw'
        .split(' ')
        .map((name, i) => [`ru_${name}`, 32 + 8 * i, usage] as const),
    ],
    ['ru_utime', 'ru_stime'],
  ),
)
export const usageOf = choice(names('RUSAGE_', 'SELF=0 CHILDREN=-1 THREAD=1 BOTH=-2'), 'RUSAGE_???')

/** Infinity, a multiple of 1024, or plain. */
const limitValue: ArgumentType = {
  value: (_call, low, high) => {
    if ((low & high) >>> 0 === 0xffff_ffff) return 'RLIM64_INFINITY'
    const value = unsigned64(low, high)
    if (typeof value === 'number' && value > 1024 && value % 1024 === 0) return formatted(`${value / 1024}*1024`, value)
    return value
  },
}
export const rlimit = pointer(
  struct(16, [
    ['rlim_cur', 0, word(8, limitValue)],
    ['rlim_max', 8, word(8, limitValue)],
  ]),
)
export const resource = choice(
  names(
    'RLIMIT_',
    'CPU=0 FSIZE=1 DATA=2 STACK=3 CORE=4 RSS=5 NPROC=6 NOFILE=7 MEMLOCK=8 AS=9 LOCKS=10 SIGPENDING=11 MSGQUEUE=12 NICE=13 RTPRIO=14 RTTIME=15',
  ),
  'RLIMIT_???',
)

const UTS = 65
const utsField: Layout = {
  size: UTS,
  read: (_call, view, at) => terminated(new Uint8Array(view.buffer, view.byteOffset + at, UTS), true),
}
export const utsname = pointer(
  struct(
    6 * UTS,
    'sysname nodename release version machine domainname'
      .split(' ')
      .map((name, i) => [name, UTS * i, utsField] as const),
    ['sysname', 'nodename'],
  ),
)

const wide = word(8, ulong)
const loads: Layout = {
  size: 24,
  read: (call, view, at) =>
    listValue([wide.read(call, view, at), wide.read(call, view, at + 8), wide.read(call, view, at + 16)]),
}
export const sysinfo = pointer(
  struct(112, [
    ['uptime', 0, word(8, long)],
    ['loads', 8, loads],
    ['totalram', 32, wide],
    ['freeram', 40, wide],
    ['sharedram', 48, wide],
    ['bufferram', 56, wide],
    ['totalswap', 64, wide],
    ['freeswap', 72, wide],
    ['procs', 80, word(2, uint)],
    ['totalhigh', 88, wide],
    ['freehigh', 96, wide],
    ['mem_unit', 104, word(4, uint)],
  ]),
)

const prctlOptions = names(
  'PR_',
  'SET_PDEATHSIG=1 GET_PDEATHSIG=2 GET_DUMPABLE=3 SET_DUMPABLE=4 GET_UNALIGN=5 SET_UNALIGN=6 GET_KEEPCAPS=7 SET_KEEPCAPS=8 GET_TIMING=13 SET_TIMING=14 SET_NAME=15 GET_NAME=16 GET_SECCOMP=21 SET_SECCOMP=22 CAPBSET_READ=23 CAPBSET_DROP=24 GET_TSC=25 SET_TSC=26 GET_SECUREBITS=27 SET_SECUREBITS=28 SET_TIMERSLACK=29 GET_TIMERSLACK=30 TASK_PERF_EVENTS_DISABLE=31 TASK_PERF_EVENTS_ENABLE=32 MCE_KILL=33 MCE_KILL_GET=34 SET_MM=35 SET_CHILD_SUBREAPER=36 GET_CHILD_SUBREAPER=37 SET_NO_NEW_PRIVS=38 GET_NO_NEW_PRIVS=39 GET_TID_ADDRESS=40 SET_THP_DISABLE=41 GET_THP_DISABLE=42 CAP_AMBIENT=47 SET_SPECULATION_CTRL=53 GET_SPECULATION_CTRL=52 SET_VMA=0x53564d41 SET_PTRACER=0x59616d61',
)
export const prctlOption = choice(prctlOptions, 'PR_???')
const dumpable = choice(names('SUID_DUMP_', 'DISABLE=0 USER=1 ROOT=2'), 'SUID_DUMP_???')
/** How many arguments an option has, and what its first one is. */
const prctlShapes: Readonly<Record<number, readonly [count: number, type: ArgumentType]>> = {
  1: [1, { value: (_call, low) => (low === 0 ? 0 : signalName(low)) }],
  3: [0, ulong],
  4: [1, dumpable],
  7: [0, ulong],
  8: [1, ulong],
  15: [1, string],
  16: [1, string],
  21: [0, ulong],
  27: [0, ulong],
  29: [1, ulong],
  30: [0, ulong],
  36: [1, ulong],
  38: [4, ulong],
  39: [4, hex],
}
const PR_GET_NAME = 16
export function prctlArgument(i: number): ArgumentType {
  return {
    capture: (sink, at) => {
      if (i === 1 && [15, PR_GET_NAME].includes(sink.argument(0))) sink.string(at, 17)
    },
    value: (call, low, high) => {
      const [count, type] = prctlShapes[call.low[0]] ?? [4, hex]
      if (i > count) return undefined
      return (i === 1 ? type : hex === type ? hex : prctlShapes[call.low[0]] === undefined ? hex : ulong).value(
        call,
        low,
        high,
      )
    },
  }
}
export function dumpableName(value: number): string | undefined {
  return ['SUID_DUMP_DISABLE', 'SUID_DUMP_USER', 'SUID_DUMP_ROOT'][value]
}

/** A processor set: the numbers in it. */
export function cpuSet(
  lengthOf: (source: { argument(i: number): number; readonly result: number }) => number,
): ArgumentType {
  return {
    capture: (sink, at) => sink.bytes(at, Math.min(lengthOf(sink), 1024)),
    value: (call, low, high) => {
      const bytes = call.upTo(approximate(low, high), Math.min(lengthOf(call), 1024))
      if (bytes === undefined) return pointerValue(low, high)
      const members: Value[] = []
      for (let i = 0; i < bytes.length * 8; i++) if ((bytes[i >> 3] >> (i & 7)) & 1) members.push(i)
      return listValue(members, false, ' ')
    },
  }
}
export const schedulingPolicy = choice(
  names('SCHED_', 'OTHER=0 FIFO=1 RR=2 BATCH=3 ISO=4 IDLE=5 DEADLINE=6'),
  'SCHED_???',
)
export const ioPriorityOf = choice(names('IOPRIO_WHO_', 'PROCESS=1 PGRP=2 USER=3'), 'IOPRIO_WHO_???')
const ioClasses = names('IOPRIO_CLASS_', 'NONE=0 RT=1 BE=2 IDLE=3')

function ioPriorityText(value: number): string {
  const kind = nameOf(ioClasses, value >>> 13) ?? `0x${(value >>> 13).toString(16)} /* IOPRIO_CLASS_??? */`
  return `IOPRIO_PRIO_VALUE(${kind}, ${value & 0x1fff})`
}

/** A class and a level in one number. */
export const ioPriority: ArgumentType = { value: (_call, low) => formatted(ioPriorityText(low), low) }
export const ioPriorityResult: Returns = call =>
  call.error === 0 ? { comment: ioPriorityText(call.resultLow) } : undefined

export const priorityOf = choice(names('PRIO_', 'PROCESS=0 PGRP=1 USER=2'), 'PRIO_???')
