import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the checkout; every other path is made from it. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '')

/** `inRoot('a', 'b')` is the absolute path of a/b in the checkout. */
export const inRoot = (...parts) => path.join(root, ...parts)

/** `inCache('a')` is the absolute path of a in .cache/, which holds everything that can be thrown away and made again. */
export const inCache = (...parts) => path.join(root, '.cache', ...parts)
