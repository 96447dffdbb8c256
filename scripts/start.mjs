// `npm start`: sets everything up and opens the test workspace in VS Code, the user's own or one in the browser.
import { spawn } from 'node:child_process'
import { ensureSystemPackages } from './lib/apt.mjs'
import { main } from './lib/failure.mjs'
import { inCache, inRoot } from './lib/paths.mjs'
import { prepare } from './lib/prepare.mjs'
import { say } from './lib/progress.mjs'
import { digest, isFresh, remember } from './lib/stamp.mjs'
import { ensureServer, freePort, installExtension, startServer, writeSettings } from './lib/vscode-server.mjs'
import { ensureVsix } from './lib/vsix.mjs'
import { which } from './lib/which.mjs'

const WORKSPACE = inRoot('test-workspace')
const PROFILE = inCache('vscode-profile')
const PORT = 3210

const QUIET = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'readme',
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.ignoreRecommendations': true,
  'chat.commandCenter.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
}

await main(async () => {
  await prepare()
  const code = usersOwnCode()
  if (code === undefined) await serveInBrowser()
  else await openIn(code)
})

/** VS Code's desktop program if it can show a window here; it refuses to run as root. */
function usersOwnCode() {
  const code = which('code')
  if (code === undefined || process.argv.includes('--browser')) return undefined
  if (isRemoteTerminal() || process.platform !== 'linux') return code
  const hasDisplay = process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined
  return hasDisplay && process.getuid() !== 0 ? code : undefined
}

/** Inside VS Code's own remote terminal `code` talks to the window that is already open, which takes installed extensions only. */
function isRemoteTerminal() {
  return process.env.VSCODE_IPC_HOOK_CLI !== undefined
}

async function openIn(code) {
  if (isRemoteTerminal()) {
    await finished(code, ['--install-extension', await ensureVsix(), '--force'])
    await finished(code, [WORKSPACE, inRoot('test-workspace', 'README.md')])
  } else {
    await finished(code, [
      `--extensionDevelopmentPath=${inRoot('extension')}`,
      WORKSPACE,
      inRoot('test-workspace', 'README.md'),
    ])
  }
  say('The test workspace is open in VS Code. Press F5 there to run the example.')
}

const finished = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
    child.once('error', reject)
    child.once('close', resolve)
  })

async function serveInBrowser() {
  await ensureSystemPackages(['browser'])
  await ensureServer()
  const vsix = await ensureVsix()
  const wanted = digest([vsix])
  if (!isFresh('vscode-profile', wanted, [PROFILE])) {
    await installExtension(PROFILE, vsix)
    remember('vscode-profile', wanted)
  }
  writeSettings(PROFILE, QUIET)
  const server = await startServer(PROFILE, { port: await freePort(PORT) })
  say('VS Code runs in the browser. Open this address, then press F5 there to run the example; Ctrl-C here ends it.')
  console.log(`\n  ${server.folderAddress(WORKSPACE)}\n`)
  const stopped = new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve('asked'))
  })
  const reason = await Promise.race([stopped, server.exited.then(() => 'died')])
  await server.stop()
  if (reason === 'died') {
    say(`VS Code's server ended by itself; its output is in ${server.log}.`)
    process.exitCode = 1
  }
}
