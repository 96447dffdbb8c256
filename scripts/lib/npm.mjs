import { existsSync, readFileSync, statSync } from 'node:fs'
import { Failure } from './failure.mjs'
import { inRoot } from './paths.mjs'
import { say, step } from './progress.mjs'
import { digest, isFresh, remember } from './stamp.mjs'
import { which } from './which.mjs'

const OLDEST_NODE = 20

/** npm names each package it has fetched. Silence is a connection that hangs, which npm itself has been seen to wait on for 90 minutes. */
const SILENCE_MS = 180_000
const DOWNLOADS = 3

export function ensureNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < OLDEST_NODE) {
    throw new Failure(`Interlinear needs Node ${OLDEST_NODE} or newer; this is ${process.versions.node}.`)
  }
}

/** Brings node_modules up to what package-lock.json says. */
export async function ensureNpmPackages() {
  const lock = inRoot('package-lock.json')
  const installed = inRoot('node_modules', '.package-lock.json')
  const { workspaces = [] } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
  const manifests = [inRoot('package.json'), ...workspaces.map(name => inRoot(name, 'package.json'))]
  const wanted = digest([lock, ...manifests].filter(existsSync), [process.version])
  if (isFresh('npm', wanted, [installed])) return
  if (!broughtUpByHand(installed, lock)) {
    const command = existsSync(lock) ? 'ci' : 'install'
    await step('npm', `npm packages (npm ${command})`, run => download(run, command))
  }
  remember('npm', digest([lock, ...manifests].filter(existsSync), [process.version]))
}

/** A download that fails or hangs is begun anew: what npm has fetched stays in its cache. */
async function download(run, command) {
  const args = [command, '--no-audit', '--no-fund', '--loglevel', 'http']
  for (let begun = 1; begun < DOWNLOADS; begun++) {
    if (await run(npm(), args, { silence: SILENCE_MS, optional: true })) return
    say(`  npm ${command} failed or hung: again (${begun + 1} of ${DOWNLOADS})`)
  }
  await run(npm(), args, { silence: SILENCE_MS })
}

/** `npm ci` or `npm install` was run by the user after the lock file last changed. */
function broughtUpByHand(installed, lock) {
  return existsSync(installed) && existsSync(lock) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs
}

export function npm() {
  const found = which('npm')
  if (found === undefined) throw new Failure('npm is not on PATH; it comes with Node (on Debian in the package npm).')
  return found
}
