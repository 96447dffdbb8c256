/** `interlinear divergences [ID]`: where NetBSD's Linux emulation differs from Linux. */
import { groupOf, idsNamed } from '../compat-linux/divergence-choice.ts'
import { type Divergence, divergences } from '../compat-linux/divergences.ts'
import { MISSING_GROUP, mechanismDifferences, missingCalls, missingDifferences } from '../compat-linux/structure.ts'

/** What is told of a divergence besides its id and its summary, in this order. */
const FACTS: readonly (readonly [title: string, fact: (divergence: Divergence) => string])[] = [
  ['Linux', ({ linux }) => linux],
  ['NetBSD', ({ netbsd }) => netbsd],
  ['Severity', ({ severity }) => severity],
  ['Advice', ({ advice }) => advice],
  ['Since', ({ since }) => sentence(since)],
  ['Until', ({ until }) => sentence(until)],
  ['Switch', ({ comesWith }) => comesWith ?? ''],
]

const factsOf = (divergence: Divergence) =>
  FACTS.map(([title, fact]) => [title, fact(divergence)] as const).filter(([, text]) => text !== '')

const singles = [...divergences, ...mechanismDifferences]

/** All in one line each, or those that `name` (an id or a group) stands for in full. @throws DivergenceError */
export function divergencesText(name: string | undefined): string {
  if (name === undefined) return `${[...singles, everyMissing].map(line).join('\n')}\n`
  const wanted = idsNamed(name)
  return [...singles, ...missingDifferences]
    .filter(({ id }) => wanted.includes(id))
    .map(inFull)
    .join('\n')
}

/** The page docs/divergences.md. */
export function divergencesPage(): string {
  const groups = [...new Set(divergences.map(({ id }) => groupOf(id)))].sort()
  const sections = groups.map(group => {
    const own = divergences.filter(({ id }) => groupOf(id) === group)
    return `## ${group}\n\n${own.map(entry).join('\n')}`
  })
  return `${HEAD}\n${sections.join('\n')}\n${STRUCTURE}`
}

/** In the list one line for all. */
const everyMissing = {
  id: `${MISSING_GROUP}.CALL`,
  summary: `The call is not there: ${missingCalls.length} calls, which "interlinear divergences ${MISSING_GROUP}" lists.`,
}

const SEVERITIES = (['high', 'medium', 'low'] as const)
  .map(severity => {
    const own = divergences.filter(divergence => divergence.severity === severity)
    return `- **${severity}** (${own.length}): ${own.map(({ id }) => `\`${id}\``).join(', ')}`
  })
  .join('\n')

const HEAD = `# Where NetBSD's Linux emulation differs from Linux

This page is made from the list in \`emulator-core/src/compat-linux/divergences*.ts\`, which \`interlinear divergences\` prints too.
Under \`--personality netbsd-10\` all are in force, under \`linux\` none; \`--without ID\` and \`--with ID\` switch single ones or groups.
Those that are a part of how epoll or inotify is done are switched with it.
There are ${divergences.length}. Where a source says *inferred*, the behaviour was concluded and not read.

*Severity* is what a program loses. High: something is lost, hangs or is done otherwise, and no error says so. Medium: what works on
Linux is refused with an error, or done otherwise in a way that a careful program sees. Low: only who looks for it notices.
*Since* and *until* are revisions of the source file, as far as it was read; a release is named only where it follows from the dates.

${SEVERITIES}
`

const STRUCTURE = `## What is not one call's answer

Personalities are nothing but sets of these switches: \`netbsd-10\` with all of them off is \`linux\`.

${mechanismDifferences.map(entry).join('\n')}
### ${everyMissing.id}

The ${missingCalls.length} calls that Linux has and NetBSD's emulation has not (\`sys/compat/linux/arch/amd64/syscalls.master\`) fail with ENOSYS; \`--without
${MISSING_GROUP}.CALL\` gives a program one of them, as far as it is there under \`linux\`.

${missingCalls.map(call => `\`${call}\``).join(' ')}
`

function entry(divergence: Divergence): string {
  const facts = factsOf(divergence).map(([title, fact]) => `- **${title}:** ${fact}\n`)
  return `### ${divergence.id}\n\n${divergence.summary}\n\n${facts.join('')}- **Source:** \`${divergence.source}\`\n`
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`
}

const FACT_INDENT = 10

const WIDEST = Math.max(...singles.map(({ id }) => id.length))

function line({ id, summary }: Pick<Divergence, 'id' | 'summary'>): string {
  return `${id.padEnd(WIDEST)}  ${summary}`
}

function inFull(divergence: Divergence): string {
  const facts = [...factsOf(divergence), ['Source', divergence.source]]
  const lines = facts.map(([title, fact]) => `  ${`${title}:`.padEnd(FACT_INDENT)}${fact}\n`)
  return `${divergence.id}\n  ${divergence.summary}\n${lines.join('')}`
}
