// Writes emulator-core/src/compat-linux/tables/netbsd-calls.ts from the table of Linux calls: what of it a run needs, small enough to load at once.
import { readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from './lib/paths.mjs'

const tables = 'emulator-core/src/compat-linux/tables'
const { syscalls } = JSON.parse(readFileSync(inRoot(`${tables}/linux-amd64-syscalls.json`), 'utf8'))
const named = syscalls.filter(call => typeof call.name === 'string')

function wrapped(words) {
  const lines = ['']
  for (const word of words) {
    if (lines.at(-1).length + word.length > 115) lines.push('')
    lines[lines.length - 1] += `${lines.at(-1) === '' ? '  ' : ' '}${word}`
  }
  return lines.join('\n')
}

const missing = named.filter(call => call.status === 'unimplemented').map(call => call.name)
const native = named.filter(call => call.status === 'native')
const renamed = named
  .filter(call => call.status !== 'unimplemented')
  .map(call => ({ name: call.name, native: call.status === 'native', function: call.handler ?? call.native_syscall }))
  .filter(call => call.function !== undefined && call.function !== `${call.native ? '' : 'linux_'}sys_${call.name}`)

writeFileSync(
  inRoot(`${tables}/netbsd-calls.ts`),
  `/** How NetBSD's table of Linux calls (sys/compat/linux/arch/amd64/syscalls.master) answers. Made by scripts/generate-netbsd-calls.mjs. */

/** Calls that Linux has and NetBSD's emulation does not: ENOSYS. */
export const MISSING = \`
${wrapped(missing)}
\`

/** Calls whose entry is NetBSD's own function; the others are translated by a linux_sys_ one. */
export const NATIVE = \`
${wrapped(native.map(call => call.name))}
\`

/** Functions whose name is not that of the call. */
export const RENAMED = \`
${wrapped(renamed.map(call => `${call.name}=${call.function}`))}
\`
`,
)
