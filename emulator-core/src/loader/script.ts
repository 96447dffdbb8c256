/** `#!` scripts: sys/kern/exec_script.c; Linux: fs/binfmt_script.c. */

/** Bytes of the first line that count. */
export const SCRIPT_LINE = 256

export interface ScriptLine {
  readonly interpreter: Uint8Array
  /** All that follows, as one word. */
  readonly argument: Uint8Array | undefined
}

const SPACE = 0x20
const TAB = 0x09
const NEWLINE = 0x0a

/** undefined: not a script, or one whose first line names no interpreter or is cut off within its name. */
export function parseScript(beginning: Uint8Array): ScriptLine | undefined {
  if (beginning[0] !== 0x23 || beginning[1] !== 0x21) return undefined
  const newline = beginning.subarray(0, SCRIPT_LINE).indexOf(NEWLINE)
  const whole = newline >= 0 || beginning.length < SCRIPT_LINE
  let line = beginning.subarray(2, newline >= 0 ? newline : Math.min(beginning.length, SCRIPT_LINE - 1))
  const zero = line.indexOf(0)
  if (zero >= 0) line = line.subarray(0, zero)
  line = trimmed(line)
  const end = line.findIndex(b => b === SPACE || b === TAB)
  if (line.length === 0 || (end < 0 && !whole)) return undefined
  if (end < 0) return { interpreter: line, argument: undefined }
  return { interpreter: line.subarray(0, end), argument: trimmed(line.subarray(end)) }
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let start = 0
  let end = bytes.length
  while (start < end && (bytes[start] === SPACE || bytes[start] === TAB)) start++
  while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--
  return bytes.subarray(start, end)
}
