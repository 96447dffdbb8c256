/** `interlinear --help`. */
import { RUN_OPTIONS } from './options.ts'
import { WHY_OPTIONS } from './why.ts'

const TRACE_OPTIONS: readonly (readonly [string, string])[] = [
  ['-o FILE', 'write the trace to FILE instead of the standard error'],
  ['-f', 'also the processes and threads that the program makes'],
  ['-e trace=SET', 'only these calls: names, or classes such as %file, %desc, %network, %process, %signal, %memory'],
  ['-e signal=SET', 'only these signals: names, with or without SIG'],
  ['-e status=KIND, -z, -Z', 'only calls that were successful (-z), or that failed (-Z)'],
  ['-y', 'show what descriptors refer to'],
  ['-T', 'show the time spent in each call'],
  ['-t, -tt, -ttt', 'show the time of day, with microseconds, or as seconds since 1970'],
  ['-r', 'show the time since the line before'],
  ['-s LENGTH', 'show that much of a string (32)'],
  ['-v', 'show structures in full'],
  ['-x, -xx', 'show strings with unprintable characters, or all, in hexadecimal'],
  ['-qq', 'say nothing of the end of processes'],
  ['-c, -C', 'a table of counts and times instead of the calls, or behind them'],
  ['--json', 'one JSON object per line, arguments as values'],
]

const USAGE = `Usage: interlinear run [options] -- PROGRAM [ARGUMENTS]
       interlinear trace [options] -- PROGRAM [ARGUMENTS]
       interlinear why [options] -- PROGRAM [ARGUMENTS]
       interlinear divergences [ID]
       interlinear --help | --version

Runs a Linux x86-64 program in an emulator that answers its system calls as NetBSD's
Linux emulation does. The program sees this computer's files read-only; what it writes
stays in memory and is gone when it ends, unless a folder is mounted with :rw.
The exit status is the program's, 128 + N after signal N. Where NetBSD differs from
Linux, the difference has a name: divergences lists them, and why says which of them
make a program behave otherwise than on Linux (its exit status is 0 if none, else 1).
`

const COLUMN = 26
const WIDTH = 96

function line(left: string, right: string): string {
  const words = right.split(' ')
  const lines = ['']
  for (const word of words) {
    const last = lines[lines.length - 1]
    if (last.length + word.length + 1 > WIDTH - COLUMN) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return `  ${left.padEnd(COLUMN - 2)}${lines.join(`\n${' '.repeat(COLUMN)}`)}`
}

export function helpText(): string {
  const run = RUN_OPTIONS.map(o => line(o.value === undefined ? o.name : `${o.name} ${o.value}`, o.help))
  const trace = TRACE_OPTIONS.map(([name, help]) => line(name, help))
  const why = WHY_OPTIONS.map(([name, help]) => line(name, help))
  const more = `Options of trace, besides these:\n${trace.join('\n')}\n\nOptions of why, besides these:\n${why.join('\n')}\n`
  return `${USAGE}\nOptions:\n${run.join('\n')}\n\n${more}`
}
