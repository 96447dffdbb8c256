import type { EpollPicture } from '@interlinear/emulator-core/events/queries.ts'
import { RunScript } from '@interlinear/emulator-core/events/test/run-script.ts'
import { ViewQueries } from '@interlinear/emulator-core/events/view-queries.ts'
import { expect, test } from 'vitest'
import { setOrigin } from '../shared/format.ts'
import { objectState } from './texts.ts'

test('when a timer fires is told from the beginning of the run, as the axis under the graph tells it', () => {
  const run = new RunScript()
  run.after(60e9)
  run.emit('session', { version: 2, personality: 'netbsd-10', realtime: '0', program: './timer' })
  run.call('epoll_create1', [0], 3, () => run.emit('epoll-create', { epoll: 9, fd: 3, mechanism: 0 }))
  run.call('timerfd_create', [1, 0], 4, () =>
    run.emit('fd-open', { fd: 4, file: 10, type: 'timerfd', description: '', flags: 2, closeOnExec: 0 }),
  )
  run.call('epoll_ctl', [3, 1, 4, 0x1000], 0, () =>
    run.emit('epoll-interest', { epoll: 9, epfd: 3, op: 1, fd: 4, object: 10, events: 1, data: 4n }),
  )
  run.emit('object-state', { file: 10, readable: 0, writable: 0, peer: 0, due: 61.8e9, note: '' })
  const queries = new ViewQueries(run.store)
  const picture = queries.answer({ name: 'epoll', at: 'live' }) as EpollPicture
  setOrigin(60e9)
  expect(picture.objects.map(objectState)).toEqual(['not due · fires at 1.800 000 s'])
})
