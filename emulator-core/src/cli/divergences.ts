/** `interlinear divergences [ID]`: where NetBSD's Linux emulation differs from Linux. */
import { groupOf, idsNamed } from '../compat-linux/divergence-choice.ts'
import { type Divergence, divergences } from '../compat-linux/divergences.ts'
import { MISSING_GROUP, mechanismDifferences, missingCalls, missingDifferences } from '../compat-linux/structure.ts'

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

const HEAD = `# Where NetBSD's Linux emulation differs from Linux

This page is made from the list in \`emulator-core/src/compat-linux/divergences*.ts\`, which \`interlinear divergences\` prints too.
Under \`--personality netbsd-10\` all are in force, under \`linux\` none; \`--without ID\` and \`--with ID\` switch single ones or groups.
There are ${divergences.length}. Where a source says *inferred*, the behaviour was concluded and not read.
`

const STRUCTURE = `## What is not one call's answer

Personalities are nothing but sets of these switches: \`netbsd-10\` with all of them off is \`linux\`.

${mechanismDifferences.map(entry).join('\n')}
### ${everyMissing.id}

The ${missingCalls.length} calls that Linux has and NetBSD's emulation has not (\`sys/compat/linux/arch/amd64/syscalls.master\`) fail with ENOSYS; \`--without
${MISSING_GROUP}.CALL\` gives a program one of them, as far as it is there under \`linux\`.

${missingCalls.map(call => `\`${call}\``).join(' ')}
`

function entry({ id, summary, linux, netbsd, source }: Divergence): string {
  return `### ${id}\n\n${summary}\n\n- **Linux:** ${linux}\n- **NetBSD:** ${netbsd}\n- **Source:** \`${source}\`\n`
}

const WIDEST = Math.max(...singles.map(({ id }) => id.length))

function line({ id, summary }: Pick<Divergence, 'id' | 'summary'>): string {
  return `${id.padEnd(WIDEST)}  ${summary}`
}

function inFull({ id, summary, linux, netbsd, source }: Divergence): string {
  return `${id}\n  ${summary}\n  Linux:   ${linux}\n  NetBSD:  ${netbsd}\n  Source:  ${source}\n`
}
