/** The command `interlinear`. */
import manifest from '../../package.json' with { type: 'json' }
import { type CommandStart, commandStart } from '../host/node-command.ts'
import { nodeHost } from '../host/node-host.ts'
import { NodeTerminal } from '../host/node-terminal.ts'
import { endWith } from './end.ts'
import { parseRun, type Surroundings } from './options.ts'
import { prepare, run, runToEnd } from './run.ts'
import { UsageError } from './usage-error.ts'

async function main({ words, ...around }: CommandStart): Promise<number> {
  const [command, ...rest] = words
  switch (command) {
    case 'run':
      return isHelp(rest) ? help() : run(rest, around)
    case 'trace':
      return isHelp(rest) ? help() : trace(rest, around)
    case 'why':
      return isHelp(rest) ? help() : explain(rest, around)
    case 'divergences':
      return isHelp(rest) ? help() : listDivergences(rest)
    case '--help':
    case '-h':
    case 'help':
      return help()
    case '--version':
    case '-V':
      process.stdout.write(`interlinear ${manifest.version}\n`)
      return 0
    case undefined:
      throw new UsageError(
        'What shall be done? Write for example: interlinear run -- /bin/ls; interlinear --help says more.',
      )
    default:
      throw new UsageError(
        `There is no command ${command}; there are run, trace, why and divergences, and --help says more.`,
      )
  }
}

function isHelp(words: readonly string[]): boolean {
  return words[0] === '--help' || words[0] === '-h'
}

async function help(): Promise<number> {
  const { helpText } = await import('./help.ts')
  process.stdout.write(helpText())
  return 0
}

async function listDivergences(words: readonly string[]): Promise<number> {
  if (words.length > 1) throw new UsageError('Give one id or group, or none for the whole list.')
  const [{ divergencesText }, { DivergenceError }] = await Promise.all([
    import('./divergences.ts'),
    import('../compat-linux/divergence-choice.ts'),
  ])
  try {
    process.stdout.write(divergencesText(words[0]))
    return 0
  } catch (error) {
    throw error instanceof DivergenceError ? new UsageError(error.message) : error
  }
}

async function explain(words: readonly string[], around: Surroundings): Promise<number> {
  const why = await import('./why.ts')
  return why.explain(words, around)
}

async function trace(words: readonly string[], around: Surroundings): Promise<number> {
  const [{ TraceSink }, { TraceOptionReader }] = await Promise.all([import('./trace.ts'), import('./trace-options.ts')])
  const reader = new TraceOptionReader()
  const options = parseRun(words, around, reader)
  const sink = new TraceSink(reader.options())
  try {
    const machine = prepare(options, sink.host(nodeHost(new NodeTerminal())))
    machine.load()
    const { recorder } = sink.start(machine.kernel)
    machine.emulation.recorder = recorder
    recorder.programStarted(machine.first, options.launch.personality)
    return await runToEnd(machine, () => recorder.publish())
  } finally {
    await sink.finish()
  }
}

endWith(main(commandStart()))
