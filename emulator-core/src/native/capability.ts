/**
 * Privileges in parts. NetBSD asks kauth(9), whose superuser model (sys/secmodel/suser/secmodel_suser.c) answers by the effective user id;
 * Linux's programs may give up or keep single capabilities (capabilities(7)). Who never said anything has all as root and none otherwise.
 */
import type { Credentials } from './proc.ts'

export const CAP_CHOWN = 0
export const CAP_DAC_OVERRIDE = 1
export const CAP_DAC_READ_SEARCH = 2
export const CAP_FOWNER = 3
export const CAP_KILL = 5
export const CAP_SETGID = 6
export const CAP_SETUID = 7
export const CAP_SETPCAP = 8
export const CAP_IPC_LOCK = 14
export const CAP_SYS_CHROOT = 18
export const CAP_SYS_PTRACE = 19
export const CAP_SYS_ADMIN = 21
export const CAP_SYS_NICE = 23
export const CAP_SYS_RESOURCE = 24
export const CAP_SYS_TIME = 25
export const CAP_MKNOD = 27
export const CAP_PERFMON = 38
export const CAP_BPF = 39
export const CAP_CHECKPOINT_RESTORE = 40
/** The highest there is. */
export const CAP_LAST = 40

export const ALL_CAPABILITIES = 2n ** BigInt(CAP_LAST + 1) - 1n

/** Sets of capabilities, bit n for number n. */
export interface Capabilities {
  readonly effective: bigint
  readonly permitted: bigint
  readonly inheritable: bigint
  /** What executing a program may give at most. */
  readonly bounding: bigint
  /** What a program without privileges of its own keeps. */
  readonly ambient: bigint
}

const ROOT: Capabilities = {
  effective: ALL_CAPABILITIES,
  permitted: ALL_CAPABILITIES,
  inheritable: 0n,
  bounding: ALL_CAPABILITIES,
  ambient: 0n,
}
/** A user whose set-user-id past left nothing: permitted by its ids, effective by the effective one. */
const NOBODY: Capabilities = { ...ROOT, effective: 0n, permitted: 0n }

export function capabilitiesOf(c: Credentials): Capabilities {
  if (c.capabilities !== undefined) return c.capabilities
  if (c.euid === 0) return ROOT
  return c.uid === 0 || c.suid === 0 ? { ...NOBODY, permitted: ALL_CAPABILITIES } : NOBODY
}

export function hasCapability(c: Credentials, capability: number): boolean {
  if (c.capabilities === undefined) return c.euid === 0
  return ((c.capabilities.effective >> BigInt(capability)) & 1n) !== 0n
}

const hasRoot = (c: Credentials): boolean => c.uid === 0 || c.euid === 0 || c.suid === 0

/** Executing as root gives nothing; ids and capabilities have nothing to do with each other; permitted capabilities outlive root; nothing becomes ambient. */
export const SECBIT_NOROOT = 0x1
export const SECBIT_NO_SETUID_FIXUP = 0x4
export const SECBIT_KEEP_CAPS = 0x10
export const SECBIT_NO_CAP_AMBIENT_RAISE = 0x40
/** Each of them, and above it the one that makes it last. */
export const SECURE_ALL_BITS = 0x55
export const SECURE_ALL_LOCKS = SECURE_ALL_BITS << 1

/** The user ids change: root's end takes the capabilities away, if the bits do not say otherwise (cap_emulate_setxuid). */
export function afterSetuid(before: Credentials, after: Credentials, securebits: number): Credentials {
  if (before.capabilities === undefined && securebits === 0) return after
  if ((securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return { ...after, capabilities: capabilitiesOf(before) }
  const keep = (securebits & SECBIT_KEEP_CAPS) !== 0
  let { effective, permitted, ambient, ...rest } = capabilitiesOf(before)
  if (hasRoot(before) && !hasRoot(after)) {
    if (!keep) permitted = effective = 0n
    ambient = 0n
  }
  if (before.euid === 0 && after.euid !== 0) effective = 0n
  if (before.euid !== 0 && after.euid === 0) effective = permitted
  return { ...after, capabilities: { effective, permitted, ambient, ...rest } }
}

/** A program is executed that brings no capabilities of its own (cap_bprm_creds_from_file): root gets all that are not bounded. */
export function afterExec(c: Credentials, securebits: number): Credentials {
  const ignoresRoot = (securebits & SECBIT_NOROOT) !== 0
  if (c.capabilities === undefined && !ignoresRoot) return c
  const { inheritable, bounding, ambient } = capabilitiesOf(c)
  const root = !ignoresRoot && (c.uid === 0 || c.euid === 0)
  const permitted = root ? inheritable | bounding : ambient
  const effective = root && c.euid === 0 ? permitted : ambient
  return { ...c, capabilities: { effective, permitted, inheritable, bounding, ambient: root ? 0n : ambient } }
}
