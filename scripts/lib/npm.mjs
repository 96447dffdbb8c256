import { existsSync, readFileSync, statSync } from 'node:fs'
import { Failure } from './failure.mjs'
import { inRoot } from './paths.mjs'
import { step } from './progress.mjs'
import { digest, isFresh, remember } from './stamp.mjs'
import { which } from './which.mjs'

const OLDEST_NODE = 20

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
    await step('npm', `npm packages (npm ${command})`, run => run(npm(), [command, '--no-audit', '--no-fund']))
  }
  remember('npm', digest([lock, ...manifests].filter(existsSync), [process.version]))
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
