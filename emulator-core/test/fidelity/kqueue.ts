/** Section 5: kqueue itself, which Linux programs know as epoll. */
import { type Fact, facts, guest, unit, unobservable } from './fact.ts'

const kqueue = (title: string) => unit('native/kqueue/kqueue.test.ts', title)

export const kqueueFacts: readonly Fact[] = facts([
  [
    '5.1',
    'The versions of struct kevent and of its call',
    unobservable('only in the trace: a Linux program calls epoll'),
  ],
  [
    '5.2',
    'EVFILT_AIO is not there; numbers that nobody has are EINVAL',
    kqueue('of an unknown filter is EINVAL, of a closed descriptor EBADF, of what is not there ENOENT'),
  ],
  [
    '5.2',
    'EVFILT_TIMER: at most 4096, then ENOMEM',
    kqueue('of timers: expirations, cleared by delivery; at most 4096'),
  ],
  [
    '5.2',
    'EVFILT_USER: NOTE_TRIGGER and the operations on flags',
    kqueue('of the user: triggered, with flags that are set, added and masked'),
  ],
  ['5.2', 'EVFILT_PROC, EVFILT_SIGNAL and EVFILT_FS', unobservable('no Linux call uses them, and they are not built')],
  ['5.2', 'EVFILT_EMPTY is of sockets only', kqueue('that cannot be attached leaves nothing')],
  ['5.2', 'Names and numbers of private filters', unobservable('only in the trace')],
  [
    '5.2',
    'EV_ERROR, EV_EOF and the other flags of the system are cleared in changes',
    kqueue('takes the flags that belong to the system out of changes'),
  ],
  ['5.3', 'What is closed, or no kqueue, is EBADF', kqueue('of what is no kqueue is EBADF')],
  [
    '5.3',
    'A failure is answered by a record while there is room',
    kqueue('answers failures by records while there is room, and does not wait then'),
  ],
  [
    '5.3',
    'Without room the call stops with the error; what was done stays',
    kqueue('stops at the first failure without room, and what was done before stays'),
  ],
  [
    '5.3',
    'EV_RECEIPT is answered by a record without an error',
    kqueue('answers EV_RECEIPT with a record of no error'),
  ],
  ['5.3', 'Without room for events there is no wait', kqueue('without room for events does not wait')],
  ['5.3', 'Changes are copied in groups of eight', unobservable('epoll makes at most two')],
  [
    '5.4',
    'Unknown filter, bad descriptor, absent without EV_ADD: EINVAL, EBADF, ENOENT',
    kqueue('of an unknown filter is EINVAL, of a closed descriptor EBADF, of what is not there ENOENT'),
  ],
  ['5.4', 'An error while attaching leaves no knote', kqueue('that cannot be attached leaves nothing')],
  ['5.4', 'EV_DELETE removes, and does nothing else', kqueue('with EV_DELETE does nothing else')],
  [
    '5.4',
    'udata, fflags and data are overwritten; ext is kept',
    kqueue('of a knote that is there overwrites udata, fflags and data, and keeps ext, with EV_ADD or without'),
  ],
  ['5.4', 'A condition that holds already activates', guest('epoll-modes', 'level')],
  [
    '5.4',
    'EV_DISABLE comes after the activation',
    kqueue('counts a disabled knote that was ready until a scan throws it out'),
  ],
  [
    '5.4',
    'EV_ADD does not enable',
    kqueue('with EV_DISABLE silences, EV_ADD alone does not undo that, EV_ENABLE does'),
  ],
  [
    '5.5',
    'A sleep ends by an activation or with its ticks',
    kqueue('sleeps until something is activated, or the ticks of its time are over'),
  ],
  ['5.5', 'What is disabled, or true no more, makes no record', kqueue('drops without a record what is true no more')],
  [
    '5.5',
    'One of ONESHOT, CLEAR, DISPATCH and the end of the queue',
    kqueue('detaches after EV_ONESHOT, disables after EV_DISPATCH, and only clears where EV_CLEAR stands beside it'),
  ],
  [
    '5.5',
    'Records come in the order of activation, and what stays true goes to the end',
    kqueue('delivers in the order of activation and puts what is still true at the end'),
  ],
  ['5.6', 'Several who watch one thing are told the newest first', guest('epoll-chains', 'two who watch one thing')],
  ['5.7', 'Pipes: bytes, room, EOF, EBADF without a peer', kqueue('of a pipe: bytes, room, and an end that is gone')],
  [
    '5.7',
    'kqueue: how much is queued; EINVAL for writing',
    kqueue('of another kqueue: how much is queued there; nothing can be written'),
  ],
  ['5.7', 'EVFILT_TIMER counts, and clears', kqueue('of timers: expirations, cleared by delivery; at most 4096')],
  ['5.7', 'The vnode’s summary of interests', unobservable('a note that nobody asks for makes no difference')],
  [
    '5.8',
    'A copied table is without kqueues',
    kqueue('is left out of the copy of a descriptor table, and let go of by the closing of what it watches'),
  ],
  [
    '5.8',
    'Closing a number takes the knotes made through it',
    kqueue('is left out of the copy of a descriptor table, and let go of by the closing of what it watches'),
  ],
  [
    '5.8',
    'read and write are ENXIO; fstat shows a FIFO; poll shows what is queued',
    kqueue('can be neither read nor written, and shows how much is queued'),
  ],
  ['5.9', 'versioningsyscalls(9)', unobservable('a Linux binary never sees it; docs/versioning.md')],
])
