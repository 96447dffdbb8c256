/** Code as bytes, and what its addresses belong to: what a disassembly is made from. */
import { pageDown } from '../machine/page.ts'
import type { CodeMap } from './code-map.ts'
import type { Code, GuestFrame } from './protocol.ts'

/** How far back the beginning of a function is looked for, in bytes. */
const LONGEST_FUNCTION = 1 << 16

/** So much as can be read without a gap. */
export function codeAround(code: CodeMap, address: number, before: number, after: number): Code {
  const from = Math.max(0, address - before)
  const at = code.locate(from)
  const wanted = at?.symbol !== undefined && from - at.start <= LONGEST_FUNCTION ? at.start : from
  let start = address
  while (start > wanted && code.read(pageDown(start - 1), 1).length > 0) start = Math.max(wanted, pageDown(start - 1))
  const bytes = code.read(start, address + after - start)
  return { start, bytes, functions: code.functionsWithin(start, start + bytes.length) }
}

export function placeOf(code: CodeMap, address: number): GuestFrame {
  const at = code.locate(address)
  const line = code.lineAt(address)
  return {
    address,
    symbol: at?.symbol,
    offset: at === undefined ? 0 : address - at.start,
    module: at?.module ?? '',
    ...(line === undefined ? {} : { source: { file: line.file, line: line.line } }),
  }
}
