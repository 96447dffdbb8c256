/** What is told of an open file that is followed. */
import type { DescriptorLife, DescriptorUse, Followed, LifeEnd } from '../queries.ts'
import { callRow } from './call-text.ts'
import { callOf, type DescriptorFollow, type Life } from './descriptor-follow.ts'
import type { Descriptor } from './processes.ts'
import type { RunIndex } from './run-index.ts'

const NONE = { calls: 0, bytes: 0 } as const

/** Uses number `from` … `from + count - 1`. `meant`: what the descriptor refers to; undefined if to nothing. */
export function followed(
  index: RunIndex,
  follow: DescriptorFollow | undefined,
  meant: Descriptor | undefined,
  from: number,
  count: number,
): Omit<Followed, 'events' | 'indexed'> {
  const { source, calls } = index
  const uses: DescriptorUse[] = []
  const end = Math.min(follow?.found ?? 0, from + count)
  for (let i = from; follow !== undefined && i < end; i++) {
    const row = follow.use(i)
    uses.push({ row: callRow(source, calls, row, i, i), transfer: follow.transfer(row) })
  }
  return {
    file: meant?.file,
    type: meant?.type ?? '',
    description: meant?.description ?? '',
    lives: (follow?.lives ?? []).map(life => lifeOf(index, life)),
    moreLives: follow?.moreLives ?? 0,
    found: follow?.found ?? 0,
    scanned: follow?.scanned ?? 0,
    total: calls.length,
    received: follow?.received ?? NONE,
    sent: follow?.sent ?? NONE,
    fromUse: from,
    uses,
  }
}

function lifeOf(index: RunIndex, { pid, fd, inherited, opened, closed }: Life): DescriptorLife {
  const isOpen = closed === undefined
  return { pid, fd, inherited, opened: endOf(index, opened), closed: isOpen ? undefined : endOf(index, closed) }
}

function endOf({ source, calls }: RunIndex, event: number): LifeEnd {
  const { time } = source.event(event)
  const row = callOf(source, calls, event)
  if (row === undefined) return { event, time, text: '' }
  const { name, arguments: words, result, event: first } = callRow(source, calls, row, 0, 0)
  return { event: first, time, text: `${name}(${words})${result === '' ? '' : ` = ${result}`}` }
}
