import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The command, as `npx interlinear` finds it. */
export const INTERLINEAR = fileURLToPath(new URL('../../bin/interlinear', import.meta.url))
const TIMEOUT_MS = 120_000

export const PERSONALITIES = ['linux', 'netbsd-10'] as const
export type Personality = (typeof PERSONALITIES)[number]

export interface Invocation {
  readonly program: string
  readonly args?: readonly string[]
  /** Its bytes as latin1. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** It is a failure if it runs longer (60 s). */
  readonly timeoutMs?: number
  /** Options of `interlinear run` besides the personality; on the machine itself they mean nothing. */
  readonly options?: readonly string[]
}

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  /** As a shell counts: 128 + n after signal n. */
  readonly status: number
}

/** Runs a program on this machine itself. */
export function runNatively({ program, args = [], ...rest }: Invocation, cwd: string): Promise<Outcome> {
  return run(program, args, cwd, rest)
}

/** Runs a program under `interlinear run`. */
export function runEmulated(invocation: Invocation, cwd: string, personality: Personality): Promise<Outcome> {
  return emulate(['run', '--personality', personality, ...(invocation.options ?? [])], invocation, cwd)
}

/** Runs a program under `interlinear trace`, whose lines go to `log`. */
export function traceEmulated(invocation: Invocation, cwd: string, log: string): Promise<Outcome> {
  return emulate(['trace', '-f', '-o', log, '--personality', 'linux'], invocation, cwd)
}

/** Runs a program under the real strace. */
export function traceNatively({ program, args = [], ...rest }: Invocation, cwd: string, log: string): Promise<Outcome> {
  return run('strace', ['-f', '-o', log, '--', program, ...args], cwd, rest)
}

/** Runs the command itself with these arguments. */
export function interlinear(args: readonly string[], cwd: string): Promise<Outcome> {
  return run(process.execPath, [INTERLINEAR, ...args], cwd)
}

/** The same, without waiting for its end. */
export function startInterlinear(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Started {
  return start(process.execPath, [INTERLINEAR, ...args], cwd, { env })
}

/** Starts a program on this machine itself. */
export function startNatively({ program, args = [], ...rest }: Invocation, cwd: string): Started {
  return start(program, args, cwd, rest)
}

/** Starts a program under `interlinear run`. */
export function startEmulated(invocation: Invocation, cwd: string, personality: Personality): Started {
  const { program, args = [], options = [], ...rest } = invocation
  const words = ['run', '--personality', personality, ...options, '--', program, ...args]
  return start(process.execPath, [INTERLINEAR, ...words], cwd, rest)
}

function emulate(
  options: readonly string[],
  { program, args = [], ...rest }: Invocation,
  cwd: string,
): Promise<Outcome> {
  return run(process.execPath, [INTERLINEAR, ...options, '--', program, ...args], cwd, rest)
}

interface Surroundings {
  /** Its bytes as latin1. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

export interface Started {
  readonly ended: Promise<Outcome>
  /** Waits until the standard output or the standard error holds this; the match. */
  says(text: string | RegExp): Promise<RegExpMatchArray>
  kill(signal: NodeJS.Signals): void
  /** All it has said. */
  soFar(): string
}

/** A program that runs a second time is to do the same with what was translated for it the first time. */
const INTERLINEAR_CACHE = fileURLToPath(new URL('../../../.cache/guest-translations', import.meta.url))

const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C',
  HOME: '/nonexistent',
  TZ: 'UTC',
  INTERLINEAR_CACHE,
}

function run(command: string, args: readonly string[], cwd: string, surroundings?: Surroundings): Promise<Outcome> {
  return start(command, args, cwd, surroundings).ended
}

function start(
  command: string,
  args: readonly string[],
  cwd: string,
  { input = '', env, timeoutMs = TIMEOUT_MS }: Surroundings = {},
): Started {
  const child = spawn(command, args, { cwd, env: { ...ENVIRONMENT, ...env }, stdio: 'pipe', detached: true })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('latin1').on('data', text => {
      output[name] += text
    })
  }
  child.stdin.on('error', () => {}) // a program need not read what it is given
  child.stdin.end(input, 'latin1')
  const soFar = () => `${command} ${args.join(' ')} said so far\n${output.stdout}${output.stderr}`
  const ended = new Promise<Outcome>((resolve, reject) => {
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      reject(new Error(`not ended after ${timeoutMs / 1000} s: ${soFar()}`))
    }, timeoutMs)
    child.once('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ ...output, status: code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]) })
    })
  })
  return {
    ended,
    says: text =>
      new Promise((resolve, reject) => {
        const pattern = typeof text === 'string' ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : text
        const look = () => {
          const found = output.stdout.match(pattern) ?? output.stderr.match(pattern)
          if (found !== null) resolve(found)
        }
        for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
        look()
        ended.then(() => reject(new Error(`ended without saying ${pattern}: ${soFar()}`)), reject)
      }),
    kill: signal => child.kill(signal),
    soFar: () => output.stdout + output.stderr,
  }
}

/** A folder that several runs, one after the other, find empty and at the same path. */
export class Scratch {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-guest-'))

  /** A path beside the working directory. */
  beside(name: string): string {
    return path.join(this.#folder, name)
  }

  /** The working directory, emptied. */
  fresh(): string {
    const cwd = this.beside('cwd')
    rmSync(cwd, { recursive: true, force: true })
    mkdirSync(cwd, { mode: 0o755 })
    return cwd
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Runs `body` with a scratch folder that is gone afterwards. */
export async function withScratch<Result>(body: (scratch: Scratch) => Promise<Result>): Promise<Result> {
  const scratch = new Scratch()
  try {
    return await body(scratch)
  } finally {
    scratch.remove()
  }
}
