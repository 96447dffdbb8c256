/** Builds the page on which views can be looked at in any browser: `node webviews/dev/build.mjs`, then open webviews/dev/index.html?view=calls. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = name => fileURLToPath(new URL(name, import.meta.url))

/** @returns the page's address. */
export async function buildDevPage() {
  await build({
    entryPoints: {
      host: here('host.ts'),
      'run-worker': here('run-worker.ts'),
      calls: here('../src/calls/main.ts'),
      epoll: here('../src/epoll/main.ts'),
      inotify: here('../src/inotify/main.ts'),
      timeline: here('../src/timeline/main.ts'),
    },
    outdir: here('dist'),
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    sourcemap: 'inline',
    logLevel: 'warning',
  })
  return new URL('index.html', import.meta.url).href
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${await buildDevPage()}?view=calls\n`)
