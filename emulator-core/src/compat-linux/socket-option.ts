/** How one socket option is read and written: the entries of the tables beside this file are made here. */
import { EDOM, EINVAL, type Errno } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import type { SocketOption } from '../native/ipc/socket-option.ts'
import type { Lwp } from '../native/lwp.ts'

export interface OptionWork {
  /** Whether NetBSD's table has it (linux_socket.c:linux_to_bsd_so_sockopt and its relatives). */
  readonly netbsd?: true
  /** A number is written as an int. Absent: it can only be set. */
  readonly get?: (l: Lwp, socket: Socket, room: number) => number | Uint8Array
  /** `value` has not been looked at. Absent: it can only be read. */
  readonly set?: (l: Lwp, socket: Socket, value: OptionValue) => void
}

/** The options of one level by Linux's number. */
export type OptionTable = Readonly<Record<number, OptionWork>>

/** What a program gives setsockopt(2). */
export class OptionValue {
  readonly #l: Lwp
  readonly #at: number
  readonly length: number
  /** Options of IPPROTO_IP may be a single byte. */
  readonly #mayBeByte: boolean

  constructor(l: Lwp, at: number, length: number, mayBeByte: boolean) {
    this.#l = l
    this.#at = at
    this.length = length
    this.#mayBeByte = mayBeByte
  }

  /** @throws EINVAL if it is too short, EFAULT. */
  int(): number {
    if (this.length >= 4) return this.#l.memory.readI32(this.#at)
    if (!this.#mayBeByte) throw EINVAL
    return this.length >= 1 ? this.#l.memory.copyin(this.#at, 1)[0] : 0
  }

  /** At least `least` bytes, at most `most`. @throws EINVAL, EFAULT. */
  bytes(least: number, most: number): Uint8Array {
    if (this.length < least) throw EINVAL
    return this.#l.memory.copyin(this.#at, Math.min(this.length, most))
  }

  /** A name of up to `most` bytes, without its zero. */
  text(most: number): string {
    const bytes = this.bytes(0, most)
    const end = bytes.indexOf(0)
    return new TextDecoder('latin1').decode(end < 0 ? bytes : bytes.subarray(0, end))
  }

  /** struct timeval as ns; none at all means for ever. @throws EINVAL, EDOM. */
  timeout(): number {
    if (this.length < 16) throw EINVAL
    const seconds = this.#l.memory.readI64(this.#at)
    const micros = this.#l.memory.readI64(this.#at + 8)
    if (micros < 0 || micros >= 1_000_000) throw EDOM
    if (seconds < 0) return 0
    return seconds === 0 && micros === 0 ? Number.POSITIVE_INFINITY : seconds * 1e9 + micros * 1e3
  }
}

/** Has the effect of an option where it is had at once, and remembers it. */
export function keep(l: Lwp, socket: Socket, option: SocketOption, value: number): void {
  socket.protocol.setOption?.(l, option, value)
  socket.options.set(option, value)
}

export function optionOf(socket: Socket, option: SocketOption): number {
  return socket.protocol.getOption?.(option) ?? socket.options.get(option)
}

const NETBSD = { netbsd: true } as const

/** Off or on. */
export function flag(option: SocketOption, netbsd = false): OptionWork {
  return {
    ...(netbsd ? NETBSD : {}),
    get: (_l, socket) => optionOf(socket, option),
    set: (l, socket, value) => keep(l, socket, option, value.int() !== 0 ? 1 : 0),
  }
}

/** A number; `accept` may change it, or throw. */
export function number(option: SocketOption, accept: (value: number, l: Lwp) => number, netbsd = false): OptionWork {
  return {
    ...(netbsd ? NETBSD : {}),
    get: (_l, socket) => optionOf(socket, option),
    set: (l, socket, value) => keep(l, socket, option, accept(value.int(), l)),
  }
}

/** Only numbers from `least` to `most`. @throws EINVAL (from what it makes). */
export const within =
  (least: number, most: number) =>
  (value: number): number => {
    if (value < least || value > most) throw EINVAL
    return value
  }

/** ints one after the other. */
export function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer)
}

/** Answers setsockopt with an error, whatever it is given. */
export const refusing = (error: Errno, get?: OptionWork['get']): OptionWork => ({
  ...(get === undefined ? {} : { get }),
  set: () => {
    throw error
  },
})

/** Only nothing can be set. `otherwise`: the error for anything else. */
export const onlyNothing = (otherwise: Errno): OptionWork => ({
  get: () => 0,
  set: (_l, _socket, value) => {
    if (value.int() !== 0) throw otherwise
  },
})

/** Options that only tell. */
export const tells = (get: (socket: Socket, l: Lwp) => number | Uint8Array, netbsd = false): OptionWork => ({
  ...(netbsd ? NETBSD : {}),
  get: (l, socket) => get(socket, l),
})
