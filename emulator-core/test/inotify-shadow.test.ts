/** Which divergences of inotify whole programs meet under netbsd-10, by the shadow of Linux's: those that make a difference to them, and no others. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { interlinear, withScratch } from './support/run.ts'

const FILE_WATCHER = fileURLToPath(new URL('../../test-workspace/bin/file-watcher', import.meta.url))

interface Line {
  readonly pid: number
  readonly event?: string
  readonly call?: string
  readonly name?: string
  readonly id?: string
  readonly detail?: string
}

/** The lines of a run's trace. */
const traced = (...words: string[]): Promise<{ readonly stdout: string; readonly lines: readonly Line[] }> =>
  withScratch(async scratch => {
    const log = scratch.beside('log')
    const options = ['trace', '-f', '--json', '-o', log, '--personality', 'netbsd-10', '--']
    const { stdout } = await interlinear([...options, ...words], scratch.fresh())
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    return { stdout, lines: lines.map(line => JSON.parse(line) as Line) }
  })

const met = (lines: readonly Line[]): string[] =>
  lines.flatMap(({ event, id, detail }) =>
    event === 'divergence' && id?.startsWith('inotify.') ? [`${id.slice(8)} ${detail ?? ''}`] : [],
  )

/** Python watches a file and sleeps in read; the shell writes to the file whenever it sleeps. */
const READER = `touch f; python3 -c '
import ctypes, os, struct
libc = ctypes.CDLL(None)
queue = libc.inotify_init1(0)
libc.inotify_add_watch(queue, b"f", 0xa)
for turn in range(2):
  names = []
  while "CLOSE_WRITE" not in names:
    records = os.read(queue, 4096)
    for at in range(0, len(records), 16):
      names.append({2: "MODIFY", 8: "CLOSE_WRITE"}[struct.unpack_from("iI", records, at)[1]])
  print(*names, flush=True)
  open("seen%d" % turn, "w").close()
' & p=$!
for turn in 0 1; do
until grep -q inotify /proc/$p/wchan; do sleep 0.1; done; echo more >>f; until [ -e seen$turn ]; do sleep 0.1; done
done; wait`

describe('a program to which nothing differs', () => {
  it('meets none: a reader that waits until a file is written, twice', async () => {
    const { stdout, lines } = await traced('/bin/bash', '-c', READER)
    expect(stdout).toBe('MODIFY CLOSE_WRITE\nMODIFY CLOSE_WRITE\n')
    expect(lines.some(({ name }) => name === 'inotify_add_watch')).toBe(true)
    expect(met(lines)).toEqual([])
  })
})

describe('a program to which something differs', () => {
  it('meets that and nothing else: inotifywait sleeps on, as its poll is not woken', async () => {
    const script = `echo one >f; inotifywait -q -e modify f & p=$!; until grep -q select /proc/$p/wchan; do sleep 0.1; done
echo two >>f; kill $p; wait $p; echo $?`
    const { stdout, lines } = await traced('/bin/bash', '-c', script)
    expect(stdout).toBe('143\n')
    expect(met(lines)).toEqual(['poll-sleeps-on somebody sleeps in poll or select'])
  })

  it('meets each where it was caused: file-watcher', async () => {
    const { lines } = await traced(FILE_WATCHER)
    const files = met(lines).filter(each => !each.startsWith('unpadded-names'))
    expect(files).toEqual([
      'entries-unseen watch 5: IN_OPEN "draft"',
      'entries-unseen watch 5: IN_MODIFY "draft"',
      'entries-unseen watch 5: IN_CLOSE_WRITE "draft"',
      'entries-unseen watch 5: IN_OPEN "draft"',
      'entries-unseen watch 5: IN_ACCESS "draft"',
      'entries-unseen watch 5: IN_CLOSE_NOWRITE "draft"',
      'entries-unseen watch 5: IN_OPEN "letter.tmp"',
      'entries-unseen watch 5: IN_MODIFY "letter.tmp"',
      'entries-unseen watch 5: IN_CLOSE_WRITE "letter.tmp"',
      'rename-over watch 5: IN_MOVED_FROM "letter.tmp"',
      'entries-unseen watch 5: IN_ATTRIB "letter"',
      'unpaired-move watch 5: IN_MOVED_FROM "letter"',
      'no-isdir watch 5: IN_CREATE|IN_ISDIR "folder"',
      'no-isdir watch 5: IN_DELETE|IN_ISDIR "folder"',
      'silent-rm watch 6: IN_IGNORED',
    ])
  })
})
