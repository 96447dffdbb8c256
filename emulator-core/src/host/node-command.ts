/** What the command was started with, to the byte. */
import { readFileSync, readlinkSync } from 'node:fs'
import { textOf } from './host-text.ts'

/** What Node puts in the place of bytes that are not UTF-8. */
const LOST = '\ufffd'

export interface CommandStart {
  readonly words: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Node's own reading of it, but where that lost something Linux's. */
export function commandStart(): CommandStart {
  const words = process.argv.slice(2)
  const cwd = process.cwd()
  return {
    words: words.some(isLossy) ? (original(words) ?? words) : words,
    cwd: isLossy(cwd) ? (tried(() => textOf(readlinkSync('/proc/self/cwd', 'buffer'))) ?? cwd) : cwd,
    environment: Object.values(process.env).some(v => v !== undefined && isLossy(v))
      ? (originalEnvironment() ?? process.env)
      : process.env,
  }
}

function isLossy(text: string): boolean {
  return text.includes(LOST)
}

function tried<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The last of the words, because Node's own come before them. */
function original(words: readonly string[]): string[] | undefined {
  return strings('cmdline')?.slice(-words.length)
}

function originalEnvironment(): Record<string, string> | undefined {
  const list = strings('environ')
  return (
    list && Object.fromEntries(list.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  )
}

/** Strings with a zero behind each. */
function strings(file: 'cmdline' | 'environ'): string[] | undefined {
  const bytes = tried(() => readFileSync(`/proc/self/${file}`))
  if (bytes === undefined) return undefined
  const list: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at)
    const stop = end < 0 ? bytes.length : end
    list.push(textOf(bytes.subarray(at, stop)))
    at = stop + 1
  }
  return list
}
