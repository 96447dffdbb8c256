import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Failure } from './failure.mjs'
import { inRoot } from './paths.mjs'
import { which } from './which.mjs'

const RUSTUP = "curl --proto '=https' -sSf https://sh.rustup.rs | sh -s -- -y"

/** The oldest Rust that compiles the engine, as its Cargo.toml says. */
function oldestRust() {
  const manifest = inRoot('emulator-core', 'unicorn-engine-node', 'Cargo.toml')
  const found = existsSync(manifest) && /^rust-version\s*=\s*"(\d+)\.(\d+)/m.exec(readFileSync(manifest, 'utf8'))
  return found ? [Number(found[1]), Number(found[2])] : [1, 80]
}

/** rustup's own folder counts although the shell that installed it may not have been restarted. */
function findCargo() {
  const folder = path.join(process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo'), 'bin')
  if (which('cargo') === undefined && existsSync(path.join(folder, 'cargo'))) {
    process.env.PATH = `${folder}${path.delimiter}${process.env.PATH}`
  }
  return which('cargo')
}

/** Makes sure that a Rust which can compile the engine is on PATH. */
export function ensureRust() {
  const cargo = findCargo()
  const [major, minor] = oldestRust()
  if (cargo === undefined) {
    throw new Failure(
      `Compiling the engine needs Rust ${major}.${minor} or newer: install it with  ${RUSTUP}  and run this again.`,
    )
  }
  const version = execFileSync(cargo, ['--version'], { encoding: 'utf8' })
  const [, haveMajor, haveMinor] = (/(\d+)\.(\d+)/.exec(version) ?? []).map(Number)
  if (haveMajor < major || (haveMajor === major && haveMinor < minor)) {
    throw new Failure(
      `Compiling the engine needs Rust ${major}.${minor} or newer, and this is ${version.trim()}: install it with  ${RUSTUP}  and run this again.`,
    )
  }
}

/** Whether cargo has one of its optional commands (clippy, fmt). */
export function hasCargoCommand(name) {
  if (findCargo() === undefined) return false
  try {
    execFileSync('cargo', [name, '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
