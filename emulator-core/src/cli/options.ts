/** The command line: `interlinear COMMAND [options] -- PROGRAM ARGS…`. One table says what there is; help is made from it. */
import { isAbsolute, resolve } from 'node:path'
import type { WantedUser } from '../session/guest-user.ts'
import type { LaunchOptions } from '../session/protocol.ts'
import { CACHE_VARIABLE, translationFile } from './translation-file.ts'
import { UsageError } from './usage-error.ts'

export interface RunOptions {
  readonly launch: LaunchOptions
  readonly user: WantedUser | undefined
  /** The file with what earlier runs translated. */
  readonly translations: string | undefined
}

/** What the command was started with, and where. */
export interface Surroundings {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Options of a command beyond those of `run` (trace's): takes the one at `at`; how many words it took, 0 if it is none of its own. */
export interface MoreOptions {
  take(words: readonly string[], at: number): number
}

interface Draft {
  personality: LaunchOptions['personality']
  time: LaunchOptions['time']
  net: LaunchOptions['net']
  memory: number
  mounts: LaunchOptions['mounts'][number][]
  sysroot: string | undefined
  cwd: string | undefined
  environment: Map<string, string>
  cleanEnvironment: boolean
  user: RunOptions['user']
  cache: boolean
  killOnExit: boolean
  switches: NonNullable<LaunchOptions['switches']>[number][]
}

interface Option {
  readonly name: string
  /** What the value is called; none: a switch. */
  readonly value?: string
  readonly help: string
  readonly apply: (draft: Draft, value: string, around: Surroundings) => void
}

const GB = 2 ** 30
const DEFAULT_MEMORY = 2 * GB
const MOST_MEMORY = 4 * GB - 65536
const LEAST_MEMORY = 16 * 2 ** 20
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: GB }
const PAGE = 4096
const LARGEST_ID = 0xffff_fffe

export const RUN_OPTIONS: readonly Option[] = [
  {
    name: '--personality',
    value: 'NAME',
    help: 'netbsd-10 (as NetBSD answers Linux programs; the default) or linux',
    apply: (draft, value) => {
      if (value !== 'netbsd-10' && value !== 'linux') {
        throw new UsageError(`--personality ${value} is not known; use netbsd-10 or linux.`)
      }
      draft.personality = value
    },
  },
  {
    name: '--without',
    value: 'ID',
    help: 'not this divergence of NetBSD from Linux, or this group of them (epoll.pwait-mask, epoll, all)',
    apply: (draft, value) => draft.switches.push({ name: value, on: false }),
  },
  {
    name: '--with',
    value: 'ID',
    help: 'this divergence, or group, although the personality or an earlier --without has it not',
    apply: (draft, value) => draft.switches.push({ name: value, on: true }),
  },
  {
    name: '--mount',
    value: 'HOST:GUEST[:rw]',
    help: "put a folder of this computer at the guest's path GUEST; with :rw, what the guest writes is written to it",
    apply: (draft, value, { cwd }) => draft.mounts.push(mount(value, cwd)),
  },
  {
    name: '--sysroot',
    value: 'DIR',
    help: "the guest's root is DIR instead of this computer's own",
    apply: (draft, value, { cwd }) => {
      draft.sysroot = resolve(cwd, value)
    },
  },
  {
    name: '--cwd',
    value: 'DIR',
    help: "the guest's working directory, as the guest names it",
    apply: (draft, value, { cwd }) => {
      draft.cwd = isAbsolute(value) ? value : resolve(cwd, value)
    },
  },
  {
    name: '--env',
    value: 'NAME[=VALUE]',
    help: 'set an environment variable, or hand on one of this shell',
    apply: (draft, value, { environment }) => setVariable(draft, value, environment),
  },
  {
    name: '--clean-env',
    help: 'hand on no environment variables but those given with --env',
    apply: draft => {
      draft.cleanEnvironment = true
    },
  },
  {
    name: '--time',
    value: 'KIND',
    help: "real (the default), or virtual: only the guest's own work moves the clock, and waiting takes no time",
    apply: (draft, value) => {
      if (value !== 'real' && value !== 'virtual')
        throw new UsageError(`--time ${value} is not known; use real or virtual.`)
      draft.time = value
    },
  },
  {
    name: '--net',
    value: 'KIND',
    help: "loopback (the default): a private network of the guest's own programs; none; or host: this computer's network",
    apply: (draft, value) => {
      if (value !== 'none' && value !== 'loopback' && value !== 'host')
        throw new UsageError(`--net ${value} is not known; use none, loopback or host.`)
      draft.net = value
    },
  },
  {
    name: '--memory',
    value: 'SIZE',
    help: 'memory of the machine: a number with K, M or G (2G)',
    apply: (draft, value) => {
      draft.memory = memory(value)
    },
  },
  {
    name: '--user',
    value: 'USER[:GROUP]',
    help: 'run the program as this user: numbers, or names of the guest’s /etc/passwd',
    apply: (draft, value) => {
      draft.user = user(value)
    },
  },
  {
    name: '--no-cache',
    help: `translate the program anew: neither use nor keep what other runs translated (as with ${CACHE_VARIABLE}=off)`,
    apply: draft => {
      draft.cache = false
    },
  },
  {
    name: '--kill-on-exit',
    help: 'end with the program itself; without this, what it has left running is waited for',
    apply: draft => {
      draft.killOnExit = true
    },
  },
]

function mount(text: string, cwd: string): LaunchOptions['mounts'][number] {
  const writable = text.endsWith(':rw')
  const readOnly = text.endsWith(':ro')
  const pair = writable || readOnly ? text.slice(0, -3) : text
  const colon = pair.lastIndexOf(':')
  const host = pair.slice(0, colon)
  const guest = pair.slice(colon + 1)
  if (colon <= 0 || guest === '')
    throw new UsageError(`--mount ${text}: write it as HOSTDIR:GUESTDIR or HOSTDIR:GUESTDIR:rw.`)
  if (!guest.startsWith('/'))
    throw new UsageError(`--mount ${text}: the guest's path ${guest} must begin with a slash.`)
  return { host: resolve(cwd, host), guest, writable }
}

function setVariable(draft: Draft, text: string, environment: Surroundings['environment']): void {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals)
  const value = equals < 0 ? environment[name] : text.slice(equals + 1)
  if (name === '') throw new UsageError(`--env ${text}: the variable has no name; write NAME=VALUE.`)
  if (value === undefined)
    throw new UsageError(`--env ${name}: there is no such variable to hand on; write ${name}=VALUE.`)
  draft.environment.set(name, value)
}

function memory(text: string): number {
  const found = /^(\d+(?:\.\d+)?)([KMG]?)(?:i?B)?$/i.exec(text)
  const bytes = found === null ? Number.NaN : Number(found[1]) * (UNITS[found[2].toUpperCase()] ?? Number.NaN)
  if (!(bytes >= LEAST_MEMORY && bytes <= 4 * GB)) {
    throw new UsageError(`--memory ${text} is not a size from 16M to 4G; write for example 512M.`)
  }
  return Math.min(bytes - (bytes % PAGE), MOST_MEMORY)
}

function user(text: string): RunOptions['user'] {
  if (text === 'root') return { uid: 0, gid: 0 }
  const numbers = /^(\d+)(?::(\d+))?$/.exec(text)
  const uid = Number(numbers?.[1] ?? Number.NaN)
  const gid = Number(numbers?.[2] ?? uid)
  if (uid <= LARGEST_ID && gid <= LARGEST_ID) return { uid, gid }
  const names = /^([a-z_][\w.-]*\$?)(?::([\w.-]+))?$/i.exec(text)
  if (names === null) throw new UsageError(`--user ${text}: give a name or numbers, USER, USER:GROUP, UID or UID:GID.`)
  return { name: names[1], group: names[2] }
}

/** @param words what follows the command's name. @throws UsageError */
export function parseRun(words: readonly string[], around: Surroundings, more?: MoreOptions): RunOptions {
  const draft: Draft = {
    personality: 'netbsd-10',
    time: 'real',
    net: 'loopback',
    memory: DEFAULT_MEMORY,
    mounts: [],
    sysroot: undefined,
    cwd: undefined,
    environment: new Map(),
    cleanEnvironment: false,
    user: undefined,
    cache: true,
    killOnExit: false,
    switches: [],
  }
  let at = 0
  while (at < words.length) {
    const word = words[at]
    if (word === '--') {
      at++
      break
    }
    if (!word.startsWith('-') || word === '-') break
    at += more?.take(words, at) || takeOption(draft, words, at, around)
  }
  const [program, ...rest] = words.slice(at)
  if (program === undefined || program === '') {
    throw new UsageError('Which program? Write its path behind the options, for example: interlinear run -- /bin/ls -l')
  }
  return {
    launch: launchOptions(draft, program, rest, around),
    user: draft.user,
    translations: draft.cache ? translationFile(around, program) : undefined,
  }
}

function takeOption(draft: Draft, words: readonly string[], at: number, around: Surroundings): number {
  const word = words[at]
  const equals = word.indexOf('=')
  const name = word.startsWith('--') && equals > 0 ? word.slice(0, equals) : word
  const option = RUN_OPTIONS.find(o => o.name === name)
  if (option === undefined)
    throw new UsageError(`The option ${name} is not known; interlinear --help lists those there are.`)
  if (option.value === undefined) {
    if (name !== word) throw new UsageError(`${name} takes no value.`)
    option.apply(draft, '', around)
    return 1
  }
  const value = name === word ? words[at + 1] : word.slice(equals + 1)
  if (value === undefined || value === '') throw new UsageError(`${name} needs a value: ${name} ${option.value}.`)
  option.apply(draft, value, around)
  return name === word ? 2 : 1
}

function launchOptions(draft: Draft, program: string, args: readonly string[], around: Surroundings): LaunchOptions {
  const variables = new Map<string, string>()
  if (!draft.cleanEnvironment) {
    for (const [name, value] of Object.entries(around.environment)) if (value !== undefined) variables.set(name, value)
  }
  for (const [name, value] of draft.environment) variables.set(name, value)
  return {
    program,
    arguments: args,
    environment: [...variables].map(([name, value]) => `${name}=${value}`),
    cwd: draft.cwd ?? (draft.sysroot === undefined ? around.cwd : '/'),
    sysroot: draft.sysroot,
    mounts: draft.mounts,
    personality: draft.personality,
    time: draft.time,
    net: draft.net,
    memory: draft.memory,
    ...(draft.killOnExit ? { killOnExit: true } : {}),
    ...(draft.switches.length > 0 ? { switches: draft.switches } : {}),
  }
}
