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
