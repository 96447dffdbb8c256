/** Entry of the worker thread that holds the emulator. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { bootSystem } from './boot.ts'
import type { Notice, WorkerData, WorkerMessage } from './protocol.ts'
import { WorkerSession } from './worker-session.ts'

const port = parentPort
if (port === null) throw new Error('This file is the entry of a worker thread.')

const send = (notice: Notice) => port.postMessage(notice)
const receive = () => receiveMessageOnPort(port)?.message as WorkerMessage | undefined
const session = new WorkerSession(workerData as WorkerData, bootSystem, send, receive)

port.on('message', (message: WorkerMessage) => session.take(message))
