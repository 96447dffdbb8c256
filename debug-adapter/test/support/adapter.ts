/** An adapter in this process behind a socket, and the client to talk to it. */
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StepTable } from '@interlinear/emulator-core/session/protocol.ts'
import { DebugClient } from '@vscode/debugadapter-testsupport'
import { build, type Plugin } from 'esbuild'
import { steppingPlugin } from '../../../scripts/lib/stepping-bundle.mjs'
import type { WorkerFiles } from '../../src/debuggee.ts'
import { InterlinearSession } from '../../src/session.ts'

/** The real worker in the form whose kernel can be stepped through. */
export async function bundleSteppingWorker(): Promise<Required<WorkerFiles>> {
  let steps: StepTable | undefined
  const plugin = steppingPlugin(table => {
    steps = table
  })
  const worker = await bundleWorker('../../../emulator-core/src/session/worker.ts', [plugin])
  if (steps === undefined) throw new Error('the build has made no table of places')
  return { worker, steps, sources: fileURLToPath(new URL('../../../emulator-core/src', import.meta.url)) }
}

/** Bundles a worker of this folder as the real one is bundled. */
export async function bundleWorker(name: string, plugins: Plugin[] = []): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-worker-'))
  const outfile = path.join(folder, 'worker.cjs')
  // This one is looked for when it is needed.
  mkdirSync(path.join(folder, 'node_modules'))
  const sockets = fileURLToPath(new URL('../../../emulator-core/host-sockets', import.meta.url))
  symlinkSync(sockets, path.join(folder, 'node_modules', 'host-sockets'))
  const entry = fileURLToPath(new URL(name, import.meta.url))
  // The engine is found from where the test runs, not from the temporary folder.
  const engine = {
    'unicorn-engine-node': fileURLToPath(new URL('../../../node_modules/unicorn-engine-node', import.meta.url)),
  }
  const external = ['*.node', ...Object.values(engine)]
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external,
    alias: engine,
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    plugins,
    logLevel: 'error',
  })
  return outfile
}

export interface Adapter {
  readonly client: DebugClient
  stop(): Promise<void>
}

export async function startAdapter(workerFile?: string, files?: WorkerFiles): Promise<Adapter> {
  class Session extends InterlinearSession {
    protected override workerFiles(stepping: boolean): WorkerFiles {
      return files ?? (workerFile === undefined ? super.workerFiles(stepping) : { worker: workerFile })
    }
  }
  const server = net.createServer(socket => {
    const session = new Session()
    session.setRunAsServer(true)
    session.start(socket, socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the test server has no port')
  const client = new DebugClient('node', '', 'interlinear')
  client.defaultTimeout = 10_000
  await client.start(address.port)
  return {
    client,
    stop: async () => {
      await client.disconnectRequest().catch(() => {})
      await client.stop()
      server.close()
    },
  }
}
