import { expect, it } from 'vitest'
import { noCallYet, nothingYet, type Ways } from './nothing-yet.ts'

const wanted = {
  thing: 'epoll instance',
  call: 'epoll_create',
  picture: 'its graph',
  programs: 'waits for events with epoll',
  example: 'epoll-echo',
  create: 'createExample',
} as const

function pressed(show: (ways: Ways) => ReturnType<typeof noCallYet>): readonly string[] {
  const did: string[] = []
  const { button } = show({ command: name => did.push(name), showCalls: () => did.push('calls') })
  button?.press()
  return [button?.label ?? '', ...did]
}

it('leads on from where there is nothing of a kind yet', () => {
  expect(pressed(ways => nothingYet(wanted, 1204, 'running', ways))).toEqual(['Show the 1,204 calls', 'calls'])
  expect(pressed(ways => nothingYet(wanted, 3, 'paused', ways))).toEqual(['Continue the program', 'continue'])
  expect(pressed(ways => nothingYet(wanted, 3, 'ended', ways))).toEqual([
    'Create the example epoll-echo',
    'createExample',
  ])
})

it('says that a program stands before its first call, and how it goes on', () => {
  expect(noCallYet('paused', { command: () => {} }).text).toContain('stands before its first one')
  expect(pressed(ways => noCallYet('paused', ways))).toEqual(['Continue the program', 'continue'])
  expect(noCallYet('running', { command: () => {} }).button).toBeUndefined()
})
