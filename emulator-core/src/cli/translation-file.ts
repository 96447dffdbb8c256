/** Where what was translated for a program is kept for its next run. */
import { isAbsolute, join, resolve } from 'node:path'
import type { Surroundings } from './options.ts'

/** Says where, or `off`. */
export const CACHE_VARIABLE = 'INTERLINEAR_CACHE'

const LONGEST_NAME = 200

/**
 * The file of a program; undefined if nothing is to be kept. Programs may share one: what is taken from it is compared with the program.
 * @param program as it was named
 */
export function translationFile({ environment, cwd }: Surroundings, program: string): string | undefined {
  const folder = cacheFolder(environment)
  if (folder === undefined) return undefined
  const path = program.includes('/') ? resolve(cwd, program) : program
  const name = path.replace(/[^\w.+-]/g, character => `%${character.charCodeAt(0).toString(16)}`)
  return join(folder, 'translations', `t-${name.slice(-LONGEST_NAME)}`)
}

function cacheFolder(environment: Surroundings['environment']): string | undefined {
  const { [CACHE_VARIABLE]: given, XDG_CACHE_HOME: caches, HOME: home } = environment
  if (given !== undefined && given !== '') return isAbsolute(given) ? given : undefined
  // The standard says that what is not absolute is not to be regarded.
  if (caches !== undefined && isAbsolute(caches)) return join(caches, 'interlinear')
  return home !== undefined && isAbsolute(home) ? join(home, '.cache', 'interlinear') : undefined
}
