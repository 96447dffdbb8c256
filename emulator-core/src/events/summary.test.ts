import { describe, expect, it } from 'vitest'
import { TracedGuest } from '../../test/support/traced-guest.ts'
import { Summary } from './summary.ts'

describe('the table of -c', () => {
  it('counts calls, errors and time, most time first', () => {
    const guest = new TracedGuest()
    const thread = guest.thread(1)
    const summary = new Summary(true)
    const call = (name: string, result: number, time: number) => {
      thread.enter(name)
      guest.time += time
      thread.exit(name, result)
    }
    for (let i = 0; i < 3; i++) call('getppid', 1, 1000_000)
    call('close', -9, 9_000_000)
    call('close', 0, 0)
    guest.drain(summary)
    expect(summary.text()).toBe(
      [
        '% time     seconds  usecs/call     calls    errors syscall',
        '------ ----------- ----------- --------- --------- ----------------',
        ' 75.00    0.009000        4500         2         1 close',
        ' 25.00    0.003000        1000         3           getppid',
        '------ ----------- ----------- --------- --------- ----------------',
        '100.00    0.012000        2400         5         1 total',
        '',
      ].join('\n'),
    )
  })

  it('counts the first thread only, unless all are followed', () => {
    for (const follow of [false, true]) {
      const guest = new TracedGuest()
      const summary = new Summary(follow)
      for (const thread of [guest.thread(1), guest.thread(2)]) {
        thread.enter('getppid')
        thread.exit('getppid', 1)
      }
      guest.drain(summary)
      expect(summary.text()).toMatch(follow ? /\b2 +getppid/ : /\b1 +getppid/)
    }
  })

  it('is empty when nothing was called', () => {
    expect(new Summary(true).text()).toContain('100.00    0.000000           0         0           total')
  })
})
