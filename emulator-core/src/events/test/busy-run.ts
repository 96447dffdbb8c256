/** A long run of several processes and threads, for measuring: calls that wait for each other, fail, diverge, take long; signals, forks. */
import { RunScript, text } from './run-script.ts'

const PROCESSES = 4
const THREADS = 6

export class BusyRun {
  readonly run = new RunScript(2000)
  #turn = 0

  /** As many events as that, or a few more. */
  constructor(events: number) {
    const { run } = this
    const session = { version: 1, personality: 'netbsd-10', realtime: '1764000000000000000', program: '/usr/bin/busy' }
    run.emit('session', session)
    for (let p = 0; p < PROCESSES; p++) this.#process(2000 + 100 * p)
    while (run.store.count < events) this.round(0)
  }

  #process(pid: number): void {
    const { run } = this
    run.as(pid, pid, () => {
      if (pid !== 2000) run.emit('process-start', { parent: 2000, how: 'clone' })
      run.emit('exec', { path: '/usr/bin/busy', arguments: [] })
      for (const fd of [3, 4]) {
        const file = pid + fd
        run.emit('fd-open', { fd, file, type: 'socket', description: `socket:[${file}]`, flags: 2, closeOnExec: 0 })
      }
      for (let t = 1; t < THREADS; t++)
        run.as(pid, pid + t, () => run.emit('thread-start', { creator: pid, name: `worker ${t}` }))
    })
  }

  /** A worker waits for its process's first thread, which writes; now and then something less usual happens. */
  round(_round: number): void {
    const { run } = this
    const turn = this.#turn++
    const pid = 2000 + 100 * (turn % PROCESSES)
    const tid = pid + 1 + (turn % (THREADS - 1))
    const buffer = { after: text(`message ${turn}`) }
    run.as(pid, tid, () => {
      run.enter('read', [3, buffer, 64]).after(800)
      run.emit('sleep', { message: 'sockbuf', epoll: 0 })
    })
    run.after(2000 + (turn % 977 === 0 ? 40e6 : 0))
    run.as(pid, pid, () => {
      run.call('write', [4, { before: text(`message ${turn}`) }, 14], turn % 50 === 0 ? -11 : 14, () => {
        if (turn % 400 === 0) run.emit('divergence', { id: 'socket.buffer-size', detail: '' })
        run.as(pid, tid, () => run.emit('wake', { by: pid, reason: 'woken' }))
      })
    })
    run.as(pid, tid, () => run.exit('read', [3, buffer, 64], 14).after(300))
    if (turn % 700 !== 0) return
    const siginfo = new Uint8Array(0)
    run.as(pid, pid, () =>
      run.emit('signal', { signo: 14, action: 1, code: 0, sender: 0, address: 0, handler: 4096, siginfo }),
    )
  }
}
