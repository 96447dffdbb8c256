/** ioctl(2): Linux's numbers and structures to typed requests and back (linux_ioctl.c, linux_termios.c). */

import { AnonymousFile } from '../linux/anonymous-file.ts'
import { UserFaultDevice } from '../linux/userfault-device.ts'
import { meets } from '../native/divergence.ts'
import { EINVAL, ENOTTY } from '../native/errno.ts'
import { type File, FNONBLOCK, type IoctlRequest, type Termios } from '../native/file.ts'
import { Pidfd } from '../native/ipc/pidfd.ts'
import { Socket } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { setAsync } from '../native/signal/io.ts'
import { isKthread, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import { NamespaceFile } from '../native/vfs/proc/namespaces.ts'
import type { CallFamily } from './call.ts'
import { fileOf, notPath } from './file-arguments.ts'
import { namespaceIoctl } from './namespace-ioctl.ts'
import { allocateDescriptor, O_CLOEXEC } from './new-descriptor.ts'
import { linux_to_bsd_ioflags } from './open-flags.ts'
import { pidfdIoctl } from './pidfd-ioctl.ts'
import { socketIoctl } from './socket-ioctl.ts'

/** How one number is done: the request made from the guest's memory, the answer put back, and the call's result if it is part of the answer. */
interface Translation<R extends IoctlRequest> {
  readonly take: (l: Lwp, argument: number) => R
  readonly give?: (l: Lwp, argument: number, request: R) => void
  readonly result?: (l: Lwp, argument: number, request: R) => number
}

type AnyTranslation = Translation<IoctlRequest>

function translate<R extends IoctlRequest>(
  take: Translation<R>['take'],
  give?: Translation<R>['give'],
  result?: Translation<R>['result'],
): AnyTranslation {
  return { take, give, result } as unknown as AnyTranslation
}

type Request<K extends IoctlRequest['kind']> = Extract<IoctlRequest, { kind: K }>

/** A number as the answer. */
const answersInt = (l: Lwp, argument: number, r: { answer: number }): void =>
  l.memory.writeU32(argument, r.answer >>> 0)

const NCCS = 19
const TERMIOS_BYTES = 17 + NCCS

/** struct termios of the kernel: four words of flags, a line discipline, the control characters. */
function readTermios(l: Lwp, address: number): Termios {
  const bytes = l.memory.copyin(address, TERMIOS_BYTES)
  const v = new DataView(bytes.buffer)
  const [iflag, oflag, cflag, lflag] = [0, 4, 8, 12].map(at => v.getUint32(at, true))
  return { iflag, oflag, cflag, lflag, cc: bytes.slice(17) }
}

function writeTermios(l: Lwp, address: number, r: Request<'TIOCGETA'>): void {
  if (r.answer === undefined) throw ENOTTY
  const bytes = new Uint8Array(TERMIOS_BYTES)
  const v = new DataView(bytes.buffer)
  const { iflag, oflag, cflag, lflag, cc } = r.answer
  ;[iflag, oflag, cflag, lflag].forEach((flags, i) => {
    v.setUint32(4 * i, flags, true)
  })
  bytes.set(cc.subarray(0, NCCS), 17)
  l.memory.copyout(address, bytes)
}

const setTermios = (when: 'now' | 'drain' | 'flush'): AnyTranslation =>
  translate<Request<'TIOCSETA'>>((l, a) => ({ kind: 'TIOCSETA', when, termios: readTermios(l, a) }))

const NCC = 8

/** struct termio, System V's: half of each word, and fewer control characters. */
function writeTermio(l: Lwp, address: number, r: Request<'TIOCGETA'>): void {
  if (r.answer === undefined) throw ENOTTY
  const { iflag, oflag, cflag, lflag, cc } = r.answer
  const bytes = new Uint8Array(18)
  bytes.set(new Uint8Array(Uint16Array.of(iflag, oflag, cflag, lflag).buffer))
  bytes.set(cc.subarray(0, NCC), 9)
  l.memory.copyout(address, bytes)
}

function writeWindowSize(l: Lwp, address: number, r: Request<'TIOCGWINSZ'>): void {
  if (r.answer === undefined) throw ENOTTY
  const { rows, columns, xpixel, ypixel } = r.answer
  l.memory.copyout(address, new Uint8Array(Uint16Array.of(rows, columns, xpixel, ypixel).buffer))
}

const TCSBRK = 0x5409
const TCXONC = 0x540a
const TCFLSH = 0x540b
const TCIFLUSH = 0
const TCOFLUSH = 1
const TCIOFLUSH = 2

/** @throws EINVAL */
function flushRequest(queue: number): IoctlRequest {
  if (queue !== TCIFLUSH && queue !== TCOFLUSH && queue !== TCIOFLUSH) throw EINVAL
  return { kind: 'TIOCFLUSH', input: queue !== TCOFLUSH, output: queue !== TCIFLUSH }
}

const TCOOFF = 0
const TCION = 3

/** tcflow(3): output held or let go on, or the other side asked to do so. @throws EINVAL */
function flowRequest(action: number): IoctlRequest {
  const requests = [
    { kind: 'TIOCSTOP' },
    { kind: 'TIOCSTART' },
    { kind: 'TIOCASK', stop: true },
    { kind: 'TIOCASK', stop: false },
  ] as const
  if (action < TCOOFF || action > TCION) throw EINVAL
  return requests[action]
}

const asksInt = <K extends 'TIOCGPTN' | 'TIOCGPTLCK' | 'TIOCGPKT' | 'TIOCGEXCL' | 'TIOCOUTQ' | 'TIOCGETD'>(kind: K) =>
  translate<Extract<IoctlRequest, { kind: K; answer: number }>>(
    () => ({ kind, answer: 0 }) as Extract<IoctlRequest, { kind: K; answer: number }>,
    answersInt,
  )

/** Requests that Linux got after NetBSD's translation was written. */
const LATER: ReadonlyMap<number, string> = new Map([
  [0x8004_5438, 'TIOCGPKT'],
  [0x8004_5439, 'TIOCGPTLCK'],
  [0x8004_5440, 'TIOCGEXCL'],
  [0x5441, 'TIOCGPTPEER'],
])

const translations = new Map<number, AnyTranslation>([
  [0x541b, translate<Request<'FIONREAD'>>(() => ({ kind: 'FIONREAD', answer: 0 }), answersInt)],
  [0x5405, translate<Request<'TIOCGETA'>>(() => ({ kind: 'TIOCGETA', answer: undefined }), writeTermio)],
  [0x8004_5200, translate<Request<'RNDGETENTCNT'>>(() => ({ kind: 'RNDGETENTCNT', answer: 0 }), answersInt)],
  [0x5401, translate<Request<'TIOCGETA'>>(() => ({ kind: 'TIOCGETA', answer: undefined }), writeTermios)],
  [0x5402, setTermios('now')],
  [0x5403, setTermios('drain')],
  [0x5404, setTermios('flush')],
  [0x5413, translate<Request<'TIOCGWINSZ'>>(() => ({ kind: 'TIOCGWINSZ', answer: undefined }), writeWindowSize)],
  [0x5414, translate((l, a) => ({ kind: 'TIOCSWINSZ', rows: l.memory.readU16(a), columns: l.memory.readU16(a + 2) }))],
  [0x540f, translate<Request<'TIOCGPGRP'>>(() => ({ kind: 'TIOCGPGRP', answer: 0 }), answersInt)],
  [0x5410, translate((l, a) => ({ kind: 'TIOCSPGRP', group: l.memory.readI32(a) }))],
  [0x5429, translate<Request<'TIOCGSID'>>(() => ({ kind: 'TIOCGSID', answer: 0 }), answersInt)],
  [0x540e, translate(() => ({ kind: 'TIOCSCTTY' }))],
  [0x5422, translate(() => ({ kind: 'TIOCNOTTY' }))],
  // With 0 it sends a break, which only serial lines have; otherwise it is tcdrain(3).
  [TCSBRK, translate(() => ({ kind: 'TIOCDRAIN' }))],
  [TCFLSH, translate((_l, a) => flushRequest(a | 0))],
  [TCXONC, translate((_l, a) => flowRequest(a | 0))],
  [0x540c, translate(() => ({ kind: 'TIOCEXCL' }))],
  [0x540d, translate(() => ({ kind: 'TIOCNXCL' }))],
  [0x8004_5440, asksInt('TIOCGEXCL')],
  [0x5411, asksInt('TIOCOUTQ')],
  [0x5424, asksInt('TIOCGETD')],
  [0x5420, translate((l, a) => ({ kind: 'TIOCPKT', on: l.memory.readI32(a) !== 0 }))],
  [0x8004_5438, asksInt('TIOCGPKT')],
  [0x8004_5430, asksInt('TIOCGPTN')],
  [0x8004_5439, asksInt('TIOCGPTLCK')],
  [
    0x5441,
    translate<Request<'TIOCGPTPEER'>>(
      (_l, a) => ({ kind: 'TIOCGPTPEER', flags: linux_to_bsd_ioflags(a), answer: undefined }),
      undefined,
      (l, a, r) => (r.answer === undefined ? 0 : allocateDescriptor(l, r.answer, (a & O_CLOEXEC) !== 0)),
    ),
  ],
  [0x4004_5431, translate((l, a) => ({ kind: 'TIOCSPTLCK', locked: l.memory.readI32(a) !== 0 }))],
])

const FIOCLEX = 0x5451
const FIONCLEX = 0x5450
const FIONBIO = 0x5421
const FIOASYNC = 0x5452

function linux_sys_ioctl(l: Lwp, fd: number, command: number, argument: number): MaybeBlocking<number> {
  const file = notPath(fileOf(l, fd))
  const number = command >>> 0
  switch (number) {
    case FIOCLEX:
    case FIONCLEX:
      return setCloseOnExec(l, fd | 0, number === FIOCLEX)
    case FIONBIO:
      file.setFlags(l, FNONBLOCK)
      return setFlag(file, FNONBLOCK, l.memory.readI32(argument) !== 0)
    case FIOASYNC:
      setAsync(l, file, fd | 0, l.memory.readI32(argument) !== 0)
      return 0
  }
  if (file instanceof Socket) {
    const answer = socketIoctl(l, file, number, argument)
    if (answer !== undefined) return answer
  }
  if (file instanceof Pidfd) {
    const answer = pidfdIoctl(l, file, number, argument)
    if (answer !== undefined) return answer
  }
  if (file instanceof NamespaceFile) return namespaceIoctl(l, file, number, argument)
  if (file instanceof UserFaultDevice) return file.control(l, number, argument)
  const own = file instanceof AnonymousFile ? file.control(l, number, argument) : undefined
  if (own !== undefined) return own
  const translation = translations.get(number)
  if (translation === undefined) throw ENOTTY
  const later = LATER.get(number)
  if (later !== undefined && meets(l, 'ioctl.later-terminals', later)) throw ENOTTY
  const request = translation.take(l, argument)
  const result = file.ioctl(l, request)
  if (isKthread(result)) return giveLater(l, argument, result, request, translation)
  translation.give?.(l, argument, request)
  return translation.result?.(l, argument, request) ?? result
}

function* giveLater(
  l: Lwp,
  argument: number,
  work: Kthread<number>,
  request: IoctlRequest,
  translation: AnyTranslation,
): Kthread<number> {
  const result = yield* work
  translation.give?.(l, argument, request)
  return translation.result?.(l, argument, request) ?? result
}

function setFlag(file: File, flag: number, on: boolean): number {
  file.flags = on ? file.flags | flag : file.flags & ~flag
  return 0
}

function setCloseOnExec(l: Lwp, fd: number, on: boolean): number {
  const slot = l.fd.slot(fd)
  if (slot !== undefined) slot.closeOnExec = on
  return 0
}

export const ioctlCalls: CallFamily = { ioctl: linux_sys_ioctl }
