import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** The full path of a command on PATH, or undefined. */
export function which(command) {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe', '.bat'] : ['']
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const ending of endings) {
      const file = path.join(folder, command + ending)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch {}
    }
  }
  return undefined
}
