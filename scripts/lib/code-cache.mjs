// usage: node code-cache.mjs BUNDLE CACHE
// Runs the command's bundle once, with a small program if the engine is there, and stores what V8 had compiled by then;
// emulator-core/bin/load.cjs uses it.
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { inRoot } from './paths.mjs'

const [bundle, cache] = process.argv.slice(2)
const { compile, run } = createRequire(import.meta.url)(inRoot('emulator-core', 'bin', 'load.cjs'))

const ENGINE = inRoot('emulator-core', 'unicorn-engine-node', 'unicorn-engine-node.node')
const words = existsSync(ENGINE) ? ['run', '--sysroot', inRoot('test-workspace'), '--', '/bin/tour'] : ['--version']

const script = compile(bundle)
process.argv = [process.execPath, bundle, ...words]
process.on('exit', () => writeFileSync(cache, script.createCachedData()))
run(script, bundle)
