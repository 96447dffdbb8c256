import { Reg } from 'unicorn-engine-node'
import { expect, it } from 'vitest'
import { threadWorld } from '../../test/support/thread-world.ts'
import { hostNameCalls } from './host-names.ts'
import { prctlCalls } from './prctl.ts'
import { systemCalls } from './system.ts'

const OUT = 0x9000

function world() {
  const w = threadWorld({ ...systemCalls, ...hostNameCalls, ...prctlCalls })
  const a = w.process(100)
  Object.assign(a.p, { persona: 0, dumpable: 1, parentDeathSignal: 0, noNewPrivileges: false, name: 'guest' })
  Object.assign(a.l, { name: 'guest' })
  const text = (address: number) => w.memory.copyinstr(address, 100)
  const name = (bytes: string) => {
    w.memory.copyout(OUT, Buffer.from(`${bytes}\0`, 'latin1'))
    return OUT
  }
  return { ...w, a, text, name }
}

it('uname tells a Linux on this processor, in six fields of 65 bytes', () => {
  const { a, text } = world()
  expect(a.call('uname', OUT)).toBe(0)
  expect([text(OUT), text(OUT + 4 * 65), text(OUT + 5 * 65)]).toEqual(['Linux', 'x86_64', '(none)'])
  expect(text(OUT + 2 * 65)).toMatch(/^\d+\.\d+/)
  expect(a.call('uname', 0x10_0000 - 300)).toBe('EFAULT')
})

it('sysinfo counts memory and processes', () => {
  const { a, kernel, memory } = world()
  Object.assign(kernel.machine, { framesTotal: 1000, framesUsed: 400 })
  kernel.clock.advance(5e9)
  expect(a.call('sysinfo', OUT)).toBe(0)
  expect([0, 32, 40].map(at => memory.readU64(OUT + at))).toEqual([6, 1000 * 4096, 600 * 4096])
  expect([memory.readU16(OUT + 80), memory.readU32(OUT + 104)]).toEqual([1, 1])
})

it('the machine is not the guest’s to change', () => {
  const { a } = world()
  for (const call of ['reboot', 'swapon', 'acct', 'iopl']) {
    expect(a.call(call, 0, 0, 0)).toBe('EPERM')
  }
})

it('host and domain name are what root set', () => {
  const { a, memory } = world()
  memory.copyout(OUT, new TextEncoder().encode('guest\0rest'))
  expect([a.call('sethostname', OUT, 5), a.call('setdomainname', OUT, 10)]).toEqual([0, 0])
  expect(a.call('uname', OUT)).toBe(0)
  const text = (at: number) => new TextDecoder().decode(memory.copyin(at, 6)).split('\0')[0]
  expect([text(OUT + 65), text(OUT + 5 * 65)]).toEqual(['guest', 'guest'])
  expect([a.call('sethostname', OUT, 65), a.call('sethostname', OUT, -1)]).toEqual(['EINVAL', 'EINVAL'])
  expect(a.call('sethostname', 0, 5)).toBe('EFAULT')
  a.p.credentials = { ...a.p.credentials, euid: 1 }
  expect(a.call('sethostname', OUT, 5)).toBe('EPERM')
})

it('arch_prctl sets and tells the bases, below the end of the addresses', () => {
  const { a, memory } = world()
  const registers = new BigUint64Array(a.p.kernel.machine.registers)
  expect(a.call('arch_prctl', 0x1002, 0x1234_5678_9abc)).toBe(0)
  expect(registers[Reg.FS_BASE]).toBe(0x1234_5678_9abcn)
  expect(a.call('arch_prctl', 0x1001, 0x5000)).toBe(0)
  expect(a.call('arch_prctl', 0x1003, OUT)).toBe(0)
  expect(a.call('arch_prctl', 0x1004, OUT + 8)).toBe(0)
  expect([memory.readU64(OUT), memory.readU64(OUT + 8)]).toEqual([0x1234_5678_9abc, 0x5000])
  expect(a.call('arch_prctl', 0x1002, 2 ** 47)).toBe('EPERM')
  expect(a.call('arch_prctl', 0x1001, -1)).toBe('EPERM')
  expect(a.call('arch_prctl', 0x1003, 0)).toBe('EFAULT')
  expect(a.call('arch_prctl', 0x7777, 0)).toBe('EINVAL')
})

it('a thread’s name has 15 bytes', () => {
  const { a, text, name } = world()
  expect(a.call('prctl', 15, name('a name that is too long'))).toBe(0)
  expect(a.call('prctl', 16, OUT + 64)).toBe(0)
  expect(text(OUT + 64)).toBe('a name that is ')
  expect(a.call('prctl', 15, 0)).toBe('EFAULT')
  expect(a.call('prctl', 15, name('\xff'))).toBe(0)
  expect([a.l.name, a.call('prctl', 16, 8)]).toEqual(['\xff', 'EFAULT'])
})

it('prctl keeps what is set, and refuses what it does not know', () => {
  const { a, memory } = world()
  expect([a.call('prctl', 3), a.call('prctl', 4, 0), a.call('prctl', 3)]).toEqual([1, 0, 0])
  expect(a.call('prctl', 4, 2)).toBe('EINVAL')
  expect(a.call('prctl', 1, 65)).toBe('EINVAL')
  expect(a.call('prctl', 1, 9)).toBe(0)
  expect(a.call('prctl', 2, OUT)).toBe(0)
  expect(memory.readU32(OUT)).toBe(9)
  expect(a.call('prctl', 38, 1, 1)).toBe('EINVAL')
  expect([a.call('prctl', 39), a.call('prctl', 38, 1), a.call('prctl', 39)]).toEqual([0, 0, 1])
  expect(a.call('prctl', 39, 1)).toBe('EINVAL')
  expect(a.call('prctl', 12345)).toBe('EINVAL')
})

it('personality is remembered; NetBSD knows only its own', () => {
  const { a, kernel, text } = world()
  const ask = () => a.call('personality', -1)
  expect([ask(), a.call('personality', 0x4_0008), ask()]).toEqual([0, 0, 0x4_0008])
  a.call('uname', OUT)
  expect(text(OUT + 4 * 65)).toBe('i686')
  kernel.netbsd = true
  expect([a.call('personality', 8), a.call('personality', 0x4_0000), ask()]).toEqual(['EINVAL', 0x4_0008, 0x4_0000])
})

it('a thread is on processor 0, and knows its number', () => {
  const { a, memory } = world()
  memory.writeU32(OUT, 5)
  expect([a.call('getcpu', OUT, 0), memory.readU32(OUT)]).toEqual([0, 0])
  expect(a.call('set_tid_address', OUT)).toBe(100)
  expect(a.l.clearTid).toBe(OUT)
})
