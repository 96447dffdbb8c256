/** Host files for tests of the kernel: node:fs, with no more than the contract asks. */
import * as fs from 'node:fs'
import { HostError, type HostFiles, type HostStat } from '../../src/host/host.ts'

const path = (p: string): Buffer => Buffer.from(p, 'latin1')

function tried<T>(operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    throw new HostError((error as NodeJS.ErrnoException).code ?? 'EIO')
  }
}

function stat(s: fs.BigIntStats): HostStat {
  const n = Number
  return {
    dev: n(s.dev),
    ino: n(s.ino),
    mode: n(s.mode),
    nlink: n(s.nlink),
    uid: n(s.uid),
    gid: n(s.gid),
    rdev: n(s.rdev),
    size: n(s.size),
    blksize: n(s.blksize),
    blocks: n(s.blocks),
    atime: s.atimeNs,
    mtime: s.mtimeNs,
    ctime: s.ctimeNs,
    birthtime: s.birthtimeNs,
  }
}

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants
const modes = { r: O_RDONLY, 'r+': O_RDWR, 'create-exclusive': O_RDWR | O_CREAT | O_EXCL }
const seconds = (ns: bigint): number => Number(ns) / 1e9

export const nodeHostFiles: HostFiles = {
  lstat: p => tried(() => stat(fs.lstatSync(path(p), { bigint: true }))),
  readdir: p => tried(() => fs.readdirSync(path(p), 'latin1' as BufferEncoding)),
  readlink: p => tried(() => fs.readlinkSync(path(p), 'latin1')),
  open: (p, mode, permissions) => tried(() => fs.openSync(path(p), modes[mode] | O_NOFOLLOW, permissions)),
  readv: (fd, into, position) => tried(() => fs.readvSync(fd, into, position)),
  writev: (fd, from, position) => tried(() => fs.writevSync(fd, from, position)),
  fstat: fd => tried(() => stat(fs.fstatSync(fd, { bigint: true }))),
  ftruncate: (fd, length) => tried(() => fs.ftruncateSync(fd, length)),
  fsync: fd => tried(() => fs.fsyncSync(fd)),
  close: fd => tried(() => fs.closeSync(fd)),
  mkdir: (p, mode) => tried(() => void fs.mkdirSync(path(p), mode)),
  rmdir: p => tried(() => fs.rmdirSync(path(p))),
  unlink: p => tried(() => fs.unlinkSync(path(p))),
  rename: (from, to) => tried(() => fs.renameSync(path(from), path(to))),
  link: (existing, p) => tried(() => fs.linkSync(path(existing), path(p))),
  symlink: (target, p) => tried(() => fs.symlinkSync(path(target), path(p))),
  chmod: (p, mode) => tried(() => fs.chmodSync(path(p), mode)),
  chown: (p, uid, gid) => tried(() => fs.lchownSync(path(p), uid, gid)),
  utimes: (p, atime, mtime) => tried(() => fs.lutimesSync(path(p), seconds(atime), seconds(mtime))),
  realpath: p => tried(() => fs.realpathSync(path(p), 'latin1')),
}
