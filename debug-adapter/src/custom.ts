/** Answers the custom requests. */
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import { type CustomRequestName, EVENTS_AT_ONCE, type Status } from './custom-requests.ts'
import { AdapterError } from './errors.ts'
import type { EventLog } from './event-log.ts'

export async function answerCustom(
  command: CustomRequestName,
  args: unknown,
  client: SessionClient | undefined,
  log: EventLog | undefined,
  status: () => Status,
): Promise<unknown> {
  if (command === 'interlinear/status') return status()
  const given = (args ?? {}) as Readonly<Record<string, unknown>>
  switch (command) {
    case 'interlinear/stdin': {
      if (typeof given.text === 'string' && given.text !== '')
        await running(client).ask('input', { bytes: Buffer.from(given.text) })
      if (given.end === true) await running(client).ask('endInput')
      return undefined
    }
    case 'interlinear/signal':
      await running(client).ask('signal', { signal: String(given.signal) })
      return undefined
    case 'interlinear/events': {
      const { from, count } = given
      if (!isCount(from) || !isCount(count))
        throw new AdapterError('badRange', { reason: '"from" and "count" are whole numbers from 0 on' })
      return { events: recorded(log).events(from, Math.min(count, EVENTS_AT_ONCE)) }
    }
    case 'interlinear/view':
      return recorded(log).answerView(given.query)
    default:
      throw new AdapterError('refused', { reason: `There is no request named ${String(command)}.` })
  }
}

function isCount(n: unknown): n is number {
  return typeof n === 'number' && Number.isSafeInteger(n) && n >= 0
}

function running(client: SessionClient | undefined): SessionClient {
  if (client === undefined) throw new AdapterError('notRunning')
  return client
}

function recorded(log: EventLog | undefined): EventLog {
  if (log === undefined) throw new AdapterError('notRunning')
  return log
}
