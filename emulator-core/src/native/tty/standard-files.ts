/** The three files a program begins with, whatever the command's own streams are. */
import type { HostStream } from '../../host/host.ts'
import { type File, FREAD, FWRITE } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { nullDevice, SimpleDeviceFile } from '../vfs/device.ts'
import type { Vnode } from '../vfs/vnode.ts'
import { HostStreamFile } from './host-stream-file.ts'
import { TerminalDevices } from './pty-devices.ts'
import { StreamFile } from './stream-file.ts'
import { Terminal } from './terminal.ts'
import { TerminalFile } from './terminal-file.ts'

/** Also makes the terminal, if a stream is one, the device behind /dev/tty and /dev/pts/0. */
export function standardFiles(kernel: Kernel): [File, File, File] {
  const streams = ([0, 1, 2] as const).map(fd => kernel.host.terminal.stream(fd))
  const terminals = streams.filter(s => s.kind === 'terminal')
  const input = streams[0].kind === 'terminal' ? streams[0] : terminals[0]
  const terminal = input === undefined ? undefined : new Terminal(kernel, input, terminals[terminals.length - 1])
  const devices = new TerminalDevices(kernel)
  const { uid } = kernel.first?.credentials ?? kernel.host.user
  const pts = terminal === undefined ? undefined : devices.add(terminal, 0, uid)
  return [0, 1, 2].map(fd => fileOf(kernel, streams[fd], fd, pts && terminal && { terminal, pts })) as [
    File,
    File,
    File,
  ]
}

function fileOf(
  kernel: Kernel,
  stream: HostStream,
  fd: number,
  tty: { readonly terminal: Terminal; readonly pts: Vnode } | undefined,
): File {
  const flags = fd === 0 ? FREAD : FWRITE
  if (stream.kind === 'terminal' && tty !== undefined) return new TerminalFile(tty.terminal, FREAD | FWRITE, tty.pts)
  if (stream.kind === 'file' && stream.hostFd !== undefined) return hostFile(kernel, stream.hostFd, flags)
  if (stream.kind === 'null') {
    const vnode = kernel.vfs.root.lookup('dev', undefined)?.vnode.mountedHere?.root.lookup('null', undefined)?.vnode
    if (vnode !== undefined) return new SimpleDeviceFile(kernel.vfs, vnode, FREAD | FWRITE, nullDevice)
  }
  return new StreamFile(stream, flags)
}

/** What Linux tells of a descriptor of our own; elsewhere its name stays unknown and its place is taken as the start. */
function hostFile(kernel: Kernel, hostFd: number, flags: number): File {
  const { files } = kernel.host
  let name = `/dev/fd/${hostFd}`
  let offset = 0
  try {
    name = files.readlink(`/proc/self/fd/${hostFd}`)
    const info = files.open(`/proc/self/fdinfo/${hostFd}`, 'r')
    const bytes = new Uint8Array(256)
    const length = files.readv(info, [bytes], 0)
    files.close(info)
    offset = Number(/pos:\s*(\d+)/.exec(String.fromCharCode(...bytes.subarray(0, length)))?.[1] ?? 0)
  } catch {}
  return new HostStreamFile(files, hostFd, flags, name, offset)
}
