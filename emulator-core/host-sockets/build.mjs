// Builds the addon and puts it beside index.js.
import { execFileSync } from 'node:child_process'
import { copyFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))
const library = {
  darwin: 'libhost_sockets.dylib',
  win32: 'host_sockets.dll',
}[process.platform]

execFileSync('cargo', ['build', '--release', '--locked', '--manifest-path', join(folder, 'Cargo.toml')], {
  stdio: 'inherit',
})
const built = join(folder, 'target', 'release', library ?? 'libhost_sockets.so')
const target = join(folder, 'host-sockets.node')
// By way of another name: a process that has the old file open keeps it.
copyFileSync(built, `${target}.new`)
renameSync(`${target}.new`, target)
