import { describe, expect, it } from 'vitest'
import { type LaunchArguments, readLaunch, readMount } from './launch-arguments.ts'

const own = { PATH: '/bin', SECRET: 'x', HOME: '/home/me' }

describe('launch arguments', () => {
  it('hand on only the few variables that a program needs', () => {
    const { options } = readLaunch({ program: '/bin/true', env: { A: 'b', HOME: null } }, own, 'linux')
    expect(options.environment).toEqual(['PATH=/bin', 'A=b'])
    expect(options).toMatchObject({ personality: 'netbsd-10', time: 'real', cwd: '/bin', mounts: [] })
  })

  it.each<[LaunchArguments, string]>([
    [{}, 'names no program'],
    [{ program: '/a', memory: 1 }, '"memory" must be a whole number'],
    [{ program: '/a', mounts: ['nonsense'] }, '"mounts" must be a list'],
    [{ program: '/a', personality: 'bsd' as 'linux' }, '"netbsd-10" or "linux"'],
  ])('%j are refused in a sentence', (given, text) => {
    expect(() => readLaunch(given, own, 'linux')).toThrow(text)
  })

  it('need a sysroot where the host is no Linux', () => {
    expect(() => readLaunch({ program: '/a' }, own, 'darwin')).toThrow('sysroot')
    expect(readLaunch({ program: '/a', sysroot: '/linux' }, own, 'darwin').options.cwd).toBe('/')
  })

  it('know mounts by both kinds of host path', () => {
    expect(readMount('/a:/b:rw')).toEqual({ host: '/a', guest: '/b', writable: true })
    expect(readMount('C:\\a:/b')).toMatchObject({ guest: '/b', writable: false })
  })
})
