import { parentPort, workerData } from 'node:worker_threads'
import type { WorkerData, WorkerMessage } from '@interlinear/emulator-core/session/protocol.ts'
import { WorkerSession } from '@interlinear/emulator-core/session/worker-session.ts'
import { bootScripted } from './scripted-system.ts'

const session = new WorkerSession(workerData as WorkerData, bootScripted, notice => parentPort?.postMessage(notice))
parentPort?.on('message', (message: WorkerMessage) => session.take(message))
