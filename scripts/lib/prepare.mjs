import { ensureSystemPackages } from './apt.mjs'
import { ensureBundles } from './bundles.mjs'
import { ensureAddons } from './engine.mjs'
import { ensureNode, ensureNpmPackages } from './npm.mjs'

/** Everything that has to be there before anything can run: system packages for `purposes`, npm packages, what is in Rust, the bundles. */
export async function prepare(purposes = []) {
  ensureNode()
  await ensureSystemPackages(purposes)
  await ensureNpmPackages()
  await ensureAddons()
  await ensureBundles()
}
