/** Why a program cannot be started, for people: one sentence that names the thing and says what to do, and the exit status a shell would give. */
import { E2BIG, EACCES, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOEXEC, ENOMEM, ENOTDIR, Errno } from '../native/errno.ts'
import { ElfError, type ElfProblem } from './elf.ts'
import { InterpreterError } from './load-image.ts'

export interface Failure {
  readonly message: string
  readonly status: number
}

/** As a shell: there, but not executable; not there. */
const CANNOT_EXECUTE = 126
const NOT_FOUND = 127

const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: '32-bit x86 (i386)',
  8: 'MIPS',
  20: '32-bit PowerPC',
  21: '64-bit PowerPC',
  22: 'IBM Z (s390)',
  40: '32-bit ARM',
  43: '64-bit SPARC',
  62: 'x86-64 with 32-bit pointers (x32)',
  183: '64-bit ARM (aarch64)',
  243: 'RISC-V',
  258: 'LoongArch',
}

/** undefined: not a failure to load. */
export function explainFailure(program: string, hasSysroot: boolean, error: unknown): Failure | undefined {
  if (error instanceof ElfError) return { message: `${program}: ${problem(error.problem)}`, status: CANNOT_EXECUTE }
  if (error instanceof InterpreterError) return interpreterFailure(program, hasSysroot, error)
  if (error instanceof Errno) return byErrno(program, error)
  return undefined
}

function problem(p: ElfProblem): string {
  switch (p.kind) {
    case 'not-elf':
      return 'this is not a Linux program (not an ELF file, and no script that begins with "#!"); give the path of an x86-64 Linux executable.'
    case 'truncated':
      return 'the ELF file is cut off; build or copy the program again.'
    case 'wrong-machine':
      return `this program is for ${MACHINES[p.machine] ?? `another processor (ELF machine ${p.machine})`}; only 64-bit x86-64 Linux programs run here.`
    case 'not-executable':
      return p.type === 1
        ? 'this is an object file, which must be linked into a program first.'
        : `this ELF file (type ${p.type}) is no program; give the path of an executable.`
    case 'malformed':
      return `the ELF file cannot be loaded because of ${p.what}; build or copy the program again.`
  }
}

function interpreterFailure(program: string, hasSysroot: boolean, error: InterpreterError): Failure {
  const what = interpreterTrouble(error.cause)
  const advice = hasSysroot
    ? 'the folder given with --sysroot must hold the libraries of its system'
    : 'install it, or give the root of a system that has it with --sysroot DIR'
  return {
    message: `${program}: the program interpreter ${error.path} that it asks for ${what}; ${advice}.`,
    status: error.cause === ENOENT || error.cause === ENOTDIR ? NOT_FOUND : CANNOT_EXECUTE,
  }
}

function interpreterTrouble(cause: Errno): string {
  switch (cause) {
    case ENOENT:
    case ENOTDIR:
      return 'is not there'
    case ENOEXEC:
      return 'is no x86-64 program itself'
    case EACCES:
    case EISDIR:
      return 'may not be executed'
    default:
      return `cannot be used (${cause.name})`
  }
}

function byErrno(program: string, error: Errno): Failure {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return { message: `${program}: there is no such file; check the path.`, status: NOT_FOUND }
    case EACCES:
    case EISDIR:
      return {
        message: `${program}: it may not be executed: it must be a file with the execute permission, not a folder (chmod +x).`,
        status: CANNOT_EXECUTE,
      }
    case ELOOP:
      return {
        message: `${program}: too many symbolic links, or scripts that name each other.`,
        status: CANNOT_EXECUTE,
      }
    case ENAMETOOLONG:
      return { message: `${program}: the path is too long.`, status: CANNOT_EXECUTE }
    case ENOMEM:
      return {
        message: `${program}: it does not fit into the guest's memory; give more with --memory.`,
        status: CANNOT_EXECUTE,
      }
    case E2BIG:
      return { message: `${program}: its arguments and environment are too long.`, status: CANNOT_EXECUTE }
    default:
      return { message: `${program}: it cannot be loaded (${error.name}).`, status: CANNOT_EXECUTE }
  }
}
