/** Two Syncthings that share a folder: one in the emulator, one on the machine. They know each other's address and ask nobody else. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Personality, type Scratch, type Started, startEmulated, startNatively } from '../support/run.ts'
import { freePorts } from './ports.ts'

const PROGRAM = '/usr/bin/syncthing'
const KEY = 'key'
const LIFETIME_MS = 580_000
const LOOK_AGAIN_MS = 250

interface Place {
  readonly name: string
  readonly home: string
  /** The shared folder. */
  readonly folder: string
  readonly id: string
  readonly port: number
  readonly web: number
}

export interface Peer extends Place {
  readonly running: Started
  /** Makes it look at its folder now. */
  scan(): Promise<void>
}

export interface Pair {
  readonly emulated: Peer
  readonly native: Peer
}

export async function startPair(scratch: Scratch, personality: Personality): Promise<Pair> {
  const cwd = scratch.fresh()
  const ports = await freePorts(4, 'tcp')
  const places = ['emulated', 'native'].map((name, i) => place(path.join(cwd, name), name, ports[i], ports[2 + i]))
  for (const each of places) configure(each, places)
  const [here, there] = places
  const args = ({ home }: Place) => [`--home=${home}`, '--no-browser', '--no-upgrade', '--no-restart']
  const common = { program: PROGRAM, timeoutMs: LIFETIME_MS, env: { HOME: cwd } }
  const own = path.dirname(here.home)
  const options = ['--net', 'host', '--mount', `${own}:${own}:rw`]
  const native = startNatively({ ...common, args: args(there) }, cwd)
  const emulated = startEmulated({ ...common, args: args(here), options }, cwd, personality)
  return { emulated: peer(here, emulated), native: peer(there, native) }
}

/** A home with a key, and the device's name that follows from it. */
function place(folder: string, name: string, port: number, web: number): Place {
  const home = path.join(folder, 'home')
  mkdirSync(home, { recursive: true })
  mkdirSync(path.join(folder, 'shared', '.stfolder'), { recursive: true })
  const syncthing = (...args: string[]) =>
    execFileSync(PROGRAM, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  syncthing('generate', `--home=${home}`, '--no-default-folder', '--skip-port-probing')
  const id = syncthing(`--home=${home}`, '--device-id').trim()
  return { name, home, folder: path.join(folder, 'shared'), id, port, web }
}

/** What is not said here is Syncthing's default. */
function configure(own: Place, all: readonly Place[]): void {
  const settings = {
    listenAddress: `tcp://127.0.0.1:${own.port}`,
    globalAnnounceEnabled: false,
    localAnnounceEnabled: false,
    relaysEnabled: false,
    natEnabled: false,
    stunKeepaliveStartS: 0,
    startBrowser: false,
    urAccepted: -1,
    autoUpgradeIntervalH: 0,
    crashReportingEnabled: false,
    reconnectionIntervalS: 5,
  }
  const options = Object.entries(settings).map(([name, value]) => `<${name}>${value}</${name}>`)
  const members = all.map(({ id }) => `<device id="${id}"/>`)
  const devices = all.map(
    ({ id, name, port }) => `<device id="${id}" name="${name}"><address>tcp://127.0.0.1:${port}</address></device>`,
  )
  const xml = `<configuration version="36">
  <folder id="shared" path="${own.folder}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true" fsWatcherDelayS="1">
    ${members.join('')}<minDiskFree unit="%">0</minDiskFree>
  </folder>
  ${devices.join('\n  ')}
  <gui enabled="true" tls="false"><address>127.0.0.1:${own.web}</address><apikey>${KEY}</apikey></gui>
  <options>${options.join('')}<minHomeDiskFree unit="%">0</minHomeDiskFree></options>
</configuration>
`
  writeFileSync(path.join(own.home, 'config.xml'), xml)
}

function peer(own: Place, running: Started): Peer {
  const ask = async (method: string, path: string) => {
    const response = await fetch(`http://127.0.0.1:${own.web}/rest/${path}`, { method, headers: { 'X-API-Key': KEY } })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.text()
  }
  return { ...own, running, scan: async () => void (await ask('POST', 'db/scan?folder=shared')) }
}

/** Each file's checksum by its name; what Syncthing keeps for itself left out. */
export function contents(folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  const visit = (below: string): void => {
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
      const name = path.join(below, entry.name)
      if (name === '.stfolder') continue
      if (entry.isDirectory()) {
        found[`${name}/`] = 'a folder'
        visit(name)
      } else
        found[name] = createHash('sha256')
          .update(readFileSync(path.join(folder, name)))
          .digest('hex')
    }
  }
  visit('')
  return found
}

/** Waits until a folder holds exactly this; for ever, if it never does: the test's own time is the limit. */
export async function untilContents(folder: string, wanted: Readonly<Record<string, string>>): Promise<void> {
  const text = JSON.stringify(sorted(wanted))
  for (;;) {
    try {
      if (JSON.stringify(sorted(contents(folder))) === text) return
    } catch (error) {
      // A file may go while it is looked at.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    await pause(LOOK_AGAIN_MS)
  }
}

const sorted = (record: Readonly<Record<string, string>>) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))

/** Its warnings, without the time and the short name in front. */
export const warnings = ({ running }: Peer): string[] =>
  [...running.soFar().matchAll(/WARNING: (.*)/g)].map(([, text]) => text)
