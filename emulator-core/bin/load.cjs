// Loads a CommonJS bundle with V8's code cache, which halves the time from the shell's prompt to the guest's first instruction.
'use strict'

const { readFileSync } = require('node:fs')
const { dirname } = require('node:path')
const { Script } = require('node:vm')

const PARAMETERS = '(function (exports, require, module, __filename, __dirname) {'

function read(file) {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

/** The bundle as a script; a cache made by another Node or from another bundle is refused by V8 and then merely unused. */
exports.compile = (bundle, cache) =>
  // The bundle is ASCII (scripts/lib/bundles.mjs sees to it): as latin1 it is taken as it is.
  new Script(`${PARAMETERS}${readFileSync(bundle, 'latin1')}\n})`, {
    filename: bundle,
    cachedData: cache === undefined ? undefined : read(cache),
  })

/** Runs it as `require` would have; what it requires is found from this folder as well as from its own. */
exports.run = (script, bundle) => {
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, bundle, dirname(bundle))
  return module.exports
}
