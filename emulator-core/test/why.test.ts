import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from './support/guests.ts'

const COMMAND = fileURLToPath(new URL('../bin/interlinear', import.meta.url))

const ask = (...words: string[]): Promise<{ status: number; text: string }> =>
  new Promise(resolve => {
    const child = execFile(process.execPath, [COMMAND, 'why', ...words], (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr }),
    )
    child.stdin?.end()
  })

beforeAll(buildGuests, 300_000)

describe('interlinear why', () => {
  it('says that a program behaves the same', async () => {
    const { status, text } = await ask('--', '/bin/echo', 'the same')
    expect(text).toBe("/bin/echo behaves the same with NetBSD's answers as on Linux: same output, same exit status.\n")
    expect(status).toBe(0)
  })

  it('finds what an epoll instance is made of', async () => {
    const { status, text } = await ask('--', guestPath('musl-static', 'epoll-control'))
    expect(text).toContain('--without mechanism.epoll)')
    expect(status).toBe(1)
  })

  const PUZZLES = guestPath('stubborn', 'puzzles')

  it('finds why a program waits for ever, here alone', async () => {
    const { status, text } = await ask('--timeout', '20', '--json', '--', PUZZLES, 'watch')
    const answer = JSON.parse(text)
    expect(answer).toMatchObject({ answer: 'explained', without: ['inotify.poll-sleeps-on'] })
    expect(answer.text).toContain('here it had not ended after 20 s, on Linux it ends with status 0')
    expect(answer.text).toContain('"made: file" on Linux')
    expect(answer.text).toContain('A sleeping poll or select is not woken by an inotify record')
    expect(status).toBe(1)
  })

  it('finds two reasons that only together explain it', async () => {
    const { text } = await ask('--json', '--', PUZZLES, 'two')
    const { without } = JSON.parse(text)
    expect([...without].sort()).toEqual(['getrandom.short-random', 'memfd.bare-stat'])
  })

  it('finds a call that is missing', async () => {
    const { text } = await ask('--', PUZZLES, 'copy')
    expect(text).toContain('here it ends with status 1, on Linux it ends with status 0')
    expect(text).toContain('The reason is missing.sendfile')
    expect(text).toMatch(/It was met in sendfile\(.*\) = -1 ENOSYS/)
  })

  it('hands on arguments that are not UTF-8', async () => {
    const line = `exec "$0" "$1" why -- "$2" tell "$(printf 'caf\\351\\012.')"`
    const text = await new Promise(resolve => {
      execFile('/bin/sh', ['-c', line, process.execPath, COMMAND, PUZZLES], (_error, stdout) =>
        resolve(stdout),
      ).stdin?.end()
    })
    expect(text).toContain('"63 61 66 e9 0a 2e and a regular file 0" here')
  })

  it('says why a program cannot be started, as run does', async () => {
    const { status, text } = await ask('--', '/no/such/program')
    expect(text).toMatch(/^interlinear: \/no\/such\/program: .*\n$/)
    expect(status).toBe(127)
  })

  it('refuses what would make runs differ', async () => {
    expect(await ask('--mount', '/tmp:/t:rw', '--', '/bin/true')).toMatchObject({
      status: 2,
      text: expect.stringContaining('leave out :rw'),
    })
    expect(await ask('--personality', 'linux', '--', '/bin/true')).toMatchObject({ status: 2 })
  })
})
