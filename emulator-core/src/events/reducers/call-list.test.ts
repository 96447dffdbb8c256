import { describe, expect, it } from 'vitest'
import { asker, lookedThrough } from '../test/asker.ts'
import { ExampleRun } from '../test/example-run.ts'
import { RunScript, text } from '../test/run-script.ts'

const opened = (run: RunScript, fd: number, file: number, type = 'socket', description = `socket:[${file}]`) =>
  run.emit('fd-open', { fd, file, type, description, flags: 2, closeOnExec: 0 })

describe('statistics', () => {
  it('count a call once, when it has come back, however often they are asked for', () => {
    const run = new RunScript()
    const ask = asker(run)
    const read = () =>
      ask('statistics', { filter: 'syscall:read' }).rows.map(row => [row.calls, row.failures, row.time])
    const failed = () => ask('statistics', { filter: 'errno:EAGAIN' }).calls
    run.enter('read', [0, 0x1000, 1])
    expect([read(), failed()]).toEqual([[], 0])
    run.as(1200, 1201, () => run.call('write', [1, 0x1000, 1], 1))
    expect(read()).toEqual([])
    run.after(4000).exit('read', [0, 0x1000, 1], -11)
    const took = ask('calls', { filter: 'syscall:read', native: false, fromLine: 0, lines: 1 }).rows[0].duration
    expect(read()).toEqual([[1, 1, took]])
    expect([read().length, failed(), failed()]).toEqual([1, 1, 1])
    run.call('read', [0, 0x1000, 1], 1)
    expect(read()[0].slice(0, 2)).toEqual([2, 1])
    expect(failed()).toBe(1)
  })

  it('are the same, asked for as the run grows or at its end', () => {
    const example = new ExampleRun(0)
    const growing = asker(example.run)
    for (let round = 0; round < 40; round++) {
      example.round(round)
      growing('statistics', { filter: '-syscall:write' })
    }
    example.end()
    const { rows } = growing('statistics', { filter: '-syscall:write' })
    expect(rows).toEqual(lookedThrough(example.run)('statistics', { filter: '-syscall:write' }).rows)
    expect(rows.some(row => row.name === 'exit_group')).toBe(false)
  })
})

describe('the list as text for other programs', () => {
  const run = new ExampleRun(3).end().run
  const ask = lookedThrough(run)
  const whole = (format: 'strace' | 'csv' | 'json', filter = '') => {
    let whole = ''
    for (let next: number | undefined = 0; next !== undefined; ) {
      const part: { text: string; next?: number } = ask('export', { filter, format, from: next })
      whole += part.text
      next = part.next
    }
    return whole
  }

  it('is what strace -f -ttt -T writes', () => {
    const lines = whole('strace').split('\n')
    expect(lines[0]).toMatch(/^1200 {2}1764000000\.\d{6} brk\(NULL\) {30} = 0x41d000 <0\.000\d{3}>$/)
    expect(lines.find(line => line.includes('openat('))).toContain(
      'openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY) = -1 ENOENT (No such file or directory) <',
    )
    expect(lines.slice(-3, -1).map(line => line.replace(/^\S+ +\S+ /, ''))).toEqual([
      `exit_group(0)${' '.repeat(26)} = ?`,
      '+++ exited with 0 +++',
    ])
  })

  it('is a table, one row a line, whatever is in the strings', () => {
    const [head, ...rows] = whole('csv', 'syscall:openat,exit_group').trimEnd().split('\r\n')
    expect(head).toBe('event,seconds,pid,tid,kind,call,arguments,result,state,duration,native,divergences')
    expect(rows[0]).toContain(',call,openat,"AT_FDCWD, ""/etc/ld.so.cache"", O_RDONLY",-1 ENOENT,failed,0.000')
    expect(rows).toHaveLength(ask('statistics', { filter: 'syscall:openat' }).calls + 1)
  })

  it('is JSON that can be read again', () => {
    const all: { call: string; duration: number | null; native: string[] }[] = JSON.parse(whole('json'))
    expect(all).toHaveLength(ask('calls', { filter: '', native: false, fromLine: 0, lines: 1 }).total)
    expect(all.find(each => each.call === 'epoll_ctl')?.native[0]).toContain('__kevent100(')
    expect(JSON.parse(whole('json', 'syscall:reboot'))).toEqual([])
  })

  it('may be a few rows only, and what makes no sense is refused', () => {
    expect(ask('export', { filter: '', format: 'strace', from: 2, to: 4 }).text.split('\n')).toHaveLength(3)
    expect(() => ask('export', { filter: '', format: 'toString' as 'csv', from: 0 })).toThrow('There is no format')
    expect(() => ask('export', { filter: 'colour:red', format: 'csv', from: 0 })).toThrow('There is no "colour:"')
  })
})

describe('a descriptor that is followed', () => {
  /** A server accepts a connection as 5, which is used, duplicated, inherited and closed everywhere; then 5 is another one. */
  function story() {
    const run = new RunScript(10, 10)
    opened(run, 3, 1, 'socket', 'tcp 127.0.0.1:80')
    run.call('accept4', [3, 0, 0, 0], 5, () => opened(run, 5, 2))
    run.call('read', [5, { after: text('hello') }, 64], 5)
    run.call('read', [5, 0x1000, 64], -11)
    run.call('write', [5, { before: text('hi') }, 600], 600)
    run.call('dup', [5], 6, () => opened(run, 6, 2))
    run.call('fork', [], 11, () => run.as(11, 11, () => run.emit('process-start', { parent: 10, how: 'fork' })))
    run.call('close', [5], 0, () => run.emit('fd-close', { fd: 5, file: 2 }))
    run.call('accept4', [3, 0, 0, 0], 5, () => opened(run, 5, 7))
    run.call('read', [5, { after: text('another') }, 64], 7)
    run.as(11, 11, () => run.call('write', [5, { before: text('child') }, 5], 5))
    run.call('close', [6], 0, () => run.emit('fd-close', { fd: 6, file: 2 }))
    run.as(11, 11, () => run.emit('process-exit', { status: 0, signal: 0, core: 0 }))
    return run
  }
  const run = story()
  const ask = asker(run)
  const event = (filter: string, i = 0) =>
    ask('calls', { filter, native: false, fromLine: i, lines: 1 }).rows[0]?.event ?? 0
  const uses = { fromUse: 0, uses: 100 } as const

  it('is the open file, from any call that is about it: all its uses, no others', () => {
    const at = event('syscall:read')
    const { found, uses: rows, description, scanned, total } = ask('follow', { pid: 10, fd: 5, at, ...uses })
    expect([description, scanned]).toEqual(['socket:[2]', total])
    expect(rows.map(({ row }) => `${row.pid} ${row.name} ${row.result}`)).toEqual([
      '10 accept4 5',
      '10 read 5',
      '10 read -1 EAGAIN',
      '10 write 600',
      '10 dup 6',
      '10 close 0',
      '11 write 5',
      '10 close 0',
    ])
    expect(found).toBe(8)
    const [, next] = ask('call', { event: event('syscall:accept4', 1) }).descriptors
    expect(next).toMatchObject({ fd: 5, text: 'socket:[7]' })
    const other = ask('follow', { pid: 10, ...next, ...uses })
    expect(other.uses.map(({ row }) => row.name)).toEqual(['accept4', 'read'])
  })

  it('has lives under each of its numbers', () => {
    const { lives } = ask('follow', { pid: 10, fd: 6, at: event('fd:6 syscall:close'), ...uses })
    expect(
      lives.map(({ pid, fd, inherited, opened, closed }) => [`${pid}:${fd}`, inherited, opened.text, closed?.text]),
    ).toEqual([
      ['10:5', false, 'accept4(3, NULL, NULL, 0) = 5', 'close(5) = 0'],
      ['10:6', false, 'dup(5) = 6', 'close(6) = 0'],
      ['11:5', true, '', ''],
      ['11:6', true, '', ''],
    ])
  })

  it('tells the bytes that passed, as far as they were recorded', () => {
    const at = event('syscall:read')
    const { received, sent, uses: rows } = ask('follow', { pid: 10, fd: 5, at, ...uses })
    expect({ received, sent }).toEqual({ received: { calls: 1, bytes: 5 }, sent: { calls: 2, bytes: 605 } })
    expect(rows[1].transfer).toEqual({ direction: 'received', bytes: 5, pieces: [{ hex: '68656c6c6f', missing: 0 }] })
    expect(rows[2].transfer).toBeUndefined()
    expect(rows[3].transfer).toEqual({ direction: 'sent', bytes: 600, pieces: [{ hex: '6869', missing: 598 }] })
    expect(ask('follow', { pid: 10, fd: 5, at, fromUse: 6, uses: 1 }).uses.map(({ row }) => row.pid)).toEqual([11])
  })

  it('may be nothing', () => {
    const { file, found, lives } = ask('follow', { pid: 10, fd: 99, at: 'live', ...uses })
    expect([file, found, lives]).toEqual([undefined, 0, []])
  })

  it('is followed on as the run grows', () => {
    const growing = new RunScript(10, 10)
    const ask = asker(growing)
    opened(growing, 4, 9, 'pipe', 'pipe:[9]')
    const followed = () => {
      const { found, received, lives } = ask('follow', { pid: 10, fd: 4, at: 0, ...uses })
      return [found, received.bytes, lives[0]?.closed !== undefined]
    }
    expect(followed()).toEqual([0, 0, false])
    growing.enter('read', [4, { after: text('abc') }, 9])
    expect(followed()).toEqual([1, 0, false])
    growing.exit('read', [4, { after: text('abc') }, 9], 3)
    expect(followed()).toEqual([1, 3, false])
    growing.call('close', [4], 0, () => growing.emit('fd-close', { fd: 4, file: 9 }))
    expect(followed()).toEqual([2, 3, true])
    growing.call('read', [4, 0x1000, 9], -9)
    expect(followed()).toEqual([2, 3, true])
  })
})
