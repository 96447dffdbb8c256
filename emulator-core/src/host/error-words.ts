/** An error of the host's system in the words of its strerror: `No such file or directory`. */
import { getSystemErrorMap } from 'node:util'

export function errorWords(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]
  if (words === undefined) return message ?? String(error)
  return words[0].toUpperCase() + words.slice(1)
}
