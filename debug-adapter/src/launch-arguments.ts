/** What launch.json may say, checked and made into what the emulator takes. */
import path from 'node:path'
import type {
  LaunchOptions,
  Mount,
  NetMode,
  Personality,
  TimeMode,
} from '@interlinear/emulator-core/session/protocol.ts'
import { AdapterError } from './errors.ts'

export interface LaunchArguments {
  readonly program?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | null>>
  readonly cwd?: string
  readonly sysroot?: string
  readonly mounts?: readonly string[]
  readonly personality?: Personality
  readonly time?: TimeMode
  readonly net?: NetMode
  /** MiB. */
  readonly memory?: number
  readonly without?: readonly string[]
  readonly with?: readonly string[]
  readonly stopOnEntry?: boolean
  readonly trace?: boolean
  /** What the other threads do while one does a step. */
  readonly otherThreads?: 'running' | 'held'
  /** Every statement of the translation becomes an event. */
  readonly recordSteps?: boolean
}

export const DEFAULT_MEMORY_MIB = 1024
const MOST_MEMORY_MIB = 4095
/** Of the debugger's own environment only these reach the guest; the rest is what launch.json names. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TERM'] as const

export interface Launch {
  readonly options: LaunchOptions
  readonly stopOnEntry: boolean
  readonly holdsOthers: boolean
  readonly recordSteps: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws AdapterError for anything that is not as it must be. `own`: the adapter's environment. */
export function readLaunch(given: LaunchArguments, own: Environment, platform: string): Launch {
  const program = optionalString(given.program, 'program')
  if (program === undefined || program === '') throw new AdapterError('noProgram')
  const sysroot = optionalString(given.sysroot, 'sysroot')
  if (sysroot === undefined && platform !== 'linux') throw new AdapterError('noHostRoot')
  return {
    stopOnEntry: boolean(given.stopOnEntry, 'stopOnEntry', false),
    holdsOthers: oneOf(given.otherThreads, 'otherThreads', ['running', 'held']) === 'held',
    recordSteps: boolean(given.recordSteps, 'recordSteps', false),
    options: {
      program,
      arguments: strings(given.args, 'args'),
      environment: environment(given.env, own),
      cwd: optionalString(given.cwd, 'cwd') ?? (sysroot === undefined ? path.dirname(path.resolve(program)) : '/'),
      sysroot,
      mounts: strings(given.mounts, 'mounts').map(readMount),
      personality: oneOf(given.personality, 'personality', ['netbsd-10', 'linux']),
      time: oneOf(given.time, 'time', ['real', 'virtual']),
      net: oneOf(given.net, 'net', ['loopback', 'none', 'host']),
      memory: memory(given.memory) * 1024 * 1024,
      switches: [
        ...strings(given.without, 'without').map(name => ({ name, on: false })),
        ...strings(given.with, 'with').map(name => ({ name, on: true })),
      ],
    },
  }
}

/** HOSTDIR:GUESTDIR or HOSTDIR:GUESTDIR:rw, as the command line's --mount. A host path of Windows has a colon of its own. */
export function readMount(text: string): Mount {
  const match = /^((?:[A-Za-z]:[\\/])?[^:]+):(\/[^:]*)(?::(rw|ro))?$/.exec(text)
  if (match === null)
    throw wrong('mounts', 'a list of "HOSTFOLDER:GUESTFOLDER", each with ":rw" at its end if the guest may write there')
  return { host: path.resolve(match[1]), guest: match[2], writable: match[3] === 'rw' }
}

function environment(given: unknown, own: Environment): string[] {
  const all = new Map<string, string>()
  for (const name of INHERITED) {
    const value = own[name]
    if (value !== undefined) all.set(name, value)
  }
  if (given === undefined) return pairs(all)
  if (typeof given !== 'object' || given === null) throw wrong('env', 'an object whose values are strings')
  for (const [name, value] of Object.entries(given)) {
    if (value === null) all.delete(name)
    else if (typeof value === 'string') all.set(name, value)
    else throw wrong('env', 'an object whose values are strings, or null to take one away')
  }
  return pairs(all)
}

const pairs = (all: ReadonlyMap<string, string>) => [...all].map(([name, value]) => `${name}=${value}`)

function memory(given: unknown): number {
  if (given === undefined) return DEFAULT_MEMORY_MIB
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 16 || given > MOST_MEMORY_MIB) {
    throw wrong('memory', `a whole number of MiB from 16 to ${MOST_MEMORY_MIB}`)
  }
  return given
}

function optionalString(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw wrong(name, 'a string')
}

function strings(value: unknown, name: string): readonly string[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every(each => typeof each === 'string')) return value
  throw wrong(name, 'a list of strings')
}

function boolean(value: unknown, name: string, otherwise: boolean): boolean {
  if (value === undefined) return otherwise
  if (typeof value === 'boolean') return value
  throw wrong(name, 'true or false')
}

function oneOf<T extends string>(value: unknown, name: string, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0]
  const chosen = choices.find(each => each === value)
  if (chosen === undefined) throw wrong(name, choices.map(each => `"${each}"`).join(' or '))
  return chosen
}

function wrong(name: string, expected: string): AdapterError {
  return new AdapterError('badArgument', { name, expected })
}
