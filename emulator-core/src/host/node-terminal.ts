/** The terminal that the command was started from: its streams, its mode, and the signals that the keyboard or another program sends. */
import { spawnSync } from 'node:child_process'
import type { HostStream, HostTerminal, TerminalMode } from './host.ts'
import { InputStream, OutputStream } from './node-streams.ts'

/** Signals of the host that are handed to the guest. */
const FORWARDED = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGWINCH',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTSTP',
  'SIGCONT',
] as const

export class NodeTerminal implements HostTerminal {
  readonly #input = new InputStream()
  readonly #outputs: (OutputStream | undefined)[] = []
  #mode: TerminalMode = 'cooked'
  #wasChanged = false

  stream(fd: 0 | 1 | 2): HostStream {
    return fd === 0 ? this.#input : this.#output(fd)
  }

  #output(fd: 1 | 2): OutputStream {
    const stream = this.#outputs[fd] ?? new OutputStream(fd)
    this.#outputs[fd] = stream
    return stream
  }

  /** What the keys come from: the standard input, or the terminal that an output is. */
  get #keys(): { readonly input: InputStream; readonly fd: number } | undefined {
    if (this.#input.kind === 'terminal') return { input: this.#input, fd: 0 }
    for (const fd of [1, 2] as const) {
      const { keys } = this.#output(fd)
      if (keys !== undefined) return { input: keys, fd }
    }
    return undefined
  }

  onSignal(callback: (name: string) => void): void {
    for (const name of FORWARDED) process.on(name, () => callback(name))
  }

  setMode(mode: TerminalMode): void {
    const keys = this.#keys
    if (keys === undefined || mode === this.#mode) return
    if (!this.#wasChanged) process.once('exit', () => this.setMode('cooked'))
    this.#wasChanged = true
    const was = this.#mode
    this.#mode = mode
    if (mode === 'cooked' || was === 'cooked') keys.input.setRawMode(mode !== 'cooked')
    // Node knows only terminals whose output is processed; leaving the raw mode brings back all of the old settings.
    if (mode === 'untouched') setOutputProcessing(keys.fd, false)
    else if (mode === 'raw' && was === 'untouched') setOutputProcessing(keys.fd, true)
  }

  suspend(): void {
    if (process.platform === 'win32') return
    const mode = this.#mode
    this.setMode('cooked')
    process.kill(process.pid, 'SIGSTOP')
    this.setMode(mode)
  }

  windowSize(): { rows: number; columns: number } | undefined {
    for (const { rows, columns } of [process.stdout, process.stderr])
      if (rows !== undefined && columns !== undefined) return { rows, columns }
    return undefined
  }
}

function setOutputProcessing(fd: number, on: boolean): void {
  spawnSync('stty', [on ? 'opost' : '-opost'], { stdio: [fd, 'ignore', 'ignore'] })
}
