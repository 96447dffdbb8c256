/**
 * The event grammar: everything a person can see comes from these records, live or from a recording.
 *
 * A record is a header (see HEADER) and a payload. Payloads are described by tables (`schemas`), from which codec.ts encodes and decodes;
 * only the two hot kinds, system-call entry and exit, are written by hand (record-syscall.ts), in the layout their table gives.
 * All integers are little-endian. A change of any layout bumps GRAMMAR_VERSION.
 */
export const GRAMMAR_VERSION = 2

/**
 * Header of each record, 32 bytes; records are multiples of 8 bytes:
 * u32 size in bytes with header and padding · u8 kind · u8 flags · u16 zero · u32 pid · u32 tid · f64 time (ns, guest's monotonic clock) · f64 blocks (of the thread).
 */
export const HEADER_BYTES = 32

/** What a field of a payload is: fixed numbers, `str` (u16 length + UTF-8), `bytes` (u32 length), lists of records (u16 count). */
export type FieldType =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'i32'
  | 'f64'
  | 'u64'
  | 'i64'
  | 'str'
  | 'bytes'
  | { readonly list: Schema }
export type Schema = Readonly<Record<string, FieldType>>

/** TypeScript's view of a schema. */
export type Decoded<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends 'u64' | 'i64'
    ? bigint
    : S[K] extends 'str'
      ? string
      : S[K] extends 'bytes'
        ? Uint8Array
        : S[K] extends { readonly list: infer L extends Schema }
          ? readonly Decoded<L>[]
          : number
}

const capture = { address: 'u64', bytes: 'bytes' } as const satisfies Schema

/** struct kevent as submitted or delivered. */
const kevent = {
  ident: 'f64',
  filter: 'u32',
  flags: 'u32',
  fflags: 'u32',
  data: 'f64',
  udata: 'u64',
  ext0: 'u64',
  ext1: 'u64',
  ext2: 'u64',
} as const satisfies Schema

/** No field has the name of one of the header's, nor `kind` or `index`: an event is one flat object. */
export const schemas = {
  /** A call begins. `captures`: the memory its arguments point to, as it was then. */
  'syscall-enter': {
    nr: 'u32',
    a0: 'u64',
    a1: 'u64',
    a2: 'u64',
    a3: 'u64',
    a4: 'u64',
    a5: 'u64',
    captures: { list: capture },
  },
  /** It ends; `result` is what %rax gets. `outcome`: 0 returned, 1 will be restarted after a signal, 2 never returns (exit, a fatal signal), 3 not implemented (ENOSYS, and no such call exists here). */
  'syscall-exit': { nr: 'u32', outcome: 'u8', result: 'i64', captures: { list: capture } },
  /** A named step of the translation, `variables` as JSON. */
  step: { label: 'str', variables: 'str' },
  /** A native operation made by a translated call: `arguments` already as text, `error` a native errno's name or empty. */
  'native-call': { name: 'str', arguments: 'str', result: 'i64', error: 'str' },
  /** kevent1 by its versioned name: the change list in, the event list out. `kqueue`: file id; `fd`: its number in the process. */
  'kevent-call': {
    name: 'str',
    fd: 'i32',
    kqueue: 'u32',
    changes: { list: kevent },
    room: 'u32',
    events: { list: kevent },
    result: 'i64',
    error: 'str',
  },
  /** A knote is made. `ident` the descriptor (or other ident), `object` the watched file's id (0: none). */
  'knote-attach': {
    knote: 'u32',
    kqueue: 'u32',
    kqueueFd: 'i32',
    ident: 'f64',
    filter: 'u32',
    filterName: 'str',
    flags: 'u32',
    fflags: 'u32',
    ext0: 'u64',
    object: 'u32',
  },
  /** Its flags, fflags or enabled state were changed; `status` is kn_status. */
  'knote-update': { knote: 'u32', flags: 'u32', fflags: 'u32', status: 'u32' },
  /** Its condition became true and it was put into the kqueue's queue. `waker`: the thread that caused it (0: a timer or the outside). */
  'knote-activate': { knote: 'u32', data: 'f64', flags: 'u32', fflags: 'u32', status: 'u32' },
  /** It left the queue without a record: disabled, or the condition no longer held. */
  'knote-drop': { knote: 'u32', status: 'u32' },
  /** It was copied to a waiter. `status` is what it is afterwards. */
  'knote-deliver': { knote: 'u32', data: 'f64', flags: 'u32', fflags: 'u32', status: 'u32' },
  'knote-detach': { knote: 'u32' },
  /** An epoll instance (or kqueue) is made or goes. `mechanism`: 0 kqueue, 1 Linux's own epoll. */
  'epoll-create': { epoll: 'u32', fd: 'i32', mechanism: 'u8' },
  'epoll-close': { epoll: 'u32' },
  /** Linux's line: interest in `fd` is added (1), removed (2) or changed (3). `object`: the watched file's id. */
  'epoll-interest': { epoll: 'u32', epfd: 'i32', op: 'u8', fd: 'i32', object: 'u32', events: 'u32', data: 'u64' },
  /** Linux's own epoll: an item entered the ready list. */
  'epoll-ready': { epoll: 'u32', fd: 'i32', object: 'u32', events: 'u32' },
  /** A record of struct epoll_event was delivered. */
  'epoll-deliver': { epoll: 'u32', fd: 'i32', object: 'u32', events: 'u32', data: 'u64' },
  /** A thread waits in a call, and what for; and is woken: by whom (tid, 0: timer or outside). */
  sleep: { message: 'str', epoll: 'u32' },
  wake: { by: 'u32', reason: 'str' },
  'inotify-create': { instance: 'u32', fd: 'i32' },
  'inotify-close': { instance: 'u32' },
  /** A watch is made or changed (`mask` as asked); `vnode` tells watches of one object. */
  'inotify-watch': { instance: 'u32', wd: 'i32', mask: 'u32', path: 'str', vnode: 'u32' },
  'inotify-unwatch': { instance: 'u32', wd: 'i32' },
  /** A record was put into the queue, whose length is then `depth`. */
  'inotify-enqueue': { instance: 'u32', wd: 'i32', mask: 'u32', cookie: 'u32', name: 'str', depth: 'u32' },
  /** A record was not queued because it equals the last one (Linux). */
  'inotify-merge': { instance: 'u32', wd: 'i32', mask: 'u32', name: 'str' },
  /** The queue was full: this was lost. */
  'inotify-overflow': { instance: 'u32', wd: 'i32', mask: 'u32', name: 'str' },
  /** A read took `count` records from the front. */
  'inotify-read': { instance: 'u32', count: 'u32', bytes: 'u32', depth: 'u32' },
  /** Something happened to a file: NetBSD's vnode notes. `operation`: create, unlink, rename, write…. */
  'vnode-note': { vnode: 'u32', notes: 'u32', operation: 'str', path: 'str' },
  /** A descriptor now refers to a file. `type` is the file's type, `flags` its open flags in Linux's numbers. */
  'fd-open': { fd: 'i32', file: 'u32', type: 'str', description: 'str', flags: 'u32', closeOnExec: 'u8' },
  'fd-close': { fd: 'i32', file: 'u32' },
  /** A word on the state of an object, for the graph: bytes in a buffer, a counter, a peer's file id. `due`: when a timer fires, monotonic ns; 0: never. */
  'object-state': { file: 'u32', readable: 'f64', writable: 'f64', peer: 'u32', due: 'f64', note: 'str' },
  'process-start': { parent: 'u32', how: 'str' },
  exec: { path: 'str', arguments: { list: { text: 'str' } } },
  'process-exit': { status: 'i32', signal: 'u8', core: 'u8' },
  'thread-start': { creator: 'u32', name: 'str' },
  'thread-exit': { status: 'i32' },
  /** A signal reaches a thread. `action`: 0 ignored, 1 handler, 2 terminates, 3 stops, 4 continues. Linux's numbers. `siginfo`: struct siginfo, 128 bytes or fewer. */
  signal: { signo: 'u8', action: 'u8', code: 'i32', sender: 'u32', address: 'f64', handler: 'f64', siginfo: 'bytes' },
  divergence: { id: 'str', detail: 'str' },
  /** What the run is, told by the thread that the program begins with. `realtime`: ns since 1970 at monotonic 0, as text. */
  session: { version: 'u16', personality: 'str', realtime: 'str', program: 'str' },
  /** The process's working directory is now this. */
  cwd: { path: 'str' },
  /**
   * Where the queue of Linux's inotify, kept beside NetBSD's, differs from it; a record that none of these speaks of is in both.
   * `what`: 0 queued by Linux only, 1 by NetBSD only, 2 merged or lost by Linux, 3 in both, but by Linux with this mask, cookie and name.
   * `record`: which one of NetBSD's of this instance, from 0; NO_RECORD: none. `depth`: the length of Linux's queue then.
   */
  'inotify-shadow': {
    instance: 'u32',
    what: 'u8',
    record: 'u32',
    wd: 'i32',
    mask: 'u32',
    cookie: 'u32',
    name: 'str',
    depth: 'u32',
  },
  /** A read, told after its `inotify-read` if it has one, takes something else from Linux's queue: `count` records, `ghosts` of them queued by Linux only. */
  'inotify-shadow-read': { instance: 'u32', count: 'u32', ghosts: 'u32', depth: 'u32' },
  /**
   * What Linux's own epoll would have beside a kqueue (its shadow): an interest as it stands in Linux's tree (`what` 0), that it came into the ready
   * list (1), was told with `events` (2), was found not to be ready (3), is gone (4).
   */
  'epoll-shadow': { epoll: 'u32', what: 'u8', fd: 'i32', object: 'u32', events: 'u32' },
} as const satisfies Record<string, Schema>

/** `what` of an epoll-shadow. */
export const SHADOW_INTEREST = 0
export const SHADOW_READY = 1
export const SHADOW_TOLD = 2
export const SHADOW_DROPPED = 3
export const SHADOW_GONE = 4

export type EventKind = keyof typeof schemas

/** The kinds in the order of their numbers in the header. Only ever append. */
export const kinds = Object.keys(schemas) as readonly EventKind[]
export const kindNumber = Object.fromEntries(kinds.map((k, i) => [k, i])) as Readonly<Record<EventKind, number>>

export interface EventHeader {
  readonly pid: number
  readonly tid: number
  /** ns of the guest's monotonic clock. */
  readonly time: number
  /** Blocks the thread had executed: with the event's number its exact position. */
  readonly blocks: number
}

export type EventOf<K extends EventKind> = {
  readonly kind: K /** Number in the run, from 0. */
  readonly index: number
} & EventHeader &
  Decoded<(typeof schemas)[K]>
export type AnyEvent = { [K in EventKind]: EventOf<K> }[EventKind]

/** `inotify-shadow`: what, and for `record` that there is none. */
export const LINUX_ONLY = 0
export const NETBSD_ONLY = 1
export const LINUX_MERGED = 2
export const LINUX_OTHERWISE = 3
export const NO_RECORD = 0xffff_ffff

export const OUTCOME_RETURNED = 0
export const OUTCOME_RESTART = 1
export const OUTCOME_NEVER_RETURNS = 2
export const OUTCOME_UNIMPLEMENTED = 3
