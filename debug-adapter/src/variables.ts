/** What the variables view shows; each becomes a DAP variable. */
import { FAPPEND, FNONBLOCK, FREAD, FWRITE } from '@interlinear/emulator-core/native/file.ts'
import type { DescriptorInfo, NamedValue, ProgramValue } from '@interlinear/emulator-core/session/protocol.ts'
import { hex } from './address.ts'

export interface Value {
  readonly name: string
  readonly value: string
  readonly type?: string
  /** Address of what it points to. */
  readonly memory?: bigint
  readonly parts?: readonly Value[]
  /** Gets its parts, where they are many or lead on without end. */
  readonly expand?: () => Promise<readonly Value[]>
  /** What evaluates to it again. */
  readonly expression?: string
  /** Where it is, if it is in memory. */
  readonly place?: { readonly address: number; readonly size: number }
}

/** `parts`: gets those of an expression. */
export function programValues(
  values: readonly ProgramValue[],
  parts: (expression: string) => Promise<readonly ProgramValue[]>,
): Value[] {
  return values.map(({ expands, pointsTo, place, ...rest }) => {
    const memory = pointsTo ?? place?.address
    return {
      ...rest,
      ...(place === undefined ? {} : { place }),
      ...(memory === undefined ? {} : { memory: BigInt(memory) }),
      ...(expands ? { expand: async () => programValues(await parts(rest.expression), parts) } : {}),
    }
  })
}

/** The order in which people look at them; indices are the engine's. */
const REGISTERS = [
  ['rip', 16],
  ['rsp', 4],
  ['rbp', 5],
  ['rax', 0],
  ['rdi', 7],
  ['rsi', 6],
  ['rdx', 2],
  ['r10', 10],
  ['r8', 8],
  ['r9', 9],
  ['rcx', 1],
  ['rbx', 3],
  ['r11', 11],
  ['r12', 12],
  ['r13', 13],
  ['r14', 14],
  ['r15', 15],
  ['rflags', 17],
  ['fs_base', 18],
  ['gs_base', 19],
] as const

const FLAGS = [
  [0, 'CF'],
  [2, 'PF'],
  [4, 'AF'],
  [6, 'ZF'],
  [7, 'SF'],
  [8, 'TF'],
  [9, 'IF'],
  [10, 'DF'],
  [11, 'OF'],
] as const

export function registerValues(slots: readonly bigint[]): Value[] {
  return REGISTERS.map(([name, index]) => {
    const n = slots[index]
    if (name !== 'rflags') return { name, value: hex(n), memory: n }
    const set = FLAGS.filter(([bit]) => ((n >> BigInt(bit)) & 1n) === 1n).map(([, flag]) => flag)
    return { name, value: `${hex(n)} [${set.join(' ')}]` }
  })
}

export function registerNamed(name: string, slots: readonly bigint[]): Value | undefined {
  const wanted = name.replace(/^[$%]/, '').toLowerCase()
  return registerValues(slots).find(each => each.name === wanted)
}

export function descriptorValues(table: readonly DescriptorInfo[]): Value[] {
  return table.map(d => ({
    name: String(d.fd),
    value: d.description,
    type: d.type,
    parts: [
      { name: 'type', value: d.type },
      { name: 'open for', value: openMode(d.flags) },
      { name: 'close on exec', value: String(d.closeOnExec) },
      { name: 'offset', value: String(d.offset) },
      { name: 'open file', value: `#${d.file}` },
      ...d.knotes.map((text, i) => ({ name: `knote ${i + 1}`, value: text })),
    ],
  }))
}

function openMode(flags: number): string {
  const words: string[] = []
  if ((flags & FREAD) !== 0) words.push('reading')
  if ((flags & FWRITE) !== 0) words.push('writing')
  if ((flags & FAPPEND) !== 0) words.push('appending')
  if ((flags & FNONBLOCK) !== 0) words.push('non-blocking')
  return words.join(', ') || 'nothing'
}

/** Of the kernel: they have been decoded where they are. */
export function stepValues(values: readonly NamedValue[]): Value[] {
  return values.map(({ parts, ...value }) => (parts === undefined ? value : { ...value, parts: stepValues(parts) }))
}

/** `event`, `event.events`, `kevents[0].flags`: a variable of a frame of the kernel, or a part of one. */
export function variableNamed(expression: string, variables: readonly NamedValue[]): Value | undefined {
  let parts = variables
  let found: NamedValue | undefined
  for (const name of expression.trim().split(/\.|\[|\]\.?/)) {
    if (name === '') continue
    found = parts.find(each => each.name === name)
    if (found === undefined) return undefined
    parts = found.parts ?? []
  }
  return found === undefined ? undefined : stepValues([found])[0]
}

/** Where the processor's convention puts the six arguments; indices are the engine's. */
const ARGUMENT_REGISTERS = [
  ['rdi', 7],
  ['rsi', 6],
  ['rdx', 2],
  ['r10', 10],
  ['r8', 8],
  ['r9', 9],
] as const

/** A call whose entry was not recorded (`trace` is off): its name and the bare registers. */
export function undecodedCall(name: string, slots: readonly bigint[]): Value[] {
  const call = { name: 'call', value: name }
  return [
    call,
    ...ARGUMENT_REGISTERS.map(([register, i]) => ({ name: register, value: hex(slots[i]), memory: slots[i] })),
  ]
}
