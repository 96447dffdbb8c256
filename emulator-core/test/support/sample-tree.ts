import { chmodSync, lutimesSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const WORDS = 'epoll kqueue knote inotify vnode uvm lwp kevent filter descriptor signal mutex'.split(' ')
const LINES = 20_000
const LONG_AGO = new Date('2001-02-03T04:05:06Z')

/** Numbers that look random and are always the same (a linear congruential generator). */
function* numbers(): Generator<number, never> {
  let state = 12345
  for (;;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    yield state >>> 8
  }
}

/** Lines of "number word number". */
export function sampleText(lines = LINES): string {
  const next = numbers()
  const line = () =>
    `${next.next().value % 100_000} ${WORDS[next.next().value % WORDS.length]} ${next.next().value % 97}`
  return `${Array.from({ length: lines }, line).join('\n')}\n`
}

/** Makes a tree of files, folders and links whose every byte, mode and date is known. */
export function makeSampleTree(root: string): void {
  const put = (name: string, content: string | Uint8Array, mode = 0o644) => {
    writeFileSync(path.join(root, name), content)
    chmodSync(path.join(root, name), mode)
  }
  for (const folder of ['', 'empty', 'deep', 'deep/er', 'deep/er/est', 'many', 'links']) {
    mkdirSync(path.join(root, folder), { recursive: true })
    chmodSync(path.join(root, folder), 0o755)
  }
  put('lines.txt', sampleText())
  put(
    'people.json',
    JSON.stringify(['Ada', 'Grace', 'Ken'].map((name, i) => ({ name, age: 30 + i, tags: [i, i * i] }))),
  )
  put(
    'binary',
    Uint8Array.from({ length: 70_000 }, (_, i) => (i * i) >> 3),
  )
  put('empty-file', '')
  put('script', '#!/usr/bin/gawk -f\nBEGIN { print "a script, with " ARGC - 1 " arguments" }\n', 0o755)
  put('secret', 'sh!\n', 0o600)
  put('deep/er/est/needle.txt', 'hay\nneedle in hay\nhay\n')
  put('deep/ünïcode name', 'a name of several bytes and a space\n')
  for (let i = 0; i < 300; i++) put(`many/file-${i}`, `${i}\n`)
  symlinkSync('../lines.txt', path.join(root, 'links/file'))
  symlinkSync('nowhere', path.join(root, 'links/broken'))
  symlinkSync('..', path.join(root, 'links/up'))
  setDates(root)
}

/** Children first, since a folder's date changes with them. */
function setDates(place: string): void {
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    const full = path.join(place, entry.name)
    if (entry.isDirectory()) setDates(full)
    else lutimesSync(full, LONG_AGO, LONG_AGO)
  }
  lutimesSync(place, LONG_AGO, LONG_AGO)
}
