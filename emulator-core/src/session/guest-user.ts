/** Users by name, as the guest's own /etc/passwd and /etc/group have them (passwd(5), group(5)). */
import type { Credentials } from '../native/proc.ts'
import { LaunchError } from './launch-error.ts'

/** Whom a program runs as: numbers, or names that the guest's files explain. */
export type WantedUser =
  | { readonly uid: number; readonly gid: number }
  | { readonly name: string; readonly group: string | undefined }

type ReadText = (path: string) => string

const USAGE = 2

export function credentialsOf(uid: number, gid: number, groups: readonly number[]): Credentials {
  return { uid, gid, euid: uid, egid: gid, suid: uid, sgid: gid, groups: [...groups] }
}

/** The user of a name with the groups that name him. @throws LaunchError */
export function namedUser({ name, group }: Extract<WantedUser, { name: string }>, read: ReadText): Credentials {
  const user = fieldsOf(read('/etc/passwd')).find(([known]) => known === name)
  const [uid, own] = [Number(user?.[2] || Number.NaN), Number(user?.[3] || Number.NaN)]
  if (!Number.isInteger(uid) || !Number.isInteger(own))
    throw new LaunchError(
      `--user ${name}: the program's /etc/passwd has no such user; give numbers, UID or UID:GID.`,
      USAGE,
    )
  const groups = fieldsOf(read('/etc/group'))
  if (group !== undefined) {
    const gid = /^\d+$/.test(group)
      ? Number(group)
      : Number(groups.find(([known]) => known === group)?.[2] || Number.NaN)
    if (!Number.isInteger(gid))
      throw new LaunchError(
        `--user ${name}:${group}: the program's /etc/group has no such group; give its number.`,
        USAGE,
      )
    return credentialsOf(uid, gid, [gid])
  }
  const further = groups.filter(([, , , members]) => members?.split(',').includes(name)).map(([, , gid]) => Number(gid))
  return credentialsOf(uid, own, [own, ...further.filter(gid => Number.isInteger(gid) && gid !== own)])
}

const fieldsOf = (text: string): string[][] => text.split('\n').map(line => line.split(':'))
