/** Runs of this same command in processes of their own: what they print is kept, and they can be ended. */
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import path from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { bytesOf } from './host-text.ts'

export interface CommandOutcome {
  /** As a shell tells it; undefined: it was ended because its time was over. */
  readonly status: number | undefined
  /** Bytes, one a unit. */
  readonly stdout: string
  readonly stderr: string
}

/** More than this is no longer kept; what is compared is cut there. */
const MOST_OUTPUT = 64 * 2 ** 20

/** @param words of the command line, behind the command's own name. @param input what it reads. @param limitMs after that it is ended. */
export function runOwnCommand(words: readonly string[], input: Uint8Array, limitMs: number): Promise<CommandOutcome> {
  const [program, args] = spawnable([process.execPath, process.argv[1], ...words])
  const child = spawn(program, args, { stdio: 'pipe' })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('latin1').on('data', (text: string) => {
      if (output[name].length < MOST_OUTPUT) output[name] += text
    })
  }
  child.stdin.on('error', () => {}) // a program need not read what it is given
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, limitMs)
    child.once('error', reject)
    child.once('close', (status, signal) => {
      clearTimeout(timer)
      resolve({
        ...output,
        status: late ? undefined : (status ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      })
    })
  })
}

const LONE_BYTE = /[\udc80-\udcff]/u

/** A program and its arguments as Node can start them: it only knows UTF-8, so that other bytes are put together by a shell. */
function spawnable(words: readonly string[]): [program: string, args: readonly string[]] {
  if (!words.some(word => LONE_BYTE.test(word))) return [words[0], words.slice(1)]
  const appended = words.map((word, i) =>
    // What a shell reads from a program ends without its newlines; the dot keeps them.
    LONE_BYTE.test(word) ? `w=$(printf '${octal(word)}.'); set -- "$@" "\${w%.}"` : `set -- "$@" "\${${i + 1}}"`,
  )
  const script = `n=$#; ${appended.join('; ')}; shift "$n"; exec "$@"`
  return ['/bin/sh', ['-c', script, 'sh', ...words.map(word => (LONE_BYTE.test(word) ? '' : word))]]
}

const octal = (word: string): string =>
  [...bytesOf(word)].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')

/** Standard input to its end; nothing where it is a terminal. */
export function givenInput(): Uint8Array {
  return process.stdin.isTTY ? new Uint8Array() : readFileSync(0)
}

const PIECE = 1 << 18

/** The lines of a file, which is never in memory as a whole; none where there is no such file. */
export function* linesOf(file: string): Generator<string> {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    return
  }
  try {
    const piece = Buffer.allocUnsafe(PIECE)
    const decoder = new StringDecoder('utf8')
    let begun = ''
    for (let length = readSync(fd, piece); length > 0; length = readSync(fd, piece)) {
      const lines = `${begun}${decoder.write(piece.subarray(0, length))}`.split('\n')
      begun = lines.pop() ?? ''
      yield* lines
    }
    yield begun
  } finally {
    closeSync(fd)
  }
}

/** A folder for files of this command, gone when it ends. */
export class OwnFolder {
  readonly #path = mkdtempSync(path.join(tmpdir(), 'interlinear-'))

  constructor() {
    process.once('exit', () => this.remove())
  }

  file(name: string): string {
    return path.join(this.#path, name)
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true })
  }
}

/** A line that stays while something goes on, on a terminal only. */
export function progressLine(text: string | undefined): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text ?? ''}`)
}
