/** The options of SOL_SOCKET that ask when something came: socket(7) SO_TIMESTAMP; Linux's Documentation/networking/timestamping.rst. */
import { EINVAL, EOPNOTSUPP } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import { TcpState } from '../native/ipc/socket.ts'
import type { OptionTable, OptionWork } from './socket-option.ts'
import { words } from './socket-option.ts'

export const SO_TIMESTAMP = 29
export const SO_TIMESTAMPNS = 35
export const SO_TIMESTAMPING = 37
export const SO_TIMESTAMP_NEW = 63
export const SO_TIMESTAMPNS_NEW = 64
export const SO_TIMESTAMPING_NEW = 65

/** SOF_TIMESTAMPING_… */
const TX_SOFTWARE = 1 << 1
export const RX_SOFTWARE = 1 << 3
export const SOFTWARE = 1 << 4
const OPT_ID = 1 << 7
const TX_SCHED = 1 << 8
const TX_ACK = 1 << 9
const OPT_TSONLY = 1 << 11
const OPT_STATS = 1 << 12
const BIND_PHC = 1 << 15
const OPT_ID_TCP = 1 << 16
const TX_COMPLETION = 1 << 18
const ALL = (TX_COMPLETION << 1) - 1
/** Times of sending, which would have to come back through the error queue: this network has none. */
const OF_SENDING = TX_SOFTWARE | TX_SCHED | TX_ACK | TX_COMPLETION

/** One of the four at a time; to take any of them away takes away the one that is there. */
const arrival = (option: number, netbsd?: true): OptionWork => ({
  ...(netbsd === undefined ? {} : { netbsd }),
  get: (_l, socket) => (socket.options.get('SO_TIMESTAMP') === option ? 1 : 0),
  set: (_l, socket, value) => socket.options.set('SO_TIMESTAMP', value.int() === 0 ? 0 : option),
})

/** @throws EINVAL, EOPNOTSUPP (sock_set_timestamping). */
function checkFlags(socket: Socket, flags: number): void {
  const has = (bit: number): boolean => (flags & bit) !== 0
  if ((flags & ~ALL) !== 0 || (has(OPT_ID_TCP) && !has(OPT_ID))) throw EINVAL
  const { state } = socket.protocol
  const isNoConnection = socket.socketType === 'stream' && (state === TcpState.CLOSE || state === TcpState.LISTEN)
  if (has(OPT_ID) && isNoConnection) throw EINVAL
  if (has(OPT_STATS) && !has(OPT_TSONLY)) throw EINVAL
  // A clock of a network card, and there is none.
  if (has(BIND_PHC) || has(OF_SENDING)) throw EOPNOTSUPP
}

/** struct so_timestamping: flags and the number of a clock. The newer option tells nothing that the older one set. */
const timestamping = (isNew: boolean): OptionWork => ({
  get: (_l, { options }) => {
    const isTold = !isNew || options.isOn('SO_TIMESTAMP_NEW')
    return words(isTold ? options.get('SO_TIMESTAMPING') : 0, 0)
  },
  set: (_l, socket, value) => {
    const flags = value.int()
    checkFlags(socket, flags)
    socket.options.set('SO_TIMESTAMPING', flags)
    socket.options.set('SO_TIMESTAMP_NEW', isNew ? 1 : 0)
  },
})

export const timeOptions: OptionTable = {
  [SO_TIMESTAMP]: arrival(SO_TIMESTAMP, true),
  [SO_TIMESTAMPNS]: arrival(SO_TIMESTAMPNS),
  [SO_TIMESTAMPING]: timestamping(false),
  [SO_TIMESTAMP_NEW]: arrival(SO_TIMESTAMP_NEW),
  [SO_TIMESTAMPNS_NEW]: arrival(SO_TIMESTAMPNS_NEW),
  [SO_TIMESTAMPING_NEW]: timestamping(true),
}
