import { describe, expect, test } from 'vitest'
import { namedUser } from './guest-user.ts'

const files: Readonly<Record<string, string>> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nada:x:1000:100::/home/ada:/bin/sh\nbroken\nempty:x::\n',
  '/etc/group': 'root:x:0:\nusers:x:100:ada\nwheel:x:10:bob,ada\nodd:x:many:ada\n',
}
const read = (path: string): string => files[path]

describe('a user by name', () => {
  test('has its own group first and those that name it', () =>
    expect(namedUser({ name: 'ada', group: undefined }, read)).toMatchObject({
      uid: 1000,
      egid: 100,
      groups: [100, 10],
    }))
  test.each([
    ['wheel', 10],
    ['77', 77],
  ])('with the group %s has that alone', (group, gid) =>
    expect(namedUser({ name: 'ada', group }, read)).toMatchObject({ suid: 1000, gid, groups: [gid] }),
  )
  test.each([
    ['nobody', undefined, 'no such user'],
    ['empty', undefined, 'no such user'],
    ['broken', undefined, 'no such user'],
    ['ada', 'none', 'no such group'],
    ['ada', 'odd', 'no such group'],
  ])('%s:%s is refused', (name, group, words) => expect(() => namedUser({ name, group }, read)).toThrow(words))
})
