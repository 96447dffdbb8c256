/** The functions that answer system calls, as the build's table has them. */
import type { StepTable } from '@interlinear/emulator-core/session/protocol.ts'

export interface TranslationFunction {
  readonly name: string
  /** From the folder of the sources. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

type Table = Pick<StepTable, 'files' | 'functions'>

/** NetBSD's names: those of its Linux emulation, and those that are NetBSD's own calls. */
const ANSWERS = /^(linux_)?sys_/
const PREFIX = 'linux_'

/** All of them, by name. */
export function translations({ files, functions }: Table): TranslationFunction[] {
  return functions
    .filter(([name]) => ANSWERS.test(name))
    .map(([name, file, line]) => ({ name, file: files[file], line }))
    .sort((a, b) => bare(a.name).localeCompare(bare(b.name)))
}

/** A function by its name; `linux_sys_getpid` is found where NetBSD has no function of its own for Linux's call. */
export function functionNamed(name: string, { files, functions }: Table): TranslationFunction | undefined {
  const names = name.startsWith(PREFIX) ? [name, name.slice(PREFIX.length)] : [name]
  for (const wanted of names) {
    const found = functions.find(([each]) => each === wanted)
    if (found !== undefined) return { name: found[0], file: files[found[1]], line: found[2] }
  }
  return undefined
}

const bare = (name: string): string => name.replace(ANSWERS, '')
