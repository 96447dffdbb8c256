import { parentPort, workerData } from 'node:worker_threads'
import type { RequestMessage, WorkerData } from '@interlinear/emulator-core/session/protocol.ts'
import { WorkerSession } from '@interlinear/emulator-core/session/worker-session.ts'
import { bootScripted } from './scripted-system.ts'

const session = new WorkerSession(workerData as WorkerData, bootScripted, notice => parentPort?.postMessage(notice))
parentPort?.on('message', (message: RequestMessage | { readonly name: 'poke' }) => {
  if (message.name === 'poke') session.poke()
  else session.take(message)
})
