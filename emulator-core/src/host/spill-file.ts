/** A temporary file for events that do not stay in memory. It has no name where the system allows that, so nothing is left behind. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SpillFile } from '../events/store.ts'

export function openSpillFile(): SpillFile {
  const folder = mkdtempSync(path.join(tmpdir(), 'interlinear-events-'))
  const fd = openSync(path.join(folder, 'events'), 'wx+', 0o600)
  // An open file can be deleted everywhere but on Windows.
  let deleted = tryToDelete(folder)
  let open = true
  return {
    write(bytes, offset) {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, offset + done)
    },
    read(into, offset) {
      for (let done = 0; done < into.length; ) {
        const n = readSync(fd, into, done, into.length - done, offset + done)
        if (n === 0) throw new Error('The file of the events is shorter than it was.')
        done += n
      }
    },
    close() {
      if (!open) return
      open = false
      closeSync(fd)
      if (!deleted) deleted = tryToDelete(folder)
    },
  }
}

function tryToDelete(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true })
    return true
  } catch {
    return false
  }
}
