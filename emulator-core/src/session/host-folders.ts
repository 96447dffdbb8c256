/** Whether the folders of this computer that a run is given are there, said before anything begins. */
import type { Host } from '../host/host.ts'
import { latin1Of } from '../host/host-text.ts'
import { LaunchError } from './launch-error.ts'
import type { LaunchOptions } from './protocol.ts'

const USAGE = 2
const S_IFMT = 0o170000
const S_IFDIR = 0o040000

/** @throws LaunchError */
export function checkHostFolders(host: Host, options: Pick<LaunchOptions, 'sysroot' | 'mounts'>): void {
  if (options.sysroot !== undefined) check(host, options.sysroot, `--sysroot ${options.sysroot}`)
  const taken = new Set<string>()
  for (const mount of options.mounts) {
    check(host, mount.host, `--mount ${mount.host}:${mount.guest}`)
    const guest = mount.guest.replace(/\/+$/, '')
    if (taken.has(guest)) {
      throw new LaunchError(
        `--mount ${mount.host}:${mount.guest}: another folder is already put at ${mount.guest}.`,
        USAGE,
      )
    }
    taken.add(guest)
  }
}

function check(host: Host, folder: string, option: string): void {
  let mode: number
  try {
    mode = host.files.lstat(host.files.realpath(latin1Of(folder))).mode
  } catch {
    throw new LaunchError(`${option}: there is no folder ${folder} on this computer; check the path.`, USAGE)
  }
  if ((mode & S_IFMT) !== S_IFDIR) throw new LaunchError(`${option}: ${folder} is not a folder; give a folder.`, USAGE)
}
