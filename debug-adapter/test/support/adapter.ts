/** An adapter in this process behind a socket, and the client to talk to it. */
import { mkdtempSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { DebugClient } from '@vscode/debugadapter-testsupport'
import { build } from 'esbuild'
import { InterlinearSession } from '../../src/session.ts'

/** Bundles a worker of this folder as the real one is bundled. */
export async function bundleWorker(name: string): Promise<string> {
  const outfile = path.join(mkdtempSync(path.join(os.tmpdir(), 'interlinear-worker-')), 'worker.cjs')
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
    logLevel: 'error',
  })
  return outfile
}

export interface Adapter {
  readonly client: DebugClient
  stop(): Promise<void>
}

export async function startAdapter(workerFile?: string): Promise<Adapter> {
  class Session extends InterlinearSession {
    protected override workerFile(): string {
      return workerFile ?? super.workerFile()
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
