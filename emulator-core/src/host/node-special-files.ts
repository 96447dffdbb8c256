/** Named pipes and sockets in the host's folders. Node makes neither; a guest only needs their names, what goes through them stays within the guest. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { createServer } from 'node:net'
import { posix } from 'node:path'
import { HostError } from './host.ts'
import { textOf } from './host-text.ts'

const { O_RDONLY, O_DIRECTORY = 0 } = fs.constants

/** @throws HostError ENOTSUP where there is no such thing. */
export function makeSpecialFile(path: Buffer, kind: 'fifo' | 'socket'): void {
  if (process.platform === 'win32') throw new HostError('ENOTSUP')
  if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw new HostError('EEXIST')
  if (kind === 'fifo') makeFifo(path)
  else makeSocket(path)
}

function makeFifo(path: Buffer): void {
  const text = textOf(path)
  // The command's arguments are text.
  if (/[\udc80-\udcff]/u.test(text)) throw new HostError('ENOTSUP')
  if (spawnSync('mkfifo', ['--', text], { stdio: 'ignore' }).status !== 0) throw new HostError('EACCES')
}

/** A server that listens for a moment leaves a second name of its socket behind. */
function makeSocket(path: Buffer): void {
  const { dir } = posix.parse(path.toString('latin1'))
  const folder = fs.openSync(Buffer.from(dir, 'latin1'), O_RDONLY | O_DIRECTORY)
  const server = createServer().on('error', () => {})
  const name = `.interlinear-${randomBytes(6).toString('hex')}`
  // Addresses of sockets are short; on Linux a descriptor stands for a folder however deep it lies.
  const beside = process.platform === 'linux' ? `/proc/self/fd/${folder}/${name}` : posix.join(dir, name)
  try {
    server.listen(beside)
    if (fs.lstatSync(beside, { throwIfNoEntry: false }) === undefined) throw new HostError('EACCES')
    fs.linkSync(beside, path)
  } finally {
    server.close()
    fs.rmSync(beside, { force: true })
    fs.closeSync(folder)
  }
}
