/** Which of a program's sources somebody means who has one at a path: compilers write relative paths, and folders get moved. */

const partsOf = (path: string): string[] => path.split(/[\\/]+/).filter(part => part !== '' && part !== '.')

/** Names alone are the same too often, as soon as there are folders to compare. */
const LEAST_PARTS = 2

/** Those of `files` that agree with the path in most of their last parts: a whole relative path, or an absolute one's last two. */
export function namesMeant(path: string, files: readonly string[]): ReadonlySet<string> {
  const wanted = partsOf(path)
  let most = 0
  let meant: string[] = []
  for (const file of files) {
    const parts = partsOf(file)
    const common = commonEnd(wanted, parts)
    if (common < Math.min(parts.length, LEAST_PARTS) || common < most || common === 0) continue
    if (common > most) meant = []
    most = common
    meant.push(file)
  }
  return new Set(meant)
}

function commonEnd(a: readonly string[], b: readonly string[]): number {
  let n = 0
  while (n < a.length && n < b.length && a[a.length - 1 - n] === b[b.length - 1 - n]) n++
  return n
}
