/** Reads strace's lines and compares two of its logs call by call. */

export interface Call {
  /** A system call's name; for a signal, its name in capitals; `exited` or `killed` at the end. */
  readonly name: string
  /** Arguments and result, without what may differ between two runs of one program. */
  readonly text: string
}

/** Answered without the kernel where there is a vDSO, so that strace does not see them. */
const WITHOUT_KERNEL = new Set(['clock_gettime', 'clock_getres', 'gettimeofday', 'time', 'getcpu'])

const CALL = /^(\w+)\((.*)\)\s+=\s+(.*)$/
const SIGNAL = /^--- (SIG\w+) (.*) ---$/
const END = /^\+\+\+ (exited|killed) (.*) \+\+\+$/
const UNFINISHED = /^(\w+)\((.*) <unfinished \.\.\.>$/
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/

/** A log as calls, in the order in which they ended. */
export function parseLog(log: string): Call[] {
  const calls: Call[] = []
  const pending = new Map<string, string>()
  for (const line of log.split('\n')) {
    const [, thread = '', rest = ''] = /^(?:(\d+)\s+)?(.*)$/.exec(line) ?? []
    const unfinished = UNFINISHED.exec(rest)
    if (unfinished) {
      pending.set(thread, `${unfinished[1]}(${unfinished[2]}`)
      continue
    }
    const resumed = RESUMED.exec(rest)
    const whole = resumed ? `${pending.get(thread) ?? `${resumed[1]}(`}${resumed[2]}` : rest
    const call = parseLine(whole.trim())
    if (call !== undefined && !WITHOUT_KERNEL.has(call.name)) calls.push(call)
  }
  return calls
}

const LOADERS_OWN = /^\(NULL, \d+, PROT_READ\|PROT_WRITE, MAP_PRIVATE\|MAP_ANONYMOUS, -1, 0\) = /

/**
 * Calls without those whose number and place depend on the processor: glibc's loader needs more memory of its own where it finds
 * more features (AVX and beyond). It is done with that when it sets up the thread's own storage.
 */
export function withoutLoaderMemory(calls: readonly Call[]): Call[] {
  const end = calls.findIndex(({ name, text }) => name === 'arch_prctl' && text.startsWith('(ARCH_SET_FS'))
  return calls.filter(({ name, text }, position) => position > end || name !== 'mmap' || !LOADERS_OWN.test(text))
}

function parseLine(line: string): Call | undefined {
  const call = CALL.exec(line)
  if (call) return { name: call[1], text: normalise(call[1], `(${call[2]}) = ${call[3]}`) }
  const signal = SIGNAL.exec(line)
  if (signal) return { name: signal[1], text: normalise('signal', signal[2]) }
  const end = END.exec(line)
  if (end) return { name: end[1], text: end[2] }
  return undefined
}

const EVERYWHERE: readonly (readonly [RegExp, string])[] = [
  [/\s+/g, ' '],
  [/0x[0-9a-f]{5,}/g, 'ADDRESS'],
  [/\/\* \d+ vars \*\//g, '/* VARS */'],
  [
    /\b(si_pid|si_uid|st_ino|st_dev|st_blocks|st_blksize|d_ino|d_off|stx_ino|stx_mnt_id)=(makedev\([^)]*\)|\d+)/g,
    '$1=N',
  ],
  [/\bstx_mask=[^,}]*/g, 'stx_mask=MASK'],
  [/\b(st_[amc]time|stx_[amc]time|stx_btime)=[^,}]*(\/\* [^*]* \*\/)?/g, '$1=TIME'],
]

/** Node makes the standard streams of what it starts sockets; the emulator shows every pipe of the host as a FIFO. */
const NODES_PIPE = /^\(([012]), (?:"", )?\{st_mode=S_IF(?:SOCK\|0777|IFO\|0600)/

/** What differs from run to run although nothing is wrong: process numbers, times, random bytes. */
const IN_CALL: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  getpid: [[/\d+$/, 'PID']],
  gettid: [[/\d+$/, 'PID']],
  getppid: [[/\d+$/, 'PID']],
  getpgid: [[/= \d+$/, '= PID']],
  getsid: [[/= \d+$/, '= PID']],
  set_tid_address: [[/= \d+$/, '= PID']],
  kill: [[/\((-?)\d{2,}/, '($1PID']],
  tkill: [[/\(\d+/, '(PID']],
  tgkill: [[/\(\d+, \d+/, '(PID, PID']],
  getrandom: [[/"(?:[^"\\]|\\.)*"(\.\.\.)?/, 'BYTES']],
  // What is not text may be random, or a record with a number in it that only has to be new.
  read: [[/"(?:[^"\\]|\\.)*\\[0-9abefrv](?:[^"\\]|\\.)*"(\.\.\.)?/, 'BINARY']],
  brk: [[/\([^)]*\)/, '(ADDRESS)']],
  sysinfo: [[/\{.*\}/, '{…}']],
  uname: [[/\{.*\}/, '{…}']],
  times: [[/= .*/, '= TIME']],
  getrusage: [[/\{.*\}/, '{…}']],
  clock_nanosleep: [[/tv_sec=\d+, tv_nsec=\d+/g, 'TIME']],
  timerfd_settime: [[/tv_sec=\d+, tv_nsec=\d+/g, 'TIME']],
  getitimer: [[/tv_usec=\d+/g, 'TIME']],
  setitimer: [[/tv_usec=\d+\}\}\) =/g, 'TIME}}) =']],
  poll: [[/timeout|left \{[^}]*\}/g, 'left']],
  ppoll: [[/left \{[^}]*\}/g, 'left']],
  select: [[/left \{[^}]*\}/g, 'left']],
  pselect6: [[/left \{[^}]*\}/g, 'left']],
  rt_sigreturn: [[/= .*/, '= …']],
  fstat: [[NODES_PIPE, '($1, PIPE']],
  newfstatat: [[NODES_PIPE, '($1, PIPE']],
}

function normalise(name: string, text: string): string {
  return [...EVERYWHERE, ...(IN_CALL[name] ?? [])].reduce(
    (sofar, [pattern, replacement]) => sofar.replace(pattern, replacement),
    text,
  )
}

export interface Difference {
  /** The place in both sequences up to which they are alike. */
  readonly position: number
  readonly message: string
}

/** Where the names of two sequences part first; undefined if nowhere. */
export function firstDifferentName(native: readonly Call[], emulated: readonly Call[]): Difference | undefined {
  const length = Math.max(native.length, emulated.length)
  for (let position = 0; position < length; position++) {
    if (native[position]?.name !== emulated[position]?.name) {
      return { position, message: around(native, emulated, position) }
    }
  }
  return undefined
}

/** Every call whose arguments or result are not the same; meant for sequences with the same names. */
export function differentTexts(native: readonly Call[], emulated: readonly Call[]): string[] {
  return native.flatMap((call, position) => {
    const other = emulated[position]
    return other === undefined || call.text === other.text
      ? []
      : [`call ${position}\n  native   ${call.name}${call.text}\n  emulated ${other.name}${other.text}`]
  })
}

const CONTEXT = 4

function around(native: readonly Call[], emulated: readonly Call[], position: number): string {
  const show = (calls: readonly Call[]) =>
    calls
      .slice(Math.max(0, position - CONTEXT), position + 3)
      .map(({ name, text }) => `    ${name}${text}`)
      .join('\n')
  return `the sequences part at call ${position}\n  native\n${show(native)}\n  emulated\n${show(emulated)}`
}
