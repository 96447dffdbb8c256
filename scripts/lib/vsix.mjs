import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { NPM_NOTICES } from './bundles.mjs'
import { addonFolder, addons, binaries } from './engine.mjs'
import { crates, noticesOf } from './notices.mjs'
import { inCache, inRoot } from './paths.mjs'
import { step } from './progress.mjs'
import { digest, filesUnder, isFresh, remember } from './stamp.mjs'

const STAGE = inCache('vsix')
const NOT_SHIPPED = /^(src|test|node_modules|dist|tsconfig.*|write-manifest\.mjs|.*\.vsix)$/
const SHIPPED_OF_ADDON = /^(package\.json|.*\.c?js|.*\.node|LICENSE.*|README.*)$/

/** Makes the VSIX if anything in it has changed, and returns its path. */
export async function ensureVsix() {
  const manifest = JSON.parse(readFileSync(inRoot('extension', 'package.json'), 'utf8'))
  const target = `${process.platform}-${process.arch}`
  const vsix = inRoot(`${manifest.name}-${manifest.version}-${target}.vsix`)
  const own = filesUnder([inRoot('extension')], file => !file.includes(`${path.sep}src${path.sep}`))
  const bundles = readdirSync(inRoot('extension', 'dist'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath ?? entry.path, entry.name))
  const engine = addons().flatMap(({ name }) => binaries(name).map(file => inRoot(addonFolder(name), file)))
  const pages = ['README.md', 'LICENSE', 'CHANGELOG.md'].map(name => inRoot(name)).filter(existsSync)
  const wanted = digest([...own, ...bundles, ...engine, ...pages].sort(), [target])
  if (isFresh('vsix', wanted, [vsix])) return vsix
  stage(manifest)
  await step('vsix', `VSIX (${path.basename(vsix)})`, run =>
    run(
      process.execPath,
      [
        inRoot('node_modules', '@vscode', 'vsce', 'vsce'),
        'package',
        ...['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--skip-license'],
        ...['--target', target, '--out', vsix],
      ],
      { cwd: STAGE },
    ),
  )
  remember('vsix', wanted)
  return vsix
}

/** Lays out what the VSIX holds; the native part goes where `require` in dist/ looks first. */
function stage(manifest) {
  rmSync(STAGE, { recursive: true, force: true })
  mkdirSync(STAGE, { recursive: true })
  const { scripts, dependencies, devDependencies, private: _, ...shipped } = manifest
  for (const name of readdirSync(inRoot('extension'))) {
    if (!NOT_SHIPPED.test(name)) cpSync(inRoot('extension', name), path.join(STAGE, name), { recursive: true })
  }
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md']) {
    const own = path.join(STAGE, name)
    if (!existsSync(own) && existsSync(inRoot(name))) cpSync(inRoot(name), own)
  }
  writeFileSync(path.join(STAGE, 'package.json'), `${JSON.stringify(shipped, undefined, 2)}\n`)
  cpSync(inRoot('extension', 'dist'), path.join(STAGE, 'dist'), {
    recursive: true,
    filter: file => !file.endsWith('.map') && file !== inRoot(NPM_NOTICES),
  })
  const notices = [readFileSync(inRoot(NPM_NOTICES), 'utf8'), noticesOf(crates())]
  writeFileSync(path.join(STAGE, 'ThirdPartyNotices.txt'), notices.join(`\n${'='.repeat(78)}\n\n`))
  for (const { name } of addons()) {
    const addon = path.join(STAGE, 'dist', 'node_modules', name)
    for (const file of readdirSync(inRoot(addonFolder(name)))) {
      if (SHIPPED_OF_ADDON.test(file)) cpSync(inRoot(addonFolder(name), file), path.join(addon, file))
    }
  }
}
