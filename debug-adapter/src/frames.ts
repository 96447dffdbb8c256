/** The call stack: the translation's functions above the guest's, as the lines of an interlinear text. */
import type { Backtrace, GuestFrame, NamedValue, SourcePlace } from '@interlinear/emulator-core/session/protocol.ts'

export interface ShownFrame {
  readonly name: string
  readonly kind: 'translation' | 'guest'
  readonly address: number | undefined
  /** Of a frame of the kernel: how many are outside of it. */
  readonly depth?: number | undefined
  readonly variables: readonly NamedValue[]
  /** In the kernel's sources. */
  readonly place: SourcePlace | undefined
  /** In the program's own, as the compiler has their names. */
  readonly source?: GuestFrame['source']
  /** Of a frame of the program: which, from the innermost on. */
  readonly index?: number
}

export function shownFrames(trace: Backtrace, nativeCall: string | undefined): ShownFrame[] {
  const frames: ShownFrame[] = trace.translation.map(f => ({
    name: f.name,
    kind: 'translation',
    address: undefined,
    depth: f.depth,
    variables: f.variables,
    place: f.place,
  }))
  const bare = { address: undefined, variables: [], place: undefined }
  // A native call in progress runs above the Linux call's function and below what it waits in.
  if (nativeCall !== undefined && frames.length > 0 && frames.every(each => each.place === undefined)) {
    frames.splice(frames.length - 1, 0, { ...bare, name: nativeCall, kind: 'translation' })
  }
  trace.guest.forEach((f, index) => {
    frames.push({ ...bare, name: guestName(f), kind: 'guest', address: f.address, source: f.source, index })
  })
  return frames
}

function guestName(f: GuestFrame): string {
  if (f.symbol !== undefined) return f.offset === 0 ? f.symbol : `${f.symbol}+0x${f.offset.toString(16)}`
  const file = f.module.split('/').pop()
  const at = `0x${f.address.toString(16)}`
  return file === undefined || file === '' ? at : `${at} in ${file}`
}

export interface StackPage {
  readonly text: string
  /** The line (from 1) of each frame, in the frames' order. */
  readonly lines: readonly number[]
}

/**
 * The stack as a page to read: VS Code looks at a frame only if it has a source, and there is none for most programs. The Linux call stands
 * above, what it became is indented under it, then who called it.
 */
export function stackPage(frames: readonly ShownFrame[], call: string | undefined): StackPage {
  const text: string[] = []
  const lines: number[] = []
  const put = (frame: ShownFrame, indent: string) => {
    lines[frames.indexOf(frame)] = text.push(`${indent}${frame.name}`)
    for (const { name, value } of frame.variables) text.push(`${indent}    ${name} = ${value}`)
  }
  const translation = frames.filter(frame => frame.kind === 'translation')
  if (translation.length > 0) {
    text.push('# The system call, and under it what it became', '', call ?? 'a system call')
    // The innermost is the first of the stack and the last of the page: it reads downwards, as the call goes.
    translation.toReversed().forEach((frame, depth) => {
      put(frame, '    '.repeat(depth + 1))
    })
    text.push('')
  }
  text.push('# The program', '')
  for (const frame of frames) if (frame.kind === 'guest') put(frame, '')
  return { text: `${text.join('\n')}\n`, lines }
}
