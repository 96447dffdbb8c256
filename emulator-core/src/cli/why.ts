/** `interlinear why [options] -- PROGRAM`: runs it with NetBSD's answers and with Linux's, and says what makes it behave otherwise. */
import { switchOf } from '../compat-linux/divergence-choice.ts'
import { divergences } from '../compat-linux/divergences.ts'
import { mechanismDifferences, missingDifferences } from '../compat-linux/structure.ts'
import { errorWords } from '../host/error-words.ts'
import { nodeHost } from '../host/node-host.ts'
import { NodeTerminal } from '../host/node-terminal.ts'
import { givenInput, linesOf, OwnFolder, progressLine, runOwnCommand } from '../host/own-command.ts'
import { observe } from '../report/observed-run.ts'
import { type Answer, type Runner, why } from '../report/why.ts'
import { whyText } from '../report/why-text.ts'
import { parseRun, type RunOptions, type Surroundings } from './options.ts'
import { prepare } from './run.ts'
import { UsageError } from './usage-error.ts'

const DEFAULT_LIMIT_S = 30
/** diff's: 0 for alike, 1 for different. */
const STATUS: Readonly<Record<Answer['kind'], number>> = { alike: 0, explained: 1, erratic: 1 }

export const WHY_OPTIONS: readonly (readonly [string, string])[] = [
  ['--timeout SECONDS', `a run that has not ended by then has not ended (${DEFAULT_LIMIT_S})`],
  ['--json', 'the answer as one JSON object'],
]

interface Asked {
  readonly start: RunOptions
  /** Options of `run` for every run, and the program. */
  readonly options: readonly string[]
  readonly command: readonly string[]
  readonly limit: number
  readonly json: boolean
}

/** @throws UsageError, and LaunchError for a program that cannot be started, which would fail alike each time. */
export async function explain(words: readonly string[], around: Surroundings): Promise<number> {
  const asked = parse(words, around)
  checkStart(asked.start)
  const about = new Map([...divergences, ...mechanismDifferences, ...missingDifferences].map(each => [each.id, each]))
  const answer = await why(runner(asked), [...new Set([...about.keys()].map(switchOf))], done =>
    progressLine(`run ${done + 1} …`),
  )
  progressLine(undefined)
  const entry = (id: string) => {
    const found = about.get(id)
    if (found === undefined) throw new Error(`there is no difference ${id}`)
    return found
  }
  const text = whyText(answer, asked.command[0], entry, asked.limit)
  process.stdout.write(asked.json ? `${JSON.stringify({ ...inJson(answer), text })}\n` : `${text}\n`)
  return STATUS[answer.kind]
}

function inJson(answer: Answer): object {
  return answer.kind === 'explained'
    ? { answer: answer.kind, without: answer.reasons, runs: answer.runs }
    : { answer: answer.kind }
}

function parse(words: readonly string[], around: Surroundings): Asked {
  let limit = DEFAULT_LIMIT_S
  let json = false
  const own = new Set<number>()
  const take = (all: readonly string[], at: number): number => {
    const [name, value] = all[at].split('=', 2)
    if (all[at] === '--json') json = true
    else if (name === '--timeout') limit = seconds(value ?? all[at + 1])
    else {
      refuse(name)
      return 0
    }
    const length = name === '--timeout' && value === undefined ? 2 : 1
    for (let i = 0; i < length; i++) own.add(at + i)
    return length
  }
  const start = parseRun(words, around, { take })
  const { launch } = start
  const writable = launch.mounts.find(mount => mount.writable)
  if (writable !== undefined) {
    throw new UsageError(
      `--mount ${writable.host}:${writable.guest}:rw: the program is run many times, and each time must find what it found before; leave out :rw.`,
    )
  }
  const command = words.slice(words.length - launch.arguments.length - 1)
  const given = words.slice(0, words.length - command.length).filter((word, at) => word !== '--' && !own.has(at))
  // Two runs are alike only by the guest's own clock; this computer's network goes by another.
  const time = launch.net === 'host' || given.some(word => /^--time(=|$)/.test(word)) ? [] : ['--time', 'virtual']
  return { start, options: [...given, ...time], command, limit, json }
}

/** @throws LaunchError */
function checkStart(start: RunOptions): void {
  const machine = prepare(start, nodeHost(new NodeTerminal()))
  machine.load()
  machine.kernel.shutdown()
}

/** @throws UsageError */
function input(): Uint8Array {
  try {
    return givenInput()
  } catch (error) {
    throw new UsageError(`The standard input cannot be read: ${errorWords(error)}; give it as a file, or </dev/null.`)
  }
}

function refuse(name: string): void {
  if (name !== '--personality' && name !== '--with' && name !== '--without') return
  throw new UsageError(`${name} is what why tries out itself; leave it out.`)
}

function seconds(text: string | undefined): number {
  const value = Number(text)
  if (!(value > 0) || value > 86_400) throw new UsageError(`--timeout takes seconds, up to a day, not "${text ?? ''}".`)
  return value
}

function runner({ options, command, limit }: Asked): Runner {
  const given = input()
  const folder = new OwnFolder()
  let traces = 0
  return {
    run: async (without, observed) => {
      const off = without === 'all' ? ['all'] : without
      const trace = folder.file(`trace-${observed ? ++traces : 0}`)
      const how = observed ? ['trace', '--json', '-f', '-o', trace] : ['run']
      const switches = off.flatMap(id => ['--without', id])
      const behaviour = await runOwnCommand([...how, ...options, ...switches, '--', ...command], given, limit * 1000)
      return { behaviour, observation: observe(() => (observed ? linesOf(trace) : [])) }
    },
  }
}
