/** `interlinear divergences [ID]`: where NetBSD's Linux emulation differs from Linux. */
import { groupOf, idsNamed } from '../compat-linux/divergence-choice.ts'
import { type Divergence, divergences } from '../compat-linux/divergences.ts'

/** All in one line each, or those that `name` (an id or a group) stands for in full. @throws DivergenceError */
export function divergencesText(name: string | undefined): string {
  if (name === undefined) return `${divergences.map(line).join('\n')}\n`
  const wanted = idsNamed(name)
  return divergences
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
  return `${HEAD}\n${sections.join('\n')}`
}

const HEAD = `# Where NetBSD's Linux emulation differs from Linux

This page is made from the list in \`emulator-core/src/compat-linux/divergences*.ts\`, which \`interlinear divergences\` prints too.
Under \`--personality netbsd-10\` all are in force, under \`linux\` none; \`--without ID\` and \`--with ID\` switch single ones or groups.
There are ${divergences.length}. Where a source says *inferred*, the behaviour was concluded and not read.
`

function entry({ id, summary, linux, netbsd, source }: Divergence): string {
  return `### ${id}\n\n${summary}\n\n- **Linux:** ${linux}\n- **NetBSD:** ${netbsd}\n- **Source:** \`${source}\`\n`
}

const WIDEST = Math.max(...divergences.map(({ id }) => id.length))

function line({ id, summary }: Divergence): string {
  return `${id.padEnd(WIDEST)}  ${summary}`
}

function inFull({ id, summary, linux, netbsd, source }: Divergence): string {
  return `${id}\n  ${summary}\n  Linux:   ${linux}\n  NetBSD:  ${netbsd}\n  Source:  ${source}\n`
}
