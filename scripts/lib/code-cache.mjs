// usage: node code-cache.mjs BUNDLE CACHE
// Runs the command's bundle once, for its --version, and stores what V8 had compiled by then; emulator-core/bin/load.cjs uses it.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { inRoot } from './paths.mjs'

const [bundle, cache] = process.argv.slice(2)
const { compile, run } = createRequire(import.meta.url)(inRoot('emulator-core', 'bin', 'load.cjs'))

const script = compile(bundle)
process.argv = [process.execPath, bundle, '--version']
process.on('exit', () => writeFileSync(cache, script.createCachedData()))
run(script, bundle)
