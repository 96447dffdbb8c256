import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/**
 * One temporary folder for a whole run of the tests: what any of them, or a program that one started, leaves there goes with it.
 * Its name is short, since the paths of UNIX sockets (at most 107 bytes) lie within.
 */
export default function setup(): () => void {
  const outside = process.env.TMPDIR
  const folder = mkdtempSync(path.join(os.tmpdir(), 'il-'))
  process.env.TMPDIR = folder
  return () => {
    if (outside === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = outside
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}
