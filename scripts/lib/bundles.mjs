import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from './failure.mjs'
import { noticesOf, npmPackages } from './notices.mjs'
import { inRoot, root } from './paths.mjs'
import { say, step } from './progress.mjs'
import { digest, filesUnder, isFresh, remember } from './stamp.mjs'
import { STEPPING, steppingPlugin } from './stepping-bundle.mjs'

/** What is bundled. `host` runs in Node or VS Code's extension host, `page` in a webview. */
const BUNDLES = [
  { kind: 'host', entry: 'emulator-core/src/cli/main.ts', output: 'emulator-core/dist/cli.cjs', cached: true },
  { kind: 'host', entry: 'emulator-core/src/cli/main-run.ts', output: 'emulator-core/dist/run.cjs', cached: true },
  {
    kind: 'host',
    entry: 'emulator-core/src/cli/trace-supervisor.ts',
    output: 'emulator-core/dist/trace-supervisor.cjs',
  },
  { kind: 'host', entry: 'emulator-core/src/cli/trace-worker.ts', output: 'emulator-core/dist/trace-worker.cjs' },
  { kind: 'host', entry: 'emulator-core/src/session/worker.ts', output: 'emulator-core/dist/worker.cjs' },
  { kind: 'host', entry: 'emulator-core/src/session/worker.ts', output: STEPPING.worker, plugins: [steppingPlugin()] },
  { kind: 'host', entry: 'debug-adapter/src/main.ts', output: 'debug-adapter/dist/adapter.cjs' },
  { kind: 'host', entry: 'node_modules/iced-x86/iced_x86.js', output: 'debug-adapter/dist/iced-x86.cjs' },
  { kind: 'host', entry: 'extension/src/extension.ts', output: 'extension/dist/extension.cjs' },
  { kind: 'page', entry: 'webviews/src/calls/main.ts', output: 'webviews/dist/calls.js' },
  { kind: 'page', entry: 'webviews/src/epoll/main.ts', output: 'webviews/dist/epoll.js' },
  { kind: 'page', entry: 'webviews/src/inotify/main.ts', output: 'webviews/dist/inotify.js' },
  { kind: 'page', entry: 'webviews/src/timeline/main.ts', output: 'webviews/dist/timeline.js' },
]

/** The extension finds everything beside itself, in the checkout as in the VSIX: adapter, worker and views are copied to it. */
const COPIES = [
  { from: 'emulator-core/dist/worker.cjs', to: 'extension/dist/worker.cjs' },
  { from: STEPPING.worker, to: 'extension/dist/worker-stepping.cjs' },
  { from: STEPPING.table, to: 'extension/dist/worker-stepping.json' },
  { from: 'debug-adapter/dist/adapter.cjs', to: 'extension/dist/adapter.cjs' },
  { from: 'debug-adapter/dist/iced-x86.cjs', to: 'extension/dist/iced-x86.cjs' },
  // Its code looks for it beside itself.
  { from: 'node_modules/iced-x86/iced_x86_bg.wasm', to: 'debug-adapter/dist/iced_x86_bg.wasm' },
  { from: 'node_modules/iced-x86/iced_x86_bg.wasm', to: 'extension/dist/iced_x86_bg.wasm' },
  { from: 'webviews/dist', to: 'extension/dist/webviews' },
  { from: 'docs/divergences.md', to: 'extension/dist/docs/divergences.md' },
  { from: 'test-workspace/bin/epoll-echo', to: 'extension/dist/example/epoll-echo' },
  { from: 'test-workspace/epoll-echo.c', to: 'extension/dist/example/epoll-echo.c' },
  { from: 'test-workspace/bin/file-watcher', to: 'extension/dist/example/file-watcher' },
  { from: 'test-workspace/file-watcher.c', to: 'extension/dist/example/file-watcher.c' },
]

/** What the licences of the packages in the bundles ask to be shipped with them. */
export const NPM_NOTICES = 'extension/dist/npm-notices.txt'

/** In a CommonJS bundle `import.meta.url` is the bundle's own address. */
const ADDRESS_OF_BUNDLE = "const bundleUrl = require('node:url').pathToFileURL(__filename).href;"

/** Node's modules that take milliseconds to load and that most runs do not use. */
const LATE = /^node:(child_process|crypto|dgram|dns|module|net|os|tty|worker_threads)$/

/** A bundle loads them when something in them is used. */
const loadLate = {
  name: 'late',
  setup(build) {
    build.onResolve({ filter: LATE }, ({ path, namespace }) =>
      namespace === 'late' ? { path, external: true } : { path, namespace: 'late' },
    )
    build.onLoad({ filter: LATE, namespace: 'late' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter(name => name !== 'default')
      const getters = names.map(name => `get ${name}() { return require('${path}').${name} }`)
      return { contents: `module.exports = { ${getters.join(', ')} }` }
    })
  },
}

function optionsOf({ kind, entry, output, plugins = [] }) {
  const common = {
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: output,
    bundle: true,
    sourcemap: 'linked',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    metafile: true,
    logLevel: 'warning',
    plugins,
  }
  if (kind === 'page') {
    return {
      ...common,
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      loader: { '.ttf': 'dataurl', '.svg': 'dataurl' },
    }
  }
  return {
    ...common,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['unicorn-engine-node', 'host-sockets', 'vscode', '*.node'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: ADDRESS_OF_BUNDLE },
    plugins: [loadLate, ...plugins],
  }
}

/** Loaded late: on a fresh checkout esbuild is not there until the npm packages are. */
const esbuild = () => import('esbuild')

function checkEntries() {
  const missing = BUNDLES.map(each => each.entry).filter(entry => !existsSync(inRoot(entry)))
  if (missing.length > 0)
    throw new Failure(`These sources are missing, so there is nothing to bundle: ${missing.join(', ')}.`)
}

function copyToExtension() {
  for (const { from, to } of COPIES) cpSync(inRoot(from), inRoot(to), { recursive: true })
}

/** Of a bundle that is compiled ahead. */
const cacheOf = ({ output }) => inRoot(output.replace(/\.cjs$/, '.cache'))
const CACHED = BUNDLES.filter(({ cached }) => cached === true)

/** V8's compiled form of the command, made in a process of its own. */
function writeCodeCache({ output }) {
  // load.cjs reads it so.
  if (readFileSync(inRoot(output)).some(byte => byte > 127)) throw new Failure(`${output} is not ASCII.`)
  execFileSync(process.execPath, [inRoot('scripts/lib/code-cache.mjs'), inRoot(output), cacheOf({ output })], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

export async function build() {
  checkEntries()
  const { build: bundle, stop } = await esbuild()
  try {
    const made = await Promise.all(BUNDLES.map(each => bundle(optionsOf(each))))
    const inputs = made.flatMap(({ metafile }) => Object.keys(metafile.inputs))
    mkdirSync(path.dirname(inRoot(NPM_NOTICES)), { recursive: true })
    writeFileSync(inRoot(NPM_NOTICES), noticesOf(npmPackages(inputs)))
  } catch (error) {
    if (error.errors === undefined) throw error
    throw new Failure(`${error.errors.length} errors, so no bundles.`)
  } finally {
    // Its process would stay, with what it remembers of the bundles, for as long as VS Code is served.
    await stop()
  }
  copyToExtension()
  for (const each of CACHED) writeCodeCache(each)
}

export async function watch() {
  checkEntries()
  const { context } = await esbuild()
  const copyAfterwards = { name: 'copy', setup: ({ onEnd }) => onEnd(({ errors }) => errors.length > 0 || tryToCopy()) }
  for (const each of BUNDLES) {
    const options = optionsOf(each)
    await (await context({ ...options, plugins: [...options.plugins, copyAfterwards] })).watch()
  }
  say('watching; Ctrl-C ends it')
}

function tryToCopy() {
  if (COPIES.every(({ from }) => existsSync(inRoot(from)))) copyToExtension()
}

/** Makes the bundles if a source has changed. */
export async function ensureBundles() {
  const packages = [...new Set(BUNDLES.map(({ entry }) => entry.split('/')[0]))].filter(name => name !== 'node_modules')
  const sources = filesUnder(
    packages.flatMap(name => [inRoot(name, 'src'), inRoot(name, 'package.json')]),
    file => !file.endsWith('.test.ts'),
  )
  const wanted = digest(
    [...sources, inRoot('package-lock.json'), ...filesUnder([inRoot('scripts')])],
    [process.version],
  )
  const outputs = [...BUNDLES.map(({ output }) => inRoot(output)), ...CACHED.map(cacheOf), inRoot(NPM_NOTICES)]
  if (isFresh('bundles', wanted, [...outputs, ...COPIES.map(({ to }) => inRoot(to))])) return
  mkdirSync(inRoot('emulator-core', 'dist'), { recursive: true })
  await step('bundles', 'Bundles', () => build())
  remember('bundles', wanted)
}
