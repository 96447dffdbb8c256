import { describe, expect, it } from 'vitest'
import { chosenDivergences, idsNamed, switchOf } from './divergence-choice.ts'
import { divergences } from './divergences.ts'
import { structuralIds } from './structure.ts'
import { systemCallTable } from './table.ts'

const names = (...ids: string[]) => ids.map(name => ({ name, on: name[0] !== '-' }))
const off = (...ids: string[]) => ids.map(name => ({ name, on: false }))

describe('the divergences in force', () => {
  it('are all under netbsd-10 and none under linux', () => {
    const all = [...divergences.filter(each => each.comesWith === undefined).map(({ id }) => id), ...structuralIds]
    expect(chosenDivergences('netbsd-10', [])).toEqual(new Set(all))
    expect(chosenDivergences('linux', []).size).toBe(0)
  })

  it('are switched one by one, as a group, and all at once; the last word counts', () => {
    expect(chosenDivergences('netbsd-10', off('futex.wake-none')).has('futex.wake-none')).toBe(false)
    const rest = chosenDivergences('netbsd-10', off('epoll'))
    expect([...rest].filter(id => id.startsWith('epoll.'))).toEqual([])
    expect(rest.has('futex.wake-none')).toBe(true)
    const one = [...off('all'), ...names('memfd.whole-pages')]
    expect([...chosenDivergences('netbsd-10', one)]).toEqual(['memfd.whole-pages'])
    expect([...chosenDivergences('linux', names('memfd.whole-pages'))]).toEqual(['memfd.whole-pages'])
  })

  it('are what a personality is made of: without any, netbsd-10 is linux', () => {
    expect(chosenDivergences('netbsd-10', off('all'))).toEqual(chosenDivergences('linux', []))
    const calls = (ids: ReadonlySet<string>) => systemCallTable(id => ids.has(id))
    expect(calls(chosenDivergences('netbsd-10', off('missing', 'mechanism')))).toEqual(calls(new Set()))
    const signalfd4 = 289
    expect(calls(chosenDivergences('netbsd-10', []))[signalfd4]).toBe(undefined)
    expect(calls(chosenDivergences('netbsd-10', off('missing.signalfd4')))[signalfd4]).not.toBe(undefined)
  })

  it('have parts that are switched with the mechanism they belong to', () => {
    expect(() => chosenDivergences('netbsd-10', off('inotify.order'))).toThrow('is a part of mechanism.inotify')
    expect(switchOf('inotify.order')).toBe('mechanism.inotify')
    expect(switchOf('inotify.silent-rm')).toBe('inotify.silent-rm')
    expect(idsNamed('inotify')).toContain('inotify.order')
  })

  it('say what is not there', () => {
    expect(() => idsNamed('epol')).toThrow('There is no divergence epol;')
    expect(() => chosenDivergences('linux', names('epoll.pwait-mask'))).toThrow('add --with mechanism.epoll')
    const both = names('mechanism.epoll', 'epoll.pwait-mask')
    expect([...chosenDivergences('linux', both)]).toEqual(['mechanism.epoll', 'epoll.pwait-mask'])
  })

  it('have ids of a family and a name, each once', () => {
    const ids = divergences.map(({ id }) => id)
    for (const id of ids) expect(id).toMatch(/^[a-z0-9_]+\.[a-z0-9-]+$/)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })
})
