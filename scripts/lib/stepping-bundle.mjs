/** The second bundle of the emulator's worker, in whose kernel a debugger can step, and what goes with it: the table of places, and the sources. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inRoot } from './paths.mjs'
import { filesUnder } from './stamp.mjs'

const SOURCES = 'emulator-core/src'
/** Folders with what is stepped through. */
const STEPPED = ['compat-linux', 'linux', 'native']
/** Not a part of any translation: how threads are run and put to sleep, how the guest's memory is reached, how things are written down. */
const NOT_STEPPED =
  /\/(stepper|run-loop|scheduler|lwp-queue|lwp|sleep|user-memory|uio|errno|timecounter|clock|callout|native-kernel|kernel|trace|emulation|debug-hook|trap|recorder[\w-]*|dispatch|table|call|divergences?[\w-]*|end-of-call|inotify-shadow[\w-]*|inotify-compare|epoll-(shadow|compared|difference))\.ts$|\.test\.ts$|\/uvm\//
/** Folders that a reader of the sources is led to. */
const READ = [...STEPPED, 'events', 'machine', 'host', 'loader']

export const STEPPING = {
  worker: 'emulator-core/dist/worker-stepping.cjs',
  table: 'emulator-core/dist/worker-stepping.json',
  sources: 'extension/dist/translation',
}

/** Every kernel file that is stepped through, with what the build puts into it, and the table of places. */
async function instrumented() {
  const { instrument } = await import('./instrument.mjs')
  const table = { files: [], functions: [], statements: [] }
  const texts = new Map()
  const files = filesUnder(
    STEPPED.map(folder => inRoot(SOURCES, folder)),
    file => file.endsWith('.ts') && !NOT_STEPPED.test(file.replaceAll('\\', '/')),
  )
  for (const file of files) {
    const stepper = path.relative(path.dirname(file), inRoot(SOURCES, 'native/stepper.ts')).replaceAll('\\', '/')
    const made = instrument(readFileSync(file, 'utf8'), stepper.startsWith('.') ? stepper : `./${stepper}`, {
      functions: table.functions.length,
      statements: table.statements.length,
    })
    const number = table.files.push(path.relative(inRoot(SOURCES), file).replaceAll('\\', '/')) - 1
    for (const { name, line, end } of made.functions) table.functions.push([name, number, line, end])
    for (const { line, column, names } of made.statements) table.statements.push([number, line, column, names])
    texts.set(file, made.text)
  }
  return { texts, table }
}

/** Plugin for esbuild that makes the second bundle out of the sources of the first. `made` gets the table of places. */
export const steppingPlugin = (made = writeStepping) => ({
  name: 'stepping',
  setup({ onStart, onLoad, onEnd }) {
    let sources
    onStart(async () => {
      sources = await instrumented()
    })
    onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      const contents = sources.texts.get(file)
      return contents === undefined ? undefined : { contents, loader: 'ts' }
    })
    onEnd(({ errors }) => {
      if (errors.length === 0) made(sources.table)
    })
  },
})

/** Writes the table, and the sources to read, where the extension finds them. */
function writeStepping(table) {
  writeFileSync(inRoot(STEPPING.table), JSON.stringify(table))
  const to = inRoot(STEPPING.sources)
  rmSync(to, { recursive: true, force: true })
  const sources = filesUnder(
    READ.map(folder => inRoot(SOURCES, folder)),
    file => file.endsWith('.ts') && !/\.test\.ts$|\/test\//.test(file.replaceAll('\\', '/')),
  )
  for (const file of sources) {
    const target = path.join(to, path.relative(inRoot(SOURCES), file))
    mkdirSync(path.dirname(target), { recursive: true })
    cpSync(file, target)
  }
  // So that the editor does not underline imports in what is there only to be read.
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    noEmit: true,
    allowImportingTsExtensions: true,
    strict: true,
  }
  writeFileSync(path.join(to, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
}
