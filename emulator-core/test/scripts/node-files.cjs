#!/usr/bin/node
// Only under linux: node copies with copy_file_range and sendfile, which NetBSD lacks, and watches an inotify that may have its event before epoll does.
const fs = require('node:fs')
fs.mkdirSync('a/b/c', { recursive: true })
fs.writeFileSync('a/b/file', 'text\n'.repeat(1000))
fs.symlinkSync('b/file', 'a/link')
fs.chmodSync('a/b/file', 0o640)
fs.promises.cp('a', 'copy', { recursive: true }).then(() => {
  fs.copyFileSync('copy/b/file', 'second')
  try {
    fs.copyFileSync('second', 'a/b/file', fs.constants.COPYFILE_EXCL)
  } catch (e) {
    console.log(e.code)
  }
  console.log(
    fs.readdirSync('copy', { recursive: true }).sort(),
    fs.readFileSync('second', 'utf8').length,
    fs.statSync('second').mode.toString(8),
    fs.readlinkSync('copy/link'),
  )
  watch()
})

function watch() {
  const watcher = fs.watch('.')
  watcher.on('change', (kind, name) => {
    if (name !== 'watched') return
    console.log(kind)
    watcher.close()
  })
  setImmediate(() => fs.writeFileSync('watched', 'x'))
}
