// usage: node code-cache.mjs BUNDLE CACHE
// Runs the command's bundle once, with some small programs if the engine is there, and stores what V8 had compiled by then;
// emulator-core/bin/load.cjs uses it.
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { inRoot } from './paths.mjs'

const [bundle, cache] = process.argv.slice(2)
const { compile, run } = createRequire(import.meta.url)(inRoot('emulator-core', 'bin', 'load.cjs'))

const ENGINE = inRoot('emulator-core', 'unicorn-engine-node', 'unicorn-engine-node.node')
const SHELL = '/bin/sh'
/** What most programs need of the kernel, processes and pipes too; where there is no Linux to take a shell from, one of our examples. */
const GUEST =
  process.platform === 'linux' && process.arch === 'x64' && existsSync(SHELL)
    ? ['--', SHELL, '-c', 'for i in 1 2 3; do /bin/true; done; ls -l / | cat >/dev/null']
    : ['--sysroot', inRoot('test-workspace'), '--', '/bin/tour']
const hasEngine = existsSync(ENGINE)

const script = compile(bundle)
process.argv = [process.execPath, bundle, 'run', ...(hasEngine ? GUEST : [])]
process.on('exit', () => {
  writeFileSync(cache, script.createCachedData())
  // Without a program it ends with a word about that.
  if (!hasEngine) process.exitCode = 0
})
run(script, bundle)
