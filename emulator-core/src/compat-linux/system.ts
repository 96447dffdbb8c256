/** What the system is, and a thread's place in it: uname, sysinfo, arch_prctl. sys/compat/linux/common/linux_misc.c, arch/amd64/linux_machdep.c. */
import { Reg } from 'unicorn-engine-node'
import { meets } from '../native/divergence.ts'
import { EINVAL, ENODEV, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { clockOffset } from '../native/time-namespace.ts'
import { identity, releaseOf } from '../native/vfs/proc/identity.ts'
import { type CallFamily, size } from './call.ts'

const UTSNAME_FIELD = 65
const PAGE = 4096
const LOAD_ENTRIES = 112

function linux_sys_uname(l: Lwp, address: number): number {
  const { system, version, machine } = identity
  const { hostname, domainname } = l.proc.kernel.tunables
  const processor = (l.proc.persona & PER_MASK) === PER_LINUX32 ? 'i686' : machine
  const fields = [system, hostname, releaseOf(l.proc.kernel), version, processor, domainname]
  const bytes = new Uint8Array(UTSNAME_FIELD * fields.length)
  fields.forEach((text, i) => {
    const field = text.slice(0, UTSNAME_FIELD - 1)
    for (let at = 0; at < field.length; at++) bytes[UTSNAME_FIELD * i + at] = field.charCodeAt(at)
  })
  l.memory.copyout(address, bytes)
  return 0
}

/** struct sysinfo, 112 bytes, in units of one byte. */
function linux_sys_sysinfo(l: Lwp, address: number): number {
  const { machine, clock, processes } = l.proc.kernel
  const v = new DataView(new ArrayBuffer(LOAD_ENTRIES))
  v.setBigInt64(0, BigInt(Math.ceil((clock.monotonic() + clockOffset(l.proc, 'boottime')) / 1e9)), true)
  v.setBigUint64(32, BigInt(machine.framesTotal) * BigInt(PAGE), true)
  v.setBigUint64(40, BigInt(machine.framesTotal - machine.framesUsed) * BigInt(PAGE), true)
  v.setUint16(80, Math.min(processes.size, 0xffff), true)
  v.setUint32(104, 1, true)
  l.memory.copyout(address, new Uint8Array(v.buffer))
  return 0
}

/** reboot, swapon and the like: the machine is not the guest's to change. */
function refused(): never {
  throw EPERM
}

const ARCH_SET_GS = 0x1001
const ARCH_SET_FS = 0x1002
const ARCH_GET_FS = 0x1003
const ARCH_GET_GS = 0x1004
const ARCH_GET_CPUID = 0x1011
const ARCH_SET_CPUID = 0x1012

/** arch_prctl(2): the bases of %fs and %gs. */
function linux_sys_arch_prctl(l: Lwp, codeArgument: number, address: number): number {
  const registers = new BigUint64Array(l.proc.kernel.machine.registers)
  const code = codeArgument | 0
  switch (code) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
      if (size(address) >= 2 ** 47) throw EPERM
      registers[code === ARCH_SET_FS ? Reg.FS_BASE : Reg.GS_BASE] = BigInt(address)
      return 0
    case ARCH_GET_FS:
    case ARCH_GET_GS:
      l.memory.writeBigU64(address, registers[code === ARCH_GET_FS ? Reg.FS_BASE : Reg.GS_BASE])
      return 0
    // Whether the instruction cpuid may be executed: always, and this processor cannot have it otherwise.
    case ARCH_GET_CPUID:
      return 1
    case ARCH_SET_CPUID:
      throw ENODEV
    default:
      throw EINVAL
  }
}

const PER_MASK = 0xff
const PER_LINUX = 0
const PER_LINUX32 = 8
const PER_QUERY = 0xffff_ffff

/** personality(2): the one before. Only what uname calls the processor depends on it. @throws EINVAL on NetBSD */
function linux_sys_personality(l: Lwp, argument: number): number {
  const wanted = argument >>> 0
  const before = l.proc.persona
  if (wanted === PER_QUERY) return before
  if ((wanted & PER_MASK) !== PER_LINUX && meets(l, 'personality.linux-only', `0x${wanted.toString(16)}`)) throw EINVAL
  l.proc.persona = wanted
  return before
}

function linux_sys_getcpu(l: Lwp, cpu: number, node: number): number {
  if (cpu !== 0) l.memory.writeU32(cpu, 0)
  if (node !== 0) l.memory.writeU32(node, 0)
  return 0
}

/** The word at the address is cleared, and its sleepers are woken, when the thread ends. */
function linux_sys_set_tid_address(l: Lwp, address: number): number {
  l.clearTid = size(address)
  return l.id
}

export const systemCalls: CallFamily = {
  uname: linux_sys_uname,
  sysinfo: linux_sys_sysinfo,
  reboot: refused,
  swapon: refused,
  swapoff: refused,
  acct: refused,
  iopl: refused,
  ioperm: refused,
  arch_prctl: linux_sys_arch_prctl,
  personality: linux_sys_personality,
  getcpu: linux_sys_getcpu,
  set_tid_address: linux_sys_set_tid_address,
}
