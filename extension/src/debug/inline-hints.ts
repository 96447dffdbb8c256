/** Where the values of a stopped frame stand in the translation's source: each behind the line that names it first. */

export interface Known {
  readonly name: string
  readonly value: string
}

export interface Hint {
  /** From 0, as VS Code counts. */
  readonly line: number
  readonly start: number
  readonly end: number
  readonly text: string
}

const LONGEST = 80
/** A function begins on a line like these, less indented than what is in it. */
const BEGINS =
  /^\s*(export\s+)?(function\b|override\s|static\s|(async\s+)?\*?#?[\w$]+\(|(const|let)\s[\w$]+\s*=\s*.*=>\s*\{)/
const NOT_A_FUNCTION = /^\s*(if|for|while|switch|catch|return|throw)\b/

/**
 * @param lines of the document.
 * @param stopped the line that is next to be executed, from 0.
 * @param known the frame's variables, innermost first. Those with a space in their names are events rather than names in the source: how the
 *   function ends stands behind its last line.
 */
export function inlineHints(lines: readonly string[], stopped: number, known: readonly Known[]): Hint[] {
  const first = functionStart(lines, stopped)
  const hints: Hint[] = []
  for (const { name, value } of known) {
    const text = `${name} = ${shortened(value)}`
    if (name.includes(' ') || name === 'returns' || name === 'throws') {
      hints.push({ line: stopped, start: 0, end: lines[stopped]?.length ?? 0, text: `${name} ${shortened(value)}` })
      continue
    }
    const word = new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`)
    if (name === 'this' || !/^[\w$]+$/.test(name)) continue
    for (let line = first; line <= stopped; line++) {
      const start = withoutComment(lines[line] ?? '').search(word)
      if (start < 0) continue
      hints.push({ line, start, end: start + name.length, text })
      break
    }
  }
  return hints
}

function functionStart(lines: readonly string[], stopped: number): number {
  const indent = (line: string) => line.length - line.trimStart().length
  let outermost = Number.POSITIVE_INFINITY
  for (let line = stopped; line >= 0; line--) {
    const text = lines[line] ?? ''
    if (text.trim() === '') continue
    if (indent(text) >= outermost && line !== stopped) continue
    outermost = Math.min(outermost, indent(text))
    if (line < stopped && BEGINS.test(text) && !NOT_A_FUNCTION.test(text)) return line
  }
  return stopped
}

const withoutComment = (line: string) => line.replace(/\/\/.*$/, '')

const shortened = (value: string) => (value.length <= LONGEST ? value : `${value.slice(0, LONGEST - 1)}…`)
