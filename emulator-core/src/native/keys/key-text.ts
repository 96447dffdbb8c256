/** /proc/keys and /proc/key-users: security/keys/proc.c. */
import { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { type Key, shownGid, VIEW } from './key.ts'
import { checkKey, isPossessed } from './key-search.ts'
import { keyringsOf } from './keyrings.ts'

const UNITS = [
  ['s', 60, 1],
  ['m', 3600, 60],
  ['h', 86_400, 3600],
  ['d', 604_800, 86_400],
] as const

function leftText(expiry: number, now: number): string {
  if (expiry === Number.POSITIVE_INFINITY) return 'perm'
  if (now >= expiry) return 'expd'
  const left = expiry - now
  const [unit, , size] = UNITS.find(([, below]) => left < below) ?? ['w', 0, 604_800]
  return `${Math.floor(left / size)}${unit}`
}

function contentsText(key: Key): string {
  if (key.negative) return ''
  if (key.isKeyring) return key.links.size === 0 ? ': empty' : `: ${key.links.size}`
  return `: ${key.payload.length}`
}

/** Those that the reader may see. How often one is held is not counted: it is in a keyring, or it is somebody's. */
export function keysText(kernel: Kernel): string {
  const l = kernel.current
  if (l === undefined) return ''
  const keyrings = keyringsOf(kernel)
  const { now } = keyrings
  let text = ''
  for (const key of keyrings.all()) {
    try {
      checkKey(l, { key, possessed: isPossessed(l, key) }, VIEW)
    } catch (error) {
      if (error instanceof Errno) continue
      throw error
    }
    const flag = (letter: string, set: boolean): string => (set ? letter : '-')
    const flags = `I${flag('R', key.revoked)}-Q-${flag('N', key.negative)}${flag('i', key.invalidated)}`
    text += `${hex(key.serial)} ${flags} ${'1'.padStart(5)} ${leftText(key.expiry, now).padStart(4)} ${hex(key.permissions)} \
${String(key.uid).padStart(5)} ${String(shownGid(key)).padStart(5)} ${key.type.name.padEnd(9).slice(0, 9)} ${key.description}${contentsText(key)}\n`
  }
  return text
}

const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0')

export function keyUsersText(kernel: Kernel): string {
  const keyrings = keyringsOf(kernel)
  let text = ''
  for (const [uid, use] of [...keyrings.use()].sort(([a], [b]) => a - b)) {
    const most = keyrings.quota(uid)
    const [held, counted] = [String(use.keys).padStart(5), `${use.keys}/${use.keys}`]
    text += `${String(uid).padStart(5)}: ${held} ${counted} ${use.keys}/${most.keys} ${use.bytes}/${most.bytes}\n`
  }
  return text
}
