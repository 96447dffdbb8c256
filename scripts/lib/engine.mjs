import { existsSync, readdirSync } from 'node:fs'
import { ensureSystemPackages } from './apt.mjs'
import { ensureRust } from './cargo.mjs'
import { Failure } from './failure.mjs'
import { npm } from './npm.mjs'
import { inRoot } from './paths.mjs'
import { step } from './progress.mjs'
import { digest, filesUnder, isFresh, remember } from './stamp.mjs'

/** The parts in Rust, each an npm package of its name that a build leaves a .node file in. */
const ADDONS = [
  {
    name: 'unicorn-engine-node',
    stamp: 'engine',
    title: 'The engine, Unicorn with Rust around it (minutes, the first time)',
  },
  { name: 'host-sockets', stamp: 'host-sockets', title: 'Sockets of this computer' },
]

export const addonFolder = name => `emulator-core/${name}`

/** Those that there can be on this system: host-sockets knows POSIX's sockets only. */
export const addons = () => ADDONS.filter(({ name }) => name !== 'host-sockets' || process.platform !== 'win32')

/** The compiled files (one for each platform an addon was built on). */
export const binaries = name => readdirSync(inRoot(addonFolder(name))).filter(file => file.endsWith('.node'))

/** What an addon is made from: Rust, C, the build scripts, the packages' versions. */
const isSource = file => /\.(rs|toml|lock|c|h|patch|diff|cmake|mjs|cjs|json)$/.test(file) && !file.includes('/test/')

/** Compiles the addons whose sources have changed. */
export async function ensureAddons() {
  for (const addon of addons()) await ensureAddon(addon)
}

async function ensureAddon({ name, stamp, title }) {
  const folder = addonFolder(name)
  if (!existsSync(inRoot(folder, 'Cargo.toml')))
    throw new Failure(`${folder}/Cargo.toml is missing: this checkout is incomplete.`)
  const wanted = () => digest(filesUnder([inRoot(folder)], isSource), [process.platform, process.arch])
  if (isFresh(stamp, wanted()) && binaries(name).length > 0) return
  await ensureSystemPackages(['engine'])
  ensureRust()
  await step(name, title, run => run(npm(), ['run', 'build', '-w', folder]))
  if (binaries(name).length === 0) throw new Failure(`The build of ${folder} ended well but left no .node file there.`)
  remember(stamp, wanted())
}
