// Writes emulator-core/src/events/syscall-names.ts from the table of Linux calls: `events` may not import the personality's tables.
import { readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from './lib/paths.mjs'

const { syscalls } = JSON.parse(
  readFileSync(inRoot('emulator-core/src/compat-linux/tables/linux-amd64-syscalls.json'), 'utf8'),
)
const lines = ['']
let next = 0
for (const { nr, name } of syscalls) {
  if (typeof name !== 'string') continue
  const word = nr === next ? name : `${nr}:${name}`
  next = nr + 1
  const line = lines[lines.length - 1]
  if (line.length + word.length > 110) lines.push(word)
  else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
}
writeFileSync(
  inRoot('emulator-core/src/events/syscall-names.ts'),
  `/** Linux x86-64's system calls. Made by scripts/generate-syscall-names.mjs; numbers go up by one unless one is given. */
const NAMES = \`
${lines.map(line => `  ${line}`).join('\n')}\`

export const syscallNames: readonly (readonly [nr: number, name: string])[] = numbered(NAMES)

function numbered(text: string): [number, string][] {
  const found: [number, string][] = []
  let next = 0
  for (const word of text.trim().split(/\\s+/)) {
    const at = word.indexOf(':')
    if (at >= 0) next = Number(word.slice(0, at))
    found.push([next++, word.slice(at + 1)])
  }
  return found
}
`,
)
