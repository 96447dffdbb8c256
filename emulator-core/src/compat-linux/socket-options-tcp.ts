/** The options of IPPROTO_TCP: tcp(7). */
import { EINVAL, ENOENT, ENOPROTOOPT, EPERM, type Errno } from '../native/errno.ts'
import { type Socket, TcpState } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { flag, number, type OptionTable, onlyNothing, optionOf, refusing, tells, within } from './socket-option.ts'

/** net.ipv4.tcp_available_congestion_control. */
const CONGESTION = ['reno', 'cubic']
const NAME_MAX = 16
const INFO_BYTES = 248
const MSS = 65483
/** net.ipv4.tcp_fin_timeout, and the longest time between two attempts: seconds. */
const FIN_TIMEOUT = 60
const RTO_MAX = 120
/** Attempts are counted in a byte. */
const ATTEMPTS_MAX = 255
/** SOCK_MIN_RCVBUF / 2. */
const LEAST_WINDOW = 1152
/** net.core.somaxconn. */
const BACKLOG_MAX = 4096

/** Seconds are kept as attempts, each after twice the time of the one before (Linux: secs_to_retrans, retrans_to_secs). */
function wholeAttempts(seconds: number): number {
  let period = 0
  for (
    let attempt = 0, wait = 1;
    attempt < ATTEMPTS_MAX && period < seconds;
    attempt++, wait = Math.min(2 * wait, RTO_MAX)
  )
    period += wait
  return period
}

/** One key or two. */
const FASTOPEN_KEYS: readonly number[] = [16, 32]

/** To take a connection out of one kernel and put it into another (CRIU): not to be had here, as for who lacks CAP_NET_ADMIN. */
const repairOptions: OptionTable = {
  19: {
    get: () => 0,
    set: (_l, _s, value) => {
      if (within(-1, 1)(value.int()) === 1) throw EPERM
    },
  },
  20: refusing(EPERM, () => refuse(EINVAL)),
  21: refusing(EINVAL, () => refuse(EINVAL)),
  22: refusing(EINVAL),
  // The clock of TCP's timestamps, in ms.
  24: refusing(EPERM, (l: Lwp) => Math.floor(l.proc.kernel.clock.monotonic() / 1e6) | 0),
  29: refusing(EPERM, () => refuse(EINVAL)),
}

function refuse(error: Errno): never {
  throw error
}

/** struct tcp_info, as far as a network without losses has anything to tell. */
function info(socket: Socket): Uint8Array {
  const { protocol } = socket
  const state = protocol.state ?? TcpState.CLOSE
  const v = new DataView(new ArrayBuffer(INFO_BYTES))
  v.setUint8(0, state)
  // Timestamps, SACK and window scaling are agreed on.
  v.setUint8(5, state === TcpState.ESTABLISHED ? 0x7 : 0)
  v.setUint8(6, 0x77)
  const words: readonly [at: number, value: number][] = [
    [8, 201_000],
    [12, 40_000],
    [16, MSS],
    [20, 536],
    [24, state === TcpState.LISTEN ? protocol.readable : Math.ceil((protocol.unsent ?? 0) / MSS)],
    [60, 65535],
    [64, 65483],
    [68, 20],
    [72, 10],
    [76, 2 ** 31 - 1],
    [80, 10],
    [84, MSS],
    [88, 3],
  ]
  for (const [at, value] of words) v.setUint32(at, value, true)
  return new Uint8Array(v.buffer)
}

function congestionName(text: string, l: Lwp): void {
  if (!CONGESTION.includes(text)) throw l.credentials.euid === 0 ? ENOENT : EPERM
}

const chosen = new WeakMap<Socket, string>()

export const tcpOptions: OptionTable = {
  1: flag('TCP_NODELAY', true),
  2: {
    netbsd: true,
    get: (_l, s) => optionOf(s, 'TCP_MAXSEG') || (s.protocol.isConnected ? MSS : 536),
    set: (_l, s, value) => {
      const size = value.int()
      if (size !== 0 && (size < 88 || size > 32767)) throw EINVAL
      s.options.set('TCP_MAXSEG', size)
    },
  },
  3: flag('TCP_CORK'),
  4: number('TCP_KEEPIDLE', within(1, 32767)),
  5: number('TCP_KEEPINTVL', within(1, 32767)),
  6: number('TCP_KEEPCNT', within(1, 127)),
  7: number('TCP_SYNCNT', within(1, 127)),
  8: number('TCP_LINGER2', value => (value < 0 ? -1 : value === 0 ? FIN_TIMEOUT : Math.min(value, RTO_MAX))),
  9: number('TCP_DEFER_ACCEPT', wholeAttempts),
  10: number('TCP_WINDOW_CLAMP', value => (value === 0 ? 0 : Math.max(LEAST_WINDOW, value))),
  11: tells(info),
  12: flag('TCP_QUICKACK'),
  13: {
    get: (_l, s) => {
      const name = new Uint8Array(NAME_MAX)
      name.set(new TextEncoder().encode(chosen.get(s) ?? 'cubic'))
      return name
    },
    set: (l, s, value) => {
      if (value.length < 1) throw EINVAL
      const name = value.text(NAME_MAX - 1)
      congestionName(name, l)
      chosen.set(s, name)
    },
  },
  18: number('TCP_USER_TIMEOUT', within(0, 2 ** 31 - 1)),
  23: number('TCP_FASTOPEN', value => Math.min(within(0, 2 ** 31 - 1)(value), BACKLOG_MAX)),
  25: number('TCP_NOTSENT_LOWAT', value => value),
  ...repairOptions,
  16: number('TCP_THIN_LINEAR_TIMEOUTS', within(0, 1)),
  // TCP_THIN_DUPACK has had no effect since Linux 4.10.
  17: { get: () => 0, set: (_l, _s, value) => void within(0, 1)(value.int()) },
  // What the congestion control has to tell: reno and cubic nothing.
  26: tells(() => new Uint8Array(0)),
  27: onlyNothing(ENOPROTOOPT),
  28: refusing(ENOPROTOOPT, () => new Uint8Array(0)),
  30: number('TCP_FASTOPEN_CONNECT', within(0, 1)),
  // There are no upper layers to choose from.
  31: refusing(ENOENT, () => new Uint8Array(0)),
  33: {
    get: () => new Uint8Array(0),
    set: (_l, _s, value) => {
      throw FASTOPEN_KEYS.includes(value.length) ? ENOPROTOOPT : EINVAL
    },
  },
  34: {
    ...number('TCP_FASTOPEN_NO_COOKIE', within(0, 1)),
    set: (_l, s, value) => {
      const on = within(0, 1)(value.int())
      if (s.protocol.isConnected) throw EINVAL
      s.options.set('TCP_FASTOPEN_NO_COOKIE', on)
    },
  },
  36: number('TCP_INQ', within(0, 1)),
  37: onlyNothing(ENOPROTOOPT),
}
