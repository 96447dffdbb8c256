/** Signals: numbers, sets, struct sigaction, siginfo, sigaltstack. */
import { shortSignalName, signalName } from '../linux-names.ts'
import { type Field, hexValue, listValue, pointerValue, structValue, type Value } from '../value.ts'
import { approximate, unsigned64 } from '../wide.ts'
import { address, ulong } from './basic.ts'
import { choice, choiceValue, counted, flags, names, wideFlags } from './names.ts'
import { ticksValue } from './time.ts'
import { type ArgumentType, type Layout, pointer, struct, word } from './type.ts'

function signalValue(signo: number): Value {
  return signo === 0 ? 0 : signalName(signo)
}
export const signal: ArgumentType = { value: (_call, low) => signalValue(low | 0) }

/** `[INT TERM]`, or `~[KILL]` when more than half are in it. */
export function signalSet(low: number, high: number): Value {
  const members: number[] = []
  for (let i = 0; i < 64; i++) if (((i < 32 ? low >>> i : high >>> (i - 32)) & 1) === 1) members.push(i + 1)
  if (members.length < 43) return listValue(members.map(shortSignalName), false, ' ')
  const missing: string[] = []
  for (let i = 1; i <= 64; i++) if (!members.includes(i)) missing.push(shortSignalName(i))
  return listValue(missing, false, ' ', '~')
}

const setLayout: Layout = {
  size: 8,
  read: (_call, view, at) => signalSet(view.getUint32(at, true), view.getUint32(at + 4, true)),
}
export const sigset = pointer(setLayout)

export const maskOperation = choice(names('SIG_', 'BLOCK=0 UNBLOCK=1 SETMASK=2'), 'SIG_???')

const actionFlags = wideFlags(
  names(
    'SA_',
    'RESTORER=0x04000000 ONSTACK=0x08000000 RESTART=0x10000000 INTERRUPT=0x20000000 NODEFER=0x40000000 RESETHAND=0x80000000 SIGINFO=4 NOCLDSTOP=1 NOCLDWAIT=2',
  ),
  'SA_???',
)
const handler: ArgumentType = {
  value: (_call, low, high) => {
    if (high === 0 && low <= 1) return low === 0 ? 'SIG_DFL' : 'SIG_IGN'
    return hexValue(low, high)
  },
}
const SA_RESTORER = 0x0400_0000

/** The kernel's struct: handler, flags, restorer, mask. */
const actionLayout: Layout = {
  size: 32,
  read: (call, view, at) => {
    const bits = view.getUint32(at + 8, true)
    const highBits = view.getUint32(at + 12, true)
    const fields: Field[] = [
      ['sa_handler', word(8, handler).read(call, view, at)],
      ['sa_mask', setLayout.read(call, view, at + 24)],
      ['sa_flags', actionFlags.value(call, bits, highBits) ?? 0],
    ]
    if (bits & SA_RESTORER) fields.push(['sa_restorer', word(8, address).read(call, view, at + 16)])
    return structValue(fields)
  },
}
export const sigaction = pointer(actionLayout)

const stackFlags = flags(names('SS_', 'ONSTACK=1 DISABLE=2 AUTODISARM=0x80000000'), 'SS_???')
export const sigaltstack = pointer(
  struct(24, [
    ['ss_sp', 0, word(8, address)],
    ['ss_flags', 8, word(4, stackFlags)],
    ['ss_size', 16, word(8, ulong)],
  ]),
)

const generalCodes = names(
  'SI_',
  'USER=0 KERNEL=0x80 QUEUE=-1 TIMER=-2 MESGQ=-3 ASYNCIO=-4 SIGIO=-5 TKILL=-6 DETHREAD=-7 ASYNCNL=-60',
)
const codesOf: Readonly<Record<number, readonly (readonly [string, number])[]>> = {
  4: counted('ILL_', 'ILLOPC ILLOPN ILLADR ILLTRP PRVOPC PRVREG COPROC BADSTK', 1),
  5: counted('TRAP_', 'BRKPT TRACE BRANCH HWBKPT UNK PERF', 1),
  7: counted('BUS_', 'ADRALN ADRERR OBJERR MCEERR_AR MCEERR_AO', 1),
  8: counted('FPE_', 'INTDIV INTOVF FLTDIV FLTOVF FLTUND FLTRES FLTINV FLTSUB', 1),
  11: counted('SEGV_', 'MAPERR ACCERR BNDERR PKUERR', 1),
  17: counted('CLD_', 'EXITED KILLED DUMPED TRAPPED STOPPED CONTINUED', 1),
  29: counted('POLL_', 'IN OUT MSG ERR PRI HUP', 1),
}
const CLD_EXITED = 1
const FAULTS = [4, 5, 7, 8, 11]
const SIGCHLD = 17
const SIGIO = 29
const SIGSYS = 31

/** `si_code` by its name: SEGV_MAPERR, SI_USER. */
export function signalCode(signo: number, code: number): Value {
  const table = code > 0 && code < 0x80 ? codesOf[signo] : undefined
  return choiceValue(table ?? generalCodes, 'SI_???', code >>> 0)
}

/** The members that the signal and its code give meaning to. */
export function siginfoFields(view: DataView, at: number): Value {
  const u32 = (offset: number) => (at + offset + 4 <= view.byteLength ? view.getUint32(at + offset, true) : 0)
  const i32 = (offset: number) => u32(offset) | 0
  const pair = (offset: number): Value => pointerValue(u32(offset), u32(offset + 4))
  const signo = i32(0)
  const code = i32(8)
  const fields: Field[] = [
    ['si_signo', signalValue(signo)],
    ['si_code', signalCode(signo, code)],
  ]
  if (i32(4) !== 0) fields.push(['si_errno', i32(4)])
  const sender = () => fields.push(['si_pid', i32(16)], ['si_uid', u32(20)])
  const value = () =>
    fields.push([
      'si_value',
      structValue([
        ['int', i32(24)],
        ['ptr', pair(24)],
      ]),
    ])
  if (code <= 0) {
    if (code === -2) {
      fields.push(['si_timerid', hexValue(u32(16), 0)], ['si_overrun', i32(20)])
      value()
    } else {
      sender()
      if (code !== 0 && code !== -6 && (u32(24) | u32(28)) !== 0) value()
    }
    return structValue(fields)
  }
  if (signo === SIGCHLD) {
    sender()
    fields.push(['si_status', code === CLD_EXITED ? i32(24) : signalValue(i32(24))])
    fields.push(['si_utime', ticksValue(u32(32), u32(36))], ['si_stime', ticksValue(u32(40), u32(44))])
  } else if (FAULTS.includes(signo)) fields.push(['si_addr', pair(16)])
  else if (signo === SIGIO && code > 0 && code < 0x80)
    fields.push(['si_band', unsigned64(u32(16), u32(20))], ['si_fd', i32(24)])
  else if (signo === SIGSYS)
    fields.push(['si_call_addr', pair(16)], ['si_syscall', i32(24)], ['si_arch', hexValue(u32(28), 0)])
  else if (i32(16) !== 0 || u32(20) !== 0) sender()
  return structValue(fields)
}

export const siginfo: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, 128),
  value: (call, low, high) => {
    const view = (low | high) === 0 ? undefined : call.find(approximate(low, high), 128)
    return view === undefined ? pointerValue(low, high) : siginfoFields(view, 0)
  },
}

/** The mask that rt_sigreturn puts back: in the frame, whose address is not an argument. */
export const frameMask: ArgumentType = {
  capture: sink => {
    const frame = sink.stackPointer
    if (frame > 0) sink.bytes(frame + FRAME_MASK, 8)
  },
  value: call => {
    const bytes = call.entry.firstOf(8)
    const mask = bytes === undefined ? listValue([]) : signalSet(bytes.getUint32(0, true), bytes.getUint32(4, true))
    return structValue([['mask', mask]])
  },
}
/** uc_sigmask within struct ucontext, which the stack pointer points to at rt_sigreturn. */
const FRAME_MASK = 296

const notifications = names('SIGEV_', 'SIGNAL=0 NONE=1 THREAD=2 THREAD_ID=4')
const SIGEV_NONE = 1
const SIGEV_THREAD = 2
const SIGEV_THREAD_ID = 4

/** struct sigevent: how a timer tells that it has expired. */
export const sigevent: ArgumentType = pointer({
  size: 64,
  read: (_call, view, at) => {
    const pair = (offset: number) =>
      pointerValue(view.getUint32(at + offset, true), view.getUint32(at + offset + 4, true))
    const signo = view.getInt32(at + 8, true)
    const how = view.getUint32(at + 12, true)
    const known = notifications.some(([, value]) => value === how) && how !== SIGEV_NONE
    const fields: Field[] = []
    if ((view.getUint32(at, true) | view.getUint32(at + 4, true)) !== 0) {
      const value = structValue([
        ['sival_int', view.getInt32(at, true)],
        ['sival_ptr', pair(0)],
      ])
      fields.push(['sigev_value', value])
    }
    fields.push(
      ['sigev_signo', known ? signalValue(signo) : signo],
      ['sigev_notify', choiceValue(notifications, 'SIGEV_???', how)],
    )
    if (how === SIGEV_THREAD_ID) fields.push(['sigev_notify_thread_id', view.getInt32(at + 16, true)])
    if (how === SIGEV_THREAD) fields.push(['sigev_notify_function', pair(16)], ['sigev_notify_attributes', pair(24)])
    return structValue(fields)
  },
})
