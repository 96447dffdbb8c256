/** The answer of `interlinear why`, in a paragraph. */

import { switchOf } from '../compat-linux/divergence-choice.ts'
import type { Divergence } from '../compat-linux/divergences.ts'
import { MISSING_GROUP } from '../compat-linux/structure.ts'
import { signalName } from '../events/linux-names.ts'
import { type Behaviour, firstOutputDifference } from './behaviour.ts'
import { firstDifferentCall, KEPT_CALLS, type Observation, type ObservedCall } from './observed-run.ts'
import type { Answer } from './why.ts'

const LONGEST_LINE = 100
const LONGEST_ARGUMENTS = 100
const MOST_CALLS = 3

/** What is told of a divergence. */
type Reason = Pick<Divergence, 'id' | 'summary' | 'source' | 'advice'>

/** @param about the entry of an id. @param limit seconds after which a run was ended. */
export function whyText(answer: Answer, program: string, about: (id: string) => Reason, limit: number): string {
  switch (answer.kind) {
    case 'alike':
      return alike(answer.here.observation, program)
    case 'erratic': {
      const { first, second, where } = answer
      const place = where === 'here' ? "with NetBSD's answers" : 'as on Linux'
      return (
        `${program} does not do the same each time: two runs ${place} differ (${contrast(first.behaviour, second.behaviour, 'once', 'then', limit)}), ` +
        'so what one of them did cannot be laid to a difference between the systems.'
      )
    }
    default: {
      const { here, linux, reasons } = answer
      const parts = [
        `${program} behaves otherwise than on Linux: ${contrast(here.behaviour, linux.behaviour, 'here', 'on Linux', limit)}.`,
        `${reasons.length === 1 ? 'The reason is' : `It takes ${reasons.length} differences together:`} ${reasons.map(id => reason(id, partsMet(here.observation, id), about)).join('; ')}.`,
        `Without ${reasons.length === 1 ? 'it' : 'them'} (${reasons.map(id => `--without ${id}`).join(' ')}) it behaves as on Linux.`,
        `What a program can do about ${reasons.length === 1 ? 'it' : 'them'}: ${reasons.flatMap(id => advice(id, partsMet(here.observation, id), about)).join(' ')}`,
        concerned(here.observation, reasons),
        parting(here.observation, linux.observation, reasons),
      ]
      return parts.filter(part => part !== '').join(' ')
    }
  }
}

function alike({ met }: Observation, program: string): string {
  const ids = [...met.keys()].filter(id => !id.startsWith(`${MISSING_GROUP}.`))
  const said = `${program} behaves the same with NetBSD's answers as on Linux: same output, same exit status.`
  return ids.length === 0 ? said : `${said} It met ${ids.join(', ')}, which made no difference to that.`
}

function contrast(a: Behaviour, b: Behaviour, ours: string, theirs: string, limit: number): string {
  const ended = (status: number | undefined): string =>
    status === undefined ? `had not ended after ${limit} s` : `ends with status ${status}`
  const parts: string[] = []
  if (a.status !== b.status) parts.push(`${ours} it ${ended(a.status)}, ${theirs} it ${ended(b.status)}`)
  const difference = firstOutputDifference(a, b)
  if (difference !== undefined) {
    const { output, line, first, second } = difference
    parts.push(
      `line ${line} of its ${output === 'stdout' ? 'output' : 'error output'} is ${quoted(first)} ${ours}, ${quoted(second)} ${theirs}`,
    )
  }
  return parts.join(', and ')
}

function quoted(line: string | undefined): string {
  if (line === undefined || line === '') return 'empty'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a program prints may move the cursor
  const plain = line.replace(/[\x00-\x1f\x7f-\x9f]/g, '\ufffd')
  return `"${plain.length > LONGEST_LINE ? `${plain.slice(0, LONGEST_LINE)}…` : plain}"`
}

/** What was met of a difference that can only be switched as a whole: a mechanism. */
const partsMet = ({ met }: Observation, id: string): readonly string[] =>
  [...met.keys()].filter(each => each !== id && switchOf(each) === id)

function reason(id: string, parts: readonly string[], about: (id: string) => Reason): string {
  const named = (each: string): string => {
    const { summary, source } = about(each)
    return `${each} (${summary.replace(/\.$/, '')}; ${source})`
  }
  return parts.length === 0 ? named(id) : `${named(id)}, of which it met ${parts.map(named).join(', ')}`
}

const advice = (id: string, parts: readonly string[], about: (id: string) => Reason): readonly string[] =>
  (parts.length === 0 ? [id] : parts).map(each => about(each).advice)

/** The calls in which the reasons were met. */
function concerned({ met }: Observation, reasons: readonly string[]): string {
  const meetings = [...met].filter(([id]) => reasons.includes(switchOf(id))).map(([, each]) => each)
  const found = meetings.flatMap(({ calls }) => calls)
  if (found.length === 0) return ''
  const some = found.slice(0, MOST_CALLS).map(callText)
  const all = meetings.reduce((sum, { count, calls }) => sum + (calls.length < KEPT_CALLS ? calls.length : count), 0)
  const more = all > some.length ? `, and ${all - some.length} more` : ''
  return `It was met in ${some.join(', ')}${more}.`
}

function parting(here: Observation, linux: Observation, reasons: readonly string[]): string {
  const different = firstDifferentCall(here, linux, reasons)
  if (different === undefined) return ''
  const { ours, theirs } = different
  if (theirs === undefined) return `The calls part at ${callText(ours)}, which is not made on Linux.`
  if (theirs.name !== ours.name)
    return `The calls part at ${callText(ours)}; on Linux there is ${callText(theirs)} in its place.`
  return `The calls part at ${callText(ours)}, which answers ${resultText(theirs)} on Linux.`
}

function callText(call: ObservedCall): string {
  const text = Object.entries(call.args)
    .map(([name, value]) => (isNothing(name, value) ? '0' : argumentText(value)))
    .join(', ')
  const shown = text.length > LONGEST_ARGUMENTS ? `${text.slice(0, LONGEST_ARGUMENTS)}…` : text
  return `${call.name}(${shown}) = ${resultText(call)} (call ${call.number} of ${call.thread === 0 ? 'the first thread' : `thread ${call.thread + 1}, process ${call.pid}`})`
}

function resultText({ result }: ObservedCall): string {
  return result === undefined ? '?' : typeof result === 'string' ? `-1 ${result}` : String(result)
}

/** An empty list is none of the flags, or a set of nothing. */
const isNothing = (name: string, value: unknown): boolean =>
  Array.isArray(value) && value.length === 0 && /flags$|^prot$|^events$/.test(name)

/** A set of signals, by their names without SIG. */
const isSignals = (list: readonly unknown[]): boolean =>
  list.every(each => typeof each === 'string' && (SIGNALS.has(each) || /^RT_\d+$/.test(each)))
const SIGNALS: ReadonlySet<string> = new Set(Array.from({ length: 33 }, (_, n) => signalName(n).replace(/^SIG/, '')))

/** As near to strace's form as JSON allows. */
function argumentText(value: unknown): string {
  if (value === null) return 'NULL'
  if (Array.isArray(value)) {
    if (isSignals(value)) return `[${value.join(' ')}]`
    const isMask = value.every(each => typeof each === 'string' && /^([A-Z][A-Z0-9_]+|0x[0-9a-f]+)$/.test(each))
    return isMask ? value.join('|') : `[${value.map(argumentText).join(', ')}]`
  }
  if (typeof value === 'string') return /^[\w|:+-]+$/.test(value) ? value : JSON.stringify(value)
  if (typeof value !== 'object') return String(value)
  if ('fd' in value) return argumentText(value.fd)
  if ('text' in value) return `${JSON.stringify(String(value.text))}...`
  return `{${Object.entries(value)
    .map(([name, field]) => `${name}=${argumentText(field)}`)
    .join(', ')}}`
}
