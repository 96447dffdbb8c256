import { describe, expect, test } from 'vitest'
import { helpText } from './help.ts'
import { parseRun, RUN_OPTIONS, type Surroundings } from './options.ts'
import { UsageError } from './usage-error.ts'

const around: Surroundings = { cwd: '/here', environment: { HOME: '/root', EMPTY: '' } }
const parse = (...words: string[]) => parseRun(words, around)
const launch = (...words: string[]) => parse(...words, 'program').launch

test('a program alone runs where the command was started, with its environment', () => {
  expect(parse('program')).toEqual({
    launch: {
      program: 'program',
      arguments: [],
      environment: ['HOME=/root', 'EMPTY='],
      cwd: '/here',
      sysroot: undefined,
      mounts: [],
      personality: 'netbsd-10',
      time: 'real',
      net: 'loopback',
      memory: 2 ** 31,
    },
    user: undefined,
    translations: '/root/.cache/interlinear/translations/t-program',
  })
})

describe('what is translated is kept', () => {
  const file = (environment: Surroundings['environment'], ...words: string[]) =>
    parseRun(words, { cwd: '/here', environment }).translations

  test('by the name of the program', () => {
    expect(file({ HOME: '/root' }, '../bin/a b')).toBe('/root/.cache/interlinear/translations/t-%2fbin%2fa%20b')
    expect(file({ HOME: '/root' }, 'é/'.repeat(300))?.length).toBeLessThan(255)
  })

  test('where the environment says', () => {
    expect(file({ HOME: '/root', XDG_CACHE_HOME: '/caches' }, 'a')).toBe('/caches/interlinear/translations/t-a')
    expect(file({ XDG_CACHE_HOME: 'relative', HOME: '/root' }, 'a')).toBe('/root/.cache/interlinear/translations/t-a')
    expect(file({ HOME: '/root', INTERLINEAR_CACHE: '/mine' }, 'a')).toBe('/mine/translations/t-a')
  })

  test('unless that is not wanted', () => {
    expect(file({ HOME: '/root', INTERLINEAR_CACHE: 'off' }, 'a')).toBeUndefined()
    expect(file({ HOME: '/root' }, '--no-cache', 'a')).toBeUndefined()
    expect(file({}, 'a')).toBeUndefined()
  })
})

test('divergences are switched in the order in which they are named', () => {
  expect(launch('--without', 'epoll', '--with=epoll.pwait-mask').switches).toEqual([
    { name: 'epoll', on: false },
    { name: 'epoll.pwait-mask', on: true },
  ])
})

describe('where the options end', () => {
  test.each([
    [['ls', '-l', '--', '--time']],
    [['--', 'ls', '-l', '--', '--time']],
    [['--time', 'virtual', 'ls', '-l', '--', '--time']],
    [['--time=virtual', '--', 'ls', '-l', '--', '--time']],
  ])('%j', words => {
    expect(parse(...words).launch).toMatchObject({ program: 'ls', arguments: ['-l', '--', '--time'] })
  })

  test('a program may begin with a hyphen behind --', () => expect(parse('--', '-odd').launch.program).toBe('-odd'))
})

describe('values', () => {
  test('folders are told from where the command was started', () => {
    expect(launch('--sysroot', 'root')).toMatchObject({ sysroot: '/here/root', cwd: '/' })
    expect(launch('--sysroot', '/root', '--cwd', '/work')).toMatchObject({ sysroot: '/root', cwd: '/work' })
    expect(launch('--cwd', '../there').cwd).toBe('/there')
  })

  test('mounts, as many as wanted', () => {
    expect(launch('--mount', 'a:/b', '--mount', '/c:d:/e:rw', '--mount', '/f:/g:ro').mounts).toEqual([
      { host: '/here/a', guest: '/b', writable: false },
      { host: '/c:d', guest: '/e', writable: true },
      { host: '/f', guest: '/g', writable: false },
    ])
  })

  test('environment', () => {
    expect(launch('--env', 'A=1', '--env', 'HOME=/x=y').environment).toEqual(['HOME=/x=y', 'EMPTY=', 'A=1'])
    expect(launch('--clean-env', '--env', 'HOME', '--env', 'B=').environment).toEqual(['HOME=/root', 'B='])
    expect(launch('--clean-env').environment).toEqual([])
  })

  test.each([
    ['16M', 2 ** 24],
    ['512m', 2 ** 29],
    ['1.5G', 1.5 * 2 ** 30],
    ['2GiB', 2 ** 31],
    ['33554433', 2 ** 25],
    ['4G', 2 ** 32 - 65536],
  ])('memory of %s', (text, bytes) => expect(launch('--memory', text).memory).toBe(bytes))

  test.each([
    ['root', { uid: 0, gid: 0 }],
    ['1000', { uid: 1000, gid: 1000 }],
    ['1000:100', { uid: 1000, gid: 100 }],
    ['ada', { name: 'ada', group: undefined }],
    ['www-data:users', { name: 'www-data', group: 'users' }],
  ])('user %s', (text, user) => expect(parse('--user', text, 'program').user).toEqual(user))

  test('the network is chosen by its name', () => {
    expect(launch('--net', 'none').net).toBe('none')
    expect(() => launch('--net', 'all')).toThrow(UsageError)
  })
  test('the last one counts', () => expect(launch('--time', 'virtual', '--time', 'real').time).toBe('real'))
})

describe('mistakes are told in one sentence that names them', () => {
  test.each<[string[], string]>([
    [[], 'Which program'],
    [['--'], 'Which program'],
    [['--', ''], 'Which program'],
    [['--nonsense', 'x'], '--nonsense'],
    [['--nonsense=1', 'x'], '--nonsense '],
    [['-x', 'x'], '-x'],
    [['--time'], '--time KIND'],
    [['--time=', 'x'], '--time KIND'],
    [['--time', 'soon', 'x'], 'soon'],
    [['--clean-env=yes', 'x'], '--clean-env'],
    [['--personality', 'plan9', 'x'], 'plan9'],
    [['--mount', '/only', 'x'], '/only'],
    [['--mount', ':/guest', 'x'], ':/guest'],
    [['--mount', '/host:', 'x'], '/host:'],
    [['--mount', '/host:guest', 'x'], 'slash'],
    [['--env', '=1', 'x'], '=1'],
    [['--env', 'UNKNOWN', 'x'], 'UNKNOWN'],
    [['--memory', 'lots', 'x'], 'lots'],
    [['--memory', '1M', 'x'], '1M'],
    [['--memory', '5G', 'x'], '5G'],
    [['--user', 'no body', 'x'], 'no body'],
    [['--user', '4294967295', 'x'], '4294967295'],
    [['--user', '1:2:3', 'x'], '1:2:3'],
  ])('%j', (words, named) => {
    let message = ''
    try {
      parse(...words)
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError)
      message = (error as Error).message
    }
    expect(message).toContain(named)
    expect(message).not.toContain('\n')
  })
})

test('the help names every option, in lines that fit', () => {
  const help = helpText()
  for (const { name, value } of RUN_OPTIONS)
    expect(help).toContain(`  ${value === undefined ? name : `${name} ${value}`}`)
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})
