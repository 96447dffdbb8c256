/** Files of the host through node:fs. Names are latin1 strings, one character a byte, because file names are bytes. */
import * as fs from 'node:fs'
import { HostError, type HostFiles, type HostStat } from './host.ts'
import { makeSpecialFile } from './node-special-files.ts'

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}

/** Runs an operation; its failure comes with POSIX's name. */
export function hostOperation<T>(operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    if (error instanceof HostError) throw error
    throw new HostError((error as NodeJS.ErrnoException).code ?? 'EIO')
  }
}

function hostStat(s: fs.BigIntStats): HostStat {
  return {
    dev: Number(s.dev),
    ino: Number(s.ino),
    mode: Number(s.mode),
    nlink: Number(s.nlink),
    uid: Number(s.uid),
    gid: Number(s.gid),
    rdev: Number(s.rdev),
    size: Number(s.size),
    blksize: Number(s.blksize),
    blocks: Number(s.blocks),
    atime: s.atimeNs,
    mtime: s.mtimeNs,
    ctime: s.ctimeNs,
    birthtime: s.birthtimeNs,
  }
}

/** On systems that lack a flag it is 0. */
const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = fs.constants
const ALWAYS = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
const MODES = { r: O_RDONLY, 'r+': O_RDWR, 'create-exclusive': O_RDWR | O_CREAT | O_EXCL } as const

/** Names that are not there are asked for all the time: they must not cost an exception with a stack. */
function lstat(path: string): HostStat {
  const found = hostOperation(() => fs.lstatSync(bytes(path), { bigint: true, throwIfNoEntry: false }))
  if (found === undefined) throw new HostError('ENOENT')
  return hostStat(found)
}

/** Entries asked for at once. */
const DIRECTORY_BUFFER = 256

/** In the file system's own order, which programs see and which readdirSync would replace by the alphabet's. */
function readdir(path: string): string[] {
  const directory = hostOperation(() =>
    fs.opendirSync(bytes(path), { encoding: 'latin1' as BufferEncoding, bufferSize: DIRECTORY_BUFFER }),
  )
  try {
    const names: string[] = []
    for (;;) {
      const entry = hostOperation(() => directory.readSync())
      if (entry === null) return names
      names.push(entry.name)
    }
  } finally {
    directory.closeSync()
  }
}

/** Whole and fractional seconds; a double holds times of today to about 0.2 µs. Node takes those before 1970 for the present, but as a Date. */
function seconds(ns: bigint): number | Date {
  if (ns < 0n) return new Date(Math.floor(Number(ns) / 1e6))
  return Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9
}

export const nodeFiles: HostFiles = {
  lstat,
  readdir,
  readlink: path => hostOperation(() => fs.readlinkSync(bytes(path), 'latin1')),
  open: (path, mode, permissions) => hostOperation(() => fs.openSync(bytes(path), MODES[mode] | ALWAYS, permissions)),
  readv: (fd, into, position) => hostOperation(() => fs.readvSync(fd, into, position)),
  writev: (fd, from, position) => hostOperation(() => fs.writevSync(fd, from, position)),
  fstat: fd => hostOperation(() => hostStat(fs.fstatSync(fd, { bigint: true }))),
  ftruncate: (fd, length) => hostOperation(() => fs.ftruncateSync(fd, length)),
  fsync: fd => hostOperation(() => fs.fsyncSync(fd)),
  close: fd => hostOperation(() => fs.closeSync(fd)),
  mkdir: (path, mode) => hostOperation(() => void fs.mkdirSync(bytes(path), mode)),
  mknod: (path, kind) => hostOperation(() => makeSpecialFile(bytes(path), kind)),
  rmdir: path => hostOperation(() => fs.rmdirSync(bytes(path))),
  unlink: path => hostOperation(() => fs.unlinkSync(bytes(path))),
  rename: (from, to) => hostOperation(() => fs.renameSync(bytes(from), bytes(to))),
  link: (existing, path) => hostOperation(() => fs.linkSync(bytes(existing), bytes(path))),
  symlink: (target, path) => hostOperation(() => fs.symlinkSync(bytes(target), bytes(path))),
  chmod: (path, mode) => hostOperation(() => fs.chmodSync(bytes(path), mode)),
  chown: (path, uid, gid) => hostOperation(() => fs.lchownSync(bytes(path), uid, gid)),
  utimes: (path, atime, mtime, followLinks) =>
    hostOperation(() => (followLinks ? fs.utimesSync : fs.lutimesSync)(bytes(path), seconds(atime), seconds(mtime))),
  statfs: path => {
    const s = hostOperation(() => fs.statfsSync(bytes(path)))
    return { blockSize: s.bsize, blocks: s.blocks, free: s.bavail, files: s.files, filesFree: s.ffree }
  },
  realpath: path => hostOperation(() => fs.realpathSync.native(bytes(path), 'latin1' as BufferEncoding)),
}
