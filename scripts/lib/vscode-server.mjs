// VS Code's own server, as the npm package code-server carries it; its wrapper is not used.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { Failure } from './failure.mjs'
import { npm } from './npm.mjs'
import { inCache, inRoot } from './paths.mjs'
import { step } from './progress.mjs'
import { isFresh, remember } from './stamp.mjs'
import { shareServiceWorker } from './webview-worker.mjs'
import { which } from './which.mjs'

/** VS Code 1.100.3, the newest that this package installs on Node 20. */
const VERSION = '4.100.3'
const HOME = inCache('vscode-server')
const VSCODE = path.join(HOME, 'package', 'lib', 'vscode')
const SERVER = path.join(VSCODE, 'out', 'server-main.js')
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 3_000

/** Installs the server in .cache/vscode-server, once (about 270 MB). */
export async function ensureServer() {
  const wanted = `${VERSION} ${process.version} shared worker, language server`
  if (isFresh('vscode-server', wanted, [SERVER])) return
  await step('vscode-server', `VS Code for the browser (code-server ${VERSION})`, async run => {
    rmSync(HOME, { recursive: true, force: true })
    mkdirSync(HOME, { recursive: true })
    await run(npm(), ['pack', `code-server@${VERSION}`, '--silent'], { cwd: HOME })
    const archive = `code-server-${VERSION}.tgz`
    await run('tar', ['-xzf', archive], { cwd: HOME })
    rmSync(path.join(HOME, archive))
    // Not `npm ci`: the package's lock file and its manifest disagree.
    await run(npm(), ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: VSCODE })
    link('node_modules', path.join(VSCODE, 'node_modules.asar'))
    shareServiceWorker(VSCODE)
    // Lets the extension host end with its server; without a compiler it is done without.
    await run(npm(), ['rebuild', 'native-watchdog'], { cwd: VSCODE, optional: true })
    const ripgrep = which('rg')
    const folder = path.join(VSCODE, 'node_modules', '@vscode', 'ripgrep', 'bin')
    mkdirSync(folder, { recursive: true })
    if (ripgrep !== undefined) link(ripgrep, path.join(folder, 'rg'))
    // The package leaves out what its TypeScript extension needs, and the translation is TypeScript to read.
    mkdirSync(path.join(VSCODE, 'extensions', 'node_modules'), { recursive: true })
    link(inRoot('node_modules', 'typescript'), path.join(VSCODE, 'extensions', 'node_modules', 'typescript'))
  })
  remember('vscode-server', wanted)
}

function link(target, place) {
  rmSync(place, { force: true })
  symlinkSync(target, place)
}

/** VS Code must not believe that it runs inside another one. */
function cleanEnvironment(home) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_)/.test(name))
  return { ...Object.fromEntries(inherited), HOME: home, NODE_OPTIONS: '' }
}

const foldersIn = profile => ({
  home: path.join(profile, 'home'),
  extensions: path.join(profile, 'extensions'),
  data: path.join(profile, 'data'),
})

const commonArguments = ({ extensions, data }) => [
  ...['--extensions-dir', extensions, '--server-data-dir', data],
  '--accept-server-license-terms',
]

/** Installs an extension into a profile (a folder that holds home, extensions and data of one server). */
export async function installExtension(profile, vsix) {
  const folders = foldersIn(profile)
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true })
  const args = [SERVER, '--install-extension', vsix, '--force', ...commonArguments(folders)]
  const child = spawn(process.execPath, args, {
    env: cleanEnvironment(folders.home),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  await new Promise(resolve => child.once('close', resolve))
  if (!/successfully installed/.test(output)) throw new Failure(`VS Code refused ${vsix}:\n${output}`)
}

/** The user's settings in a profile, unless the user has changed them. */
export function writeSettings(profile, settings) {
  const folder = path.join(foldersIn(profile).data, 'data', 'User')
  const file = path.join(folder, 'settings.json')
  if (existsSync(file)) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${JSON.stringify(settings, undefined, 2)}\n`)
}

/** A port that was free a moment ago: `wanted` if it is one. */
export function freePort(wanted = 0) {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', error => (wanted === 0 ? reject(error) : resolve(freePort())))
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/**
 * Starts a server in a process group of its own, so that `stop` ends it with its extension host and file watcher,
 * and so does the end of this process however it comes (but for SIGKILL).
 */
export async function startServer(profile, { port, args = [] } = {}) {
  const folders = foldersIn(profile)
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true })
  const chosen = port ?? (await freePort())
  const log = path.join(profile, 'server.log')
  const output = openSync(log, 'w')
  const child = spawn(
    process.execPath,
    [
      SERVER,
      ...['--host', '127.0.0.1', '--port', String(chosen), '--without-connection-token', '--telemetry-level', 'off'],
      ...commonArguments(folders),
      ...args,
    ],
    { env: cleanEnvironment(folders.home), stdio: ['ignore', output, output], detached: true },
  )
  const signalGroup = signal => {
    try {
      process.kill(-child.pid, signal)
    } catch {}
  }
  const endWithUs = () => signalGroup('SIGKILL')
  process.once('exit', endWithUs)
  const exited = new Promise(resolve => child.once('exit', resolve))
  const stop = async () => {
    signalGroup('SIGTERM')
    await Promise.race([exited, new Promise(resolve => setTimeout(resolve, STOP_TIMEOUT_MS).unref())])
    signalGroup('SIGKILL')
    process.off('exit', endWithUs)
  }
  const address = `http://127.0.0.1:${chosen}/`
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!(await answers(`${address}version`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop()
      throw new Failure(`VS Code's server did not start:\n${readFileSync(log, 'utf8').slice(-3000)}`)
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return { address, log, exited, stop, folderAddress: folder => `${address}?folder=${encodeURIComponent(folder)}` }
}

const answers = address =>
  new Promise(resolve => {
    http
      .get(address, response => {
        response.resume()
        resolve(response.statusCode === 200)
      })
      .on('error', () => resolve(false))
  })
