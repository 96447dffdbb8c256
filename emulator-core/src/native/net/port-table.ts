/**
 * Who has which port of one protocol: in_pcb's and in6_pcb's lookups (sys/netinet/in_pcb.c, sys/netinet6/in6_pcb.c). Which addresses may share a port, and who of several gets
 * what comes, is as Linux has it (socket(7) SO_REUSEADDR and SO_REUSEPORT).
 */
import { EADDRINUSE, EADDRNOTAVAIL } from '../errno.ts'
import type { Socket } from '../ipc/socket.ts'
import { ANY4, ANY6, type Endpoint, isIpv4 } from './address.ts'

/** net.ipv4.ip_local_port_range. */
export const FIRST_EPHEMERAL = 32768
export const LAST_EPHEMERAL = 60999

export interface PortUser {
  readonly socket: Socket
  readonly bound: Endpoint | undefined
  /** Receives only from there. */
  readonly peer: Endpoint | undefined
  readonly isListening: boolean
}

/** Whether the addresses at which two sockets receive have one in common. */
function overlap(a: PortUser, b: PortUser): boolean {
  if (a.bound === undefined || b.bound === undefined) return false
  return covers(a, b.bound.ip) || covers(b, a.bound.ip) || (takesBoth(a) && b.bound.ip === ANY4)
}

function takesBoth(user: PortUser): boolean {
  return user.bound?.ip === ANY6 && !user.socket.options.isOn('IPV6_V6ONLY')
}

/** Whether what goes to `ip` reaches a socket by its address. */
export function covers(user: PortUser, ip: string): boolean {
  const own = user.bound?.ip
  if (own === ip) return true
  if (own === ANY4) return isIpv4(ip)
  return own === ANY6 && (!isIpv4(ip) || !user.socket.options.isOn('IPV6_V6ONLY'))
}

/** How well a socket's addresses fit a packet; -1: not at all. */
function fitness(user: PortUser, to: Endpoint, from: Endpoint): number {
  if (!covers(user, to.ip)) return -1
  const { peer, bound } = user
  if (peer !== undefined && !user.isListening && (peer.ip !== from.ip || peer.port !== from.port)) return -1
  return (peer === undefined ? 0 : 4) + (bound?.ip === to.ip ? 2 : 0) + (bound?.ip === ANY6 && isIpv4(to.ip) ? 0 : 1)
}

function hash(from: Endpoint): number {
  let h = from.port * 2654435761
  for (let i = 0; i < from.ip.length; i++) h = (h * 31 + from.ip.charCodeAt(i)) >>> 0
  return (h ^ (h >>> 15)) >>> 0
}

export class PortTable<User extends PortUser> {
  readonly #users = new Map<number, User[]>()
  #next = FIRST_EPHEMERAL

  /** The newest first. */
  at(port: number): readonly User[] {
    return this.#users.get(port) ?? []
  }

  *all(): Iterable<User> {
    for (const users of this.#users.values()) yield* users
  }

  add(user: User): void {
    const port = user.bound?.port ?? 0
    const users = this.#users.get(port)
    if (users === undefined) this.#users.set(port, [user])
    else users.unshift(user)
  }

  remove(user: User, port: number): void {
    const left = this.at(port).filter(u => u !== user)
    if (left.length === 0) this.#users.delete(port)
    else this.#users.set(port, left)
  }

  /** Whether a socket may not have the address that it is about to be bound to, or to listen at. */
  conflicts(user: User, port: number): boolean {
    const { options, uid } = user.socket
    return this.at(port).some(other => {
      if (other === user || !overlap(user, other)) return false
      const theirs = other.socket.options
      const bothReuse = options.isOn('SO_REUSEADDR') && theirs.isOn('SO_REUSEADDR')
      if (bothReuse && !other.isListening) return false
      return !(options.isOn('SO_REUSEPORT') && theirs.isOn('SO_REUSEPORT') && uid === other.socket.uid)
    })
  }

  /** Who gets what comes from `from` to `to`: the one whose address says the most; of equals that share by SO_REUSEPORT each gets his part, of others the newest. */
  best(to: Endpoint, from: Endpoint, may: (user: User) => boolean): User | undefined {
    let found: User[] = []
    let most = -1
    for (const user of this.at(to.port)) {
      const score = may(user) ? fitness(user, to, from) : -1
      if (score > most) [found, most] = [[user], score]
      else if (score === most && score >= 0) found.push(user)
    }
    const shared = found.length > 1 && found[0].socket.options.isOn('SO_REUSEPORT')
    return shared ? found[hash(from) % found.length] : found[0]
  }

  /** A port that nobody has. `isFree`: whether one will do; `range`: IP_LOCAL_PORT_RANGE. @throws EADDRINUSE, EADDRNOTAVAIL for a connection. */
  ephemeral(isFree: (port: number) => boolean, connects: boolean, range = 0): number {
    const { first, last } = narrowed(range)
    // As Linux does, connections take even numbers and bind(2) odd ones, as long as there are such.
    for (const parity of [connects ? 0 : 1, connects ? 1 : 0]) {
      for (let tried = first; tried <= last + 1; tried += 2) {
        if (this.#next < first || this.#next > last) this.#next = first & ~1
        const port = (this.#next & ~1) | parity
        this.#next += 2
        if (port >= first && port <= last && isFree(port)) return port
      }
    }
    throw connects ? EADDRNOTAVAIL : EADDRINUSE
  }
}

/** The system's range, each end of it replaced by the program's (the last port in the upper half) if that is inside (inet_sk_get_local_port_range). */
function narrowed(range: number): { first: number; last: number } {
  const isInside = (port: number): boolean => port >= FIRST_EPHEMERAL && port <= LAST_EPHEMERAL
  const [first, last] = [range & 0xffff, range >>> 16]
  return { first: isInside(first) ? first : FIRST_EPHEMERAL, last: isInside(last) ? last : LAST_EPHEMERAL }
}
