/** Section 6: translation tables. */
import { type Fact, facts, guest, unit, unobservable, untested } from './fact.ts'

const signals = (title: string) => guest('signal-numbers', title)
const open = (title: string) => guest('open-flags', title)
const sockets = (title: string) => guest('socket-numbers', title)
const clone = (title: string) => guest('clone-flags', title)
const futex = (title: string) => guest('futex-numbers', title)
const terminal = (title: string) => guest('terminal-owner', title)

export const translationFacts: readonly Fact[] = facts([
  [
    '6.1',
    'Every native error has the Linux number of the table',
    unit('compat-linux/errno.test.ts', 'the whole table'),
  ],
  ['6.1', 'An error without a Linux number arrives as ENOSYS: O_NOFOLLOW of a link', open('links')],

  ['6.2', 'rt_sigaction: a set of another size than 8 is EINVAL', signals('the size of a set')],
  ['6.2', 'rt_sigaction: below 1, above 64, SIGKILL and SIGSTOP are EINVAL', signals('numbers of actions')],
  ['6.2', 'An action of 16, 63 or 64: success, and read back as ignored', signals('what is handled, what arrives')],
  ['6.2', '64 is treated as 63', unobservable('neither has a native signal')],
  ['6.2', 'kill and tgkill of 16 and 63: success without a signal', signals('what is handled, what arrives')],
  ['6.2', 'kill and tgkill of 64: EINVAL', signals('what is handled, what arrives')],
  ['6.2', 'kill, tkill and tgkill below 0 and above 64: EINVAL', signals('numbers that are none')],
  ['6.2', 'Signals 31 and 32 to 62 arrive under their numbers', signals('what is handled, what arrives')],
  [
    '6.2',
    'Native signals without a Linux number (EMT, INFO) arrive as 0',
    unobservable(
      'no Linux number sends them or handles them: whom INFO is sent to ignores it, EMT comes from no processor of this kind',
    ),
  ],
  ['6.2', 'Flags of an action that are kept', signals('what an action keeps')],
  ['6.2', 'sigprocmask: 0, 1, 2 and nothing else', signals('how a mask is changed')],
  ['6.2', 'sigaltstack: its flags', signals('flags of an alternate stack')],

  ['6.3', 'Flags of open that are kept', open('what F_GETFL says of what open was given')],
  [
    '6.3',
    'O_LARGEFILE, O_NOATIME and the rest of O_SYNC are dropped',
    open('what F_GETFL says of what open was given'),
  ],
  ['6.3', 'O_PATH opens for real', open('O_PATH')],
  ['6.3', 'O_TMPFILE opens the directory', open('O_TMPFILE')],
  ['6.3', 'A terminal becomes the controlling one unless O_NOCTTY', terminal('the controlling terminal')],
  ['6.3', 'fcntl: the commands that are there', open('commands')],
  ['6.3', 'fcntl: every other command is EOPNOTSUPP', open('commands')],
  ['6.3', 'fcntl: duplicates', open('duplicates')],
  ['6.3', 'fcntl: kinds of locks', open('kinds of locks')],
  ['6.3', 'O_ASYNC of a pipe only sets the flag', open('O_ASYNC')],
  ['6.3', 'F_SETOWN and F_GETOWN of a terminal are its foreground group', terminal('the owner of a terminal')],
  ['6.3', 'AT_ flags', guest('names', 'flags of calls with a directory')],

  ['6.4', 'Families without a number in NetBSD: EINVAL', sockets('families that are none')],
  ['6.4', 'AF_NETLINK is AF_ROUTE, whose raw sockets are refused', sockets('netlink')],
  ['6.4', 'Types, and their flags; other bits are EINVAL', sockets('types')],
  ['6.4', 'An IPv6 socket takes IPv4 too', sockets('types')],
  ['6.4', 'Options of SOL_SOCKET: those of the table, the others EINVAL', sockets('options of sockets')],
  ['6.4', 'Options of IP and TCP: those of the table, the others EINVAL', sockets('options of protocols')],
  ['6.4', 'IP_RECVERR can be set and means nothing', sockets('options of protocols')],
  ['6.4', 'AF_LOCAL with another level: EOPNOTSUPP', sockets('options of protocols')],
  ['6.4', 'SO_REUSEADDR is REUSEPORT', sockets('two listeners at one address')],
  ['6.4', 'Flags of messages: MORE, PROBE, FIN, SYN, CONFIRM, RST and ERRQUEUE are EINVAL', sockets('flags of send')],
  ['6.4', 'SCM_RIGHTS works', sockets('a descriptor, alone and with credentials')],
  [
    '6.4',
    'With SCM_CREDENTIALS the whole control part is dropped',
    sockets('a descriptor, alone and with credentials'),
  ],
  [
    '6.4',
    'The copy-out of received control data tests the wrong way round',
    untested(
      'the reference knows it of revision 1.155 and not what the program finds in its buffer then; 6.4 has SCM_RIGHTS as meant',
    ),
  ],
  ['6.4', 'connect of what is connected, not blocking: 0 once', sockets('connect, again and again')],
  ['6.4', 'accept4: other flags are EINVAL', sockets('accept4')],
  ['6.4', 'recvmmsg with a time returns after the first', sockets('several, with a time')],
  ['6.4', 'sendmmsg and recvmmsg take 1024 messages at most', sockets('more messages than a call takes')],
  ['6.4', 'Lengths of addresses are clamped (to how much is inferred)', sockets('lengths of addresses')],
  ['6.4', 'The old sockaddr_in6 of 24 bytes is EINVAL', sockets('addresses of IPv6 from before there were scopes')],

  ['6.5', 'The exit signal: out of range is EINVAL', clone('the signal of the end')],
  ['6.5', 'FS, FILES, VFORK: as on Linux', clone('flags')],
  ['6.5', 'SIGHAND without VM, THREAD without SIGHAND: EINVAL', clone('flags')],
  ['6.5', 'Bit 12 (CLONE_PIDFD) and PTRACE: EINVAL', clone('flags')],
  ['6.5', 'PARENT is ignored', clone('whose child it is')],
  ['6.5', 'Without THREAD only CHILD_SETTID is honoured', clone('the words')],
  ['6.5', 'Namespaces, SYSVSEM, DETACHED, UNTRACED and IO are ignored', clone('flags')],
  ['6.5', 'clone3: ENOSYS', clone('clone3')],
  [
    '6.5',
    'Threads share everything, whatever FS and FILES say',
    unit(
      'compat-linux/added-calls.test.ts',
      'gives a thread the descriptors and directories of its process, though it asks for neither',
    ),
  ],

  ['6.6', 'WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP and the BITSET ones', futex('operations')],
  ['6.6', 'FD, those with priority and unknown ones: ENOSYS', futex('operations')],
  ['6.6', 'The private bit and the clock’s are taken with each', futex('operations, private and with the other clock')],
  ['6.6', 'No bits: EINVAL', futex('bits')],
  ['6.6', 'WAKE_OP: negative counts are EINVAL', futex('negative counts')],
  ['6.6', 'All futexes are shared ones', futex('a private wait at a shared word')],
  ['6.6', 'The robust list: its size, OWNER_DIED', futex('the list of robust futexes')],
  ['6.6', 'Thread numbers of a robust futex have 28 bits', unobservable('numbers are smaller')],
  ['6.6', 'At most 1 000 000 entries of the robust list are walked', futex('the length of the list')],
])
