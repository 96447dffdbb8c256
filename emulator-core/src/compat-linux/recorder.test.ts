import { describe, expect, it } from 'vitest'
import { TracedGuest } from '../../test/support/traced-guest.ts'
import { decodeRecord } from '../events/codec.ts'
import { type AnyEvent, type EventKind, OUTCOME_RETURNED } from '../events/grammar.ts'

function eventsOf(guest: TracedGuest): AnyEvent[] {
  const events: AnyEvent[] = []
  guest.drain({ record: (view, at) => events.push(decodeRecord(view, at, events.length)) })
  return events
}

describe('the recorder', () => {
  it('writes the calls that the grammar reads', () => {
    const guest = new TracedGuest()
    const thread = guest.thread(100, 101)
    guest.time = 1234.9
    thread.enter('mmap', 0, 2 ** 40, 3, 0x22, -1n, 2n ** 63n)
    guest.time = 2000
    thread.exit('mmap', 0x7f12_3456_7000)
    thread.enter('close', 99)
    thread.exit('close', -9)
    const header = { pid: 100, tid: 101, blocks: 0 }
    expect(eventsOf(guest)).toEqual([
      {
        ...header,
        kind: 'syscall-enter',
        index: 0,
        time: 1234,
        nr: 9,
        a0: 0n,
        a1: 1n << 40n,
        a2: 3n,
        a3: 0x22n,
        a4: (1n << 64n) - 1n,
        a5: 1n << 63n,
        captures: [],
      },
      {
        ...header,
        kind: 'syscall-exit',
        index: 1,
        time: 2000,
        nr: 9,
        outcome: OUTCOME_RETURNED,
        result: 0x7f12_3456_7000n,
        captures: [],
      },
      expect.objectContaining({ kind: 'syscall-enter', nr: 3, a0: 99n }),
      expect.objectContaining({ kind: 'syscall-exit', nr: 3, result: -9n }),
    ])
  })

  it('copies what arguments point to: when the call begins what the kernel reads, at its end what it wrote', () => {
    const guest = new TracedGuest()
    const thread = guest.thread(1)
    const at = guest.room(64)
    thread.enter('openat', -100, '/etc/passwd', 0)
    thread.enter('read', 3, at, 64)
    guest.write(at, Buffer.from('hello'))
    thread.exit('read', 5)
    const [open, read, end] = eventsOf(guest)
    expect(open).toMatchObject({ captures: [{ bytes: new Uint8Array(Buffer.from('/etc/passwd\0')) }] })
    expect(read).toMatchObject({ captures: [] })
    expect(end).toMatchObject({ captures: [{ address: BigInt(at), bytes: new Uint8Array(Buffer.from('hello')) }] })
  })

  it('knows the arguments of calls that sleep while others are made', () => {
    const guest = new TracedGuest()
    const [first, second] = [guest.thread(1), guest.thread(2)]
    const [a, b] = [guest.put('aaaa'), guest.put('bbbb')]
    first.enter('read', 0, a, 4)
    second.enter('read', 0, b, 4)
    second.exit('read', 4)
    first.exit('read', 4)
    const captures = eventsOf(guest).flatMap(event => (event.kind === 'syscall-exit' ? event.captures : []))
    expect(captures.map(capture => capture.address)).toEqual([BigInt(b), BigInt(a)])
  })

  it('copies nothing of a failed call, of memory that is not there, or when it shall not', () => {
    const guest = new TracedGuest()
    const thread = guest.thread(1)
    thread.enter('read', 3, guest.room(16), 16)
    thread.exit('read', -5)
    thread.enter('chdir', 0xdead_0000)
    const bare = new TracedGuest({ captures: false })
    bare.thread(1).enter('chdir', '/x')
    for (const event of [...eventsOf(guest), ...eventsOf(bare)]) expect(event).toMatchObject({ captures: [] })
  })

  it('leaves out calls and kinds that nobody wants', () => {
    const guest = new TracedGuest({ calls: new Set([3]), kinds: new Set<EventKind>(['divergence']) })
    const thread = guest.thread(1)
    thread.enter('getppid')
    thread.exit('getppid', 1)
    thread.enter('close', 1)
    guest.recorder.emit('step', thread.l, { label: 'x', variables: '' })
    guest.recorder.emit('divergence', thread.l, { id: 'a', detail: 'b' })
    expect(eventsOf(guest).map(event => event.kind)).toEqual(['syscall-enter', 'divergence'])
  })

  it('shortens what no ring would take', () => {
    const guest = new TracedGuest()
    const args = Array.from({ length: 70_000 }, () => ({ text: 'x'.repeat(1000) }))
    guest.recorder.emit('exec', guest.thread(1).l, { path: '/x', arguments: args })
    const [event] = eventsOf(guest)
    expect(event.kind === 'exec' && event.arguments.length).toBe(64)
    guest.recorder.emit('exec', guest.thread(1).l, { path: '/x', arguments: args.map(() => ({ text: '' })) })
    const [many] = eventsOf(guest)
    expect(many.kind === 'exec' && many.arguments.length).toBe(0xffff)
  })
})
