import { existsSync, readdirSync } from 'node:fs'
import { ensureSystemPackages } from './apt.mjs'
import { ensureRust } from './cargo.mjs'
import { Failure } from './failure.mjs'
import { npm } from './npm.mjs'
import { inRoot } from './paths.mjs'
import { step } from './progress.mjs'
import { digest, filesUnder, isFresh, remember } from './stamp.mjs'

export const ENGINE = 'emulator-core/unicorn-engine-node'

/** The compiled addons (one for each platform it was built on). */
export const addons = () => readdirSync(inRoot(ENGINE)).filter(name => name.endsWith('.node'))

/** What the addon is made from: Rust, C, the build scripts, the packages' versions. */
const isSource = file => /\.(rs|toml|lock|c|h|patch|diff|cmake|mjs|cjs|json)$/.test(file) && !file.includes('/test/')

/** Compiles the engine when its sources have changed. */
export async function ensureEngine() {
  if (!existsSync(inRoot(ENGINE, 'Cargo.toml')))
    throw new Failure(`${ENGINE}/Cargo.toml is missing: this checkout is incomplete.`)
  const wanted = digest(filesUnder([inRoot(ENGINE)], isSource), [process.platform, process.arch])
  if (isFresh('engine', wanted) && addons().length > 0) return
  await ensureSystemPackages(['engine'])
  ensureRust()
  await step('engine', 'The engine, Unicorn with Rust around it (minutes, the first time)', run =>
    run(npm(), ['run', 'build', '-w', ENGINE]),
  )
  if (addons().length === 0) throw new Failure(`The build of ${ENGINE} ended well but left no .node file there.`)
  remember('engine', digest(filesUnder([inRoot(ENGINE)], isSource), [process.platform, process.arch]))
}
