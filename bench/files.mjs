// The guests and the files that the benchmarks need, made in .cache/bench.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs'
import { inCache, inRoot } from '../scripts/lib/paths.mjs'

export const GUESTS = inCache('bench', 'guests')
export const DATA = inCache('bench', 'data')
export const MEASURE = inCache('bench', 'measure')

/** Compiles the guests, static, and the program that measures. */
export function prepareGuests() {
  mkdirSync(GUESTS, { recursive: true })
  for (const file of readdirSync(inRoot('bench', 'guests')).filter(name => name.endsWith('.c'))) {
    const program = `${GUESTS}/${file.slice(0, -2)}`
    execFileSync('gcc', ['-O2', '-static', '-pthread', '-o', program, inRoot('bench', 'guests', file), '-lm'])
  }
  execFileSync('gcc', ['-O2', '-Wall', '-o', MEASURE, inRoot('bench', 'measure.c')])
}

/** The same bytes every time: block `number` is the digest of the number. */
const noise = number => createHash('sha256').update(String(number)).digest()

/** A server's log as one knows it: much the same in each line, but not all. */
function* logLines(bytes) {
  const words = ['GET /index.html', 'GET /style.css', 'POST /login', 'GET /images/logo.png', 'GET /search?q=']
  for (let line = 0, written = 0; written < bytes; line++) {
    const random = noise(line)
    const time = new Date(1_700_000_000_000 + line * 731).toISOString()
    const text = `${time} 10.0.${random[0] & 7}.${random[1]} "${words[random[2] % 5]}${random[3] & 3 ? '' : random.readUInt16LE(4)}" 200 ${random.readUInt16LE(6)} "Mozilla/5.0 (X11; Linux x86_64)"\n`
    written += text.length
    yield text
  }
}

function* pieces(bytes) {
  const piece = Buffer.concat(Array.from({ length: 32768 }, (_, number) => noise(number)))
  for (let written = 0; written < bytes; written += piece.length) yield piece.subarray(0, bytes - written)
}

function write(name, content) {
  const file = `${DATA}/${name}`
  if (existsSync(file)) return
  const fd = openSync(`${file}.new`, 'w')
  for (const piece of content) writeSync(fd, piece)
  closeSync(fd)
  renameSync(`${file}.new`, file)
}

export function makeFiles() {
  mkdirSync(DATA, { recursive: true })
  write('log.txt', logLines(11_000_000))
  write('200MB', pieces(200_000_000))
}
