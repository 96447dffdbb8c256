import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inCache, root } from './paths.mjs'

const NEVER_AN_INPUT = new Set(['node_modules', 'dist', 'target', '.git', '.cache', 'test-results'])

/** Every file under the given files and folders (sorted), without what builds leave behind. */
export function filesUnder(places, keep = () => true) {
  const found = []
  const visit = place => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      const full = path.join(place, entry.name)
      if (entry.isDirectory()) {
        if (!NEVER_AN_INPUT.has(entry.name)) visit(full)
      } else if (!entry.name.endsWith('.node') && keep(full)) found.push(full)
    }
  }
  for (const place of places) {
    if (!existsSync(place)) continue
    if (path.extname(place) === '' && isDirectory(place)) visit(place)
    else found.push(place)
  }
  return found.sort()
}

function isDirectory(place) {
  try {
    readdirSync(place)
    return true
  } catch {
    return false
  }
}

/** A digest of the contents (not the dates) of files, and of some words besides. */
export function digest(files, words = []) {
  const hash = createHash('sha256')
  for (const word of words) hash.update(`${word}\0`)
  for (const file of files)
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}

const stampFile = name => inCache('stamps', name)

/** Whether `name` was last made from what `value` describes, and what it made is still there. */
export function isFresh(name, value, outputs = []) {
  const file = stampFile(name)
  return existsSync(file) && readFileSync(file, 'utf8') === value && outputs.every(existsSync)
}

/** Remembers that `name` is now made from what `value` describes. */
export function remember(name, value) {
  mkdirSync(inCache('stamps'), { recursive: true })
  writeFileSync(stampFile(name), value)
}
