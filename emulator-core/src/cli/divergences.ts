/** `interlinear divergences [ID]`: where NetBSD's Linux emulation differs from Linux. */
import { idsNamed } from '../compat-linux/divergence-choice.ts'
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

const WIDEST = Math.max(...divergences.map(({ id }) => id.length))

function line({ id, summary }: Divergence): string {
  return `${id.padEnd(WIDEST)}  ${summary}`
}

function inFull({ id, summary, linux, netbsd, source }: Divergence): string {
  return `${id}\n  ${summary}\n  Linux:   ${linux}\n  NetBSD:  ${netbsd}\n  Source:  ${source}\n`
}
