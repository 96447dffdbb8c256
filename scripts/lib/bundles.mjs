import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { Failure } from './failure.mjs'
import { inRoot, root } from './paths.mjs'
import { say, step } from './progress.mjs'
import { digest, filesUnder, isFresh, remember } from './stamp.mjs'

/** What is bundled. `host` runs in Node or VS Code's extension host, `page` in a webview. */
const BUNDLES = [
  { kind: 'host', entry: 'emulator-core/src/cli/main.ts', output: 'emulator-core/dist/cli.cjs' },
  { kind: 'host', entry: 'emulator-core/src/cli/trace-worker.ts', output: 'emulator-core/dist/trace-worker.cjs' },
  { kind: 'host', entry: 'emulator-core/src/session/worker.ts', output: 'emulator-core/dist/worker.cjs' },
  { kind: 'host', entry: 'debug-adapter/src/main.ts', output: 'debug-adapter/dist/adapter.cjs' },
  { kind: 'host', entry: 'extension/src/extension.ts', output: 'extension/dist/extension.cjs' },
  { kind: 'page', entry: 'webviews/src/calls/main.ts', output: 'webviews/dist/calls.js' },
  { kind: 'page', entry: 'webviews/src/epoll/main.ts', output: 'webviews/dist/epoll.js' },
  { kind: 'page', entry: 'webviews/src/inotify/main.ts', output: 'webviews/dist/inotify.js' },
]

/** The extension finds everything beside itself, in the checkout as in the VSIX: adapter, worker and views are copied to it. */
const COPIES = [
  { from: 'emulator-core/dist/worker.cjs', to: 'extension/dist/worker.cjs' },
  { from: 'debug-adapter/dist/adapter.cjs', to: 'extension/dist/adapter.cjs' },
  { from: 'webviews/dist', to: 'extension/dist/webviews' },
  { from: 'test-workspace/bin/epoll-echo', to: 'extension/dist/example/epoll-echo' },
  { from: 'test-workspace/epoll-echo.c', to: 'extension/dist/example/epoll-echo.c' },
]

const CODE_CACHE = 'emulator-core/dist/cli.cache'

/** In a CommonJS bundle `import.meta.url` is the bundle's own address. */
const ADDRESS_OF_BUNDLE = "const bundleUrl = require('node:url').pathToFileURL(__filename).href;"

function optionsOf({ kind, entry, output }) {
  const common = {
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: output,
    bundle: true,
    sourcemap: 'linked',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
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

/** V8's compiled form of the command, made in a process of its own: it saves a tenth of a second at every start. */
function writeCodeCache() {
  execFileSync(
    process.execPath,
    [inRoot('scripts/lib/code-cache.mjs'), inRoot('emulator-core/dist/cli.cjs'), inRoot(CODE_CACHE)],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
}

export async function build() {
  checkEntries()
  const { build: bundle } = await esbuild()
  try {
    await Promise.all(BUNDLES.map(each => bundle(optionsOf(each))))
  } catch (error) {
    if (error.errors === undefined) throw error
    throw new Failure(`${error.errors.length} errors, so no bundles.`)
  }
  copyToExtension()
  writeCodeCache()
}

export async function watch() {
  checkEntries()
  const { context } = await esbuild()
  const copyAfterwards = { name: 'copy', setup: ({ onEnd }) => onEnd(({ errors }) => errors.length > 0 || tryToCopy()) }
  for (const each of BUNDLES) await (await context({ ...optionsOf(each), plugins: [copyAfterwards] })).watch()
  say('watching; Ctrl-C ends it')
}

function tryToCopy() {
  if (COPIES.every(({ from }) => existsSync(inRoot(from)))) copyToExtension()
}

/** Makes the bundles if a source has changed. */
export async function ensureBundles() {
  const packages = [...new Set(BUNDLES.map(({ entry }) => entry.split('/')[0]))]
  const sources = filesUnder(
    packages.flatMap(name => [inRoot(name, 'src'), inRoot(name, 'package.json')]),
    file => !file.endsWith('.test.ts'),
  )
  const wanted = digest(
    [...sources, inRoot('package-lock.json'), ...filesUnder([inRoot('scripts')])],
    [process.version],
  )
  const outputs = [...BUNDLES, { output: CODE_CACHE }].map(({ output }) => inRoot(output))
  if (isFresh('bundles', wanted, [...outputs, ...COPIES.map(({ to }) => inRoot(to))])) return
  mkdirSync(path.dirname(inRoot(CODE_CACHE)), { recursive: true })
  await step('bundles', 'Bundles', () => build())
  remember('bundles', wanted)
}
