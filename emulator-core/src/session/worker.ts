/** Entry of the worker thread that holds the emulator. */
import { parentPort, workerData } from 'node:worker_threads'
import { bootSystem } from './boot.ts'
import type { Notice, RequestMessage, WorkerData } from './protocol.ts'
import { WorkerSession } from './worker-session.ts'

const port = parentPort
if (port === null) throw new Error('This file is the entry of a worker thread.')

const send = (notice: Notice) => port.postMessage(notice)
const session = new WorkerSession(workerData as WorkerData, bootSystem, send)

port.on('message', (message: RequestMessage | { readonly id: 0; readonly name: 'poke' }) => {
  if (message.name === 'poke') session.poke()
  else session.take(message)
})
