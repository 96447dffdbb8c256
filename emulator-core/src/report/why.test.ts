import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstDifferentCall, observe } from './observed-run.ts'
import { smallestSet } from './smallest-set.ts'
import { type Runner, why } from './why.ts'
import { whyText } from './why-text.ts'

const about = (id: string) => ({
  id,
  summary: `What ${id} is.`,
  linux: '',
  netbsd: '',
  source: 'sys/file.c',
  advice: `Do without ${id}.`,
})

/** A program that prints what Linux prints once all of `causes` are off. */
function program(causes: readonly string[], trace = ''): Runner {
  return {
    run: async (without, observed) => {
      const isLinux = without === 'all' || causes.every(id => without.includes(id))
      const behaviour = { status: isLinux ? 0 : 1, stdout: isLinux ? 'a\nb\n' : 'a\nc\n', stderr: '' }
      return { behaviour, observation: observe(() => (observed && without !== 'all' ? trace.split('\n') : [])) }
    },
  }
}

const ALL = ['a.one', 'a.two', 'b.three', 'missing.getpid', 'c.four']
const TRACE = [
  '{"pid":100,"tid":100,"time":1,"event":"divergence","id":"a.two","detail":"x"}',
  '{"pid":100,"tid":100,"time":2,"name":"openat","args":{"path":"/tmp/a b","flags":["O_RDONLY","O_CLOEXEC"]},"result":3}',
  '{"pid":100,"tid":100,"time":3,"name":"getpid","args":{},"result":-1,"error":"ENOSYS","unimplemented":true}',
  '{"pid":100,"tid":1',
].join('\n')

describe('the smallest set', () => {
  it('is enough, and nothing can be taken from it', () =>
    fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(60), { minLength: 1 }), fc.nat(), async (all, seed) => {
        const needed = all.filter((_, i) => (seed >> (i % 30)) & 1)
        const isEnough = async (set: readonly number[]) => set.length > 0 && needed.every(each => set.includes(each))
        const found = await smallestSet(all, isEnough)
        expect([...found].sort()).toEqual(needed.length > 0 ? [...needed].sort() : [found[0]])
      }),
    ))
})

describe('why', () => {
  const answerOf = (causes: readonly string[], trace = '') => why(program(causes, trace), ALL, () => {})

  it('says that a program behaves the same, and what it met', async () => {
    const text = whyText(await answerOf([], TRACE), 'p', about, 30)
    expect(text).toContain('p behaves the same')
    expect(text).toContain('It met a.two, which made no difference')
  })

  it('prefers single differences to a mechanism that would do, too', async () => {
    const met = (id: string) => `{"pid":100,"tid":100,"time":1,"event":"divergence","id":"${id}","detail":"x"}`
    const trace = ['epoll.halves', 'a.one', 'a.two', 'b.three'].map(met).join('\n')
    const single = program(['a.one', 'b.three'], trace)
    const whole = program(['mechanism.epoll'], trace)
    const either: Runner = {
      run: (without, observed) => (without.includes('mechanism.epoll') ? whole : single).run(without, observed),
    }
    const answer = await why(either, [...ALL, 'mechanism.epoll'], () => {})
    expect(answer).toMatchObject({ kind: 'explained', reasons: ['a.one', 'b.three'] })
  })

  it.each([
    ['{"fd":-1,"mask":["USR1","RT_2"],"flags":[]}', '-1, [USR1 RT_2], 0'],
    ['{"mask":[],"events":["EPOLLIN","0x40"]}', '[], EPOLLIN|0x40'],
  ])('writes arguments as strace does: %s', async (args, text) => {
    const call = `{"pid":100,"tid":100,"time":2,"name":"f","args":${args},"result":3}`
    const met = '{"pid":100,"tid":100,"time":1,"event":"divergence","id":"a.two","detail":"x"}'
    expect(whyText(await answerOf(['a.two'], `${met}\n${call}`), 'p', about, 30)).toContain(
      `It was met in f(${text}) = 3`,
    )
  })

  it('says which parts of a mechanism were met, and their advice', async () => {
    const met = '{"pid":100,"tid":100,"time":1,"event":"divergence","id":"epoll.error","detail":"x"}'
    const call = '{"pid":100,"tid":100,"time":2,"name":"epoll_wait","args":{"epfd":3},"result":1}'
    const answer = await why(program(['mechanism.epoll'], `${met}\n${call}`), [...ALL, 'mechanism.epoll'], () => {})
    const text = whyText(answer, 'p', about, 30)
    expect(text).toContain(
      'The reason is mechanism.epoll (What mechanism.epoll is; sys/file.c), of which it met epoll.error (What epoll.error is; sys/file.c). ' +
        'Without it (--without mechanism.epoll) it behaves as on Linux. What a program can do about it: Do without epoll.error. ' +
        'It was met in epoll_wait(3) = 1',
    )
  })

  it('finds one reason among those that were met, and the call', async () => {
    const answer = await answerOf(['a.two'], TRACE)
    expect(answer).toMatchObject({ kind: 'explained', reasons: ['a.two'] })
    expect(whyText(answer, 'p', about, 30)).toBe(
      'p behaves otherwise than on Linux: here it ends with status 1, on Linux it ends with status 0, and line 2 of its output is "c" here, "b" on Linux. ' +
        'The reason is a.two (What a.two is; sys/file.c). Without it (--without a.two) it behaves as on Linux. ' +
        'What a program can do about it: Do without a.two. ' +
        'It was met in openat("/tmp/a b", O_RDONLY|O_CLOEXEC) = 3 (call 1 of the first thread). ' +
        'The calls part at openat("/tmp/a b", O_RDONLY|O_CLOEXEC) = 3 (call 1 of the first thread), which is not made on Linux.',
    )
  })

  it('finds several together, a call that is missing, and what was not met', async () => {
    expect(await answerOf(['a.two', 'missing.getpid'], TRACE)).toMatchObject({ reasons: ['a.two', 'missing.getpid'] })
    expect(await answerOf(['c.four', 'a.one'], TRACE)).toMatchObject({ reasons: ['a.one', 'c.four'] })
  })

  it('says of a program that does something else each time that it does', async () => {
    let runs = 0
    const erratic: Runner = {
      run: async () => ({
        behaviour: { status: 0, stdout: String(runs++), stderr: '' },
        observation: observe(() => []),
      }),
    }
    const answer = await why(erratic, ALL, () => {})
    expect(answer.kind).toBe('erratic')
    expect(whyText(answer, 'p', about, 30)).toContain('does not do the same each time')
  })

  it('compares calls thread by thread', () => {
    const call = (tid: number, name: string, result: number) =>
      `{"pid":1,"tid":${tid},"name":"${name}","args":{},"result":${result}}`
    const here = observe(() => [call(1, 'read', 1), call(2, 'write', 2)])
    const linux = observe(() => [call(1, 'read', 1), call(7, 'write', 3)])
    expect(firstDifferentCall(here, linux)).toMatchObject({ ours: { name: 'write', result: 2 }, theirs: { result: 3 } })
  })
})
