/** The options of IPPROTO_UDP: udp(7). */
import { ENOPROTOOPT } from '../native/errno.ts'
import { flag, number, type OptionTable, type OptionWork, onlyNothing, refusing, within } from './socket-option.ts'

const SEGMENT_MAX = 65535

/** What only the private network does. @throws ENOPROTOOPT on the computer's own. */
const onLoopback = (work: OptionWork): OptionWork => ({
  ...work,
  set: (l, socket, value) => {
    if (l.proc.kernel.net.mode === 'host') throw ENOPROTOOPT
    work.set?.(l, socket, value)
  },
})

/** UDP-Lite's coverage of checksums, of which there are none here. */
const coverage: OptionWork = refusing(ENOPROTOOPT, () => 0)

export const udpOptions: OptionTable = {
  1: flag('UDP_CORK'),
  10: coverage,
  11: coverage,
  // Encapsulations (IPsec, L2TP) are other subsystems' ways in, and none is there.
  100: onlyNothing(ENOPROTOOPT),
  101: flag('UDP_NO_CHECK6_TX'),
  102: flag('UDP_NO_CHECK6_RX'),
  103: onLoopback(number('UDP_SEGMENT', within(0, SEGMENT_MAX))),
  104: onLoopback(flag('UDP_GRO')),
}
