// Builds the addon and puts it beside index.js.
import { execFileSync } from 'node:child_process'
import { copyFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))
const library = {
  darwin: 'libunicorn_engine_node.dylib',
  win32: 'unicorn_engine_node.dll',
}[process.platform]

execFileSync('cargo', ['build', '--release', '--locked', '--manifest-path', join(folder, 'Cargo.toml')], {
  stdio: 'inherit',
})
const built = join(folder, 'target', 'release', library ?? 'libunicorn_engine_node.so')
const target = join(folder, 'unicorn-engine-node.node')
// By way of another name: a process that has the old file open keeps it.
copyFileSync(built, `${target}.new`)
renameSync(`${target}.new`, target)
