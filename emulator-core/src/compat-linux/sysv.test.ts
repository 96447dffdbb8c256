import { describe, expect, it } from 'vitest'
import { BUFFER, callFixture } from '../../test/support/call-fixture.ts'
import { SystemV } from '../native/ipc/sysv.ts'
import { sysvMsgCalls } from './sysv-msg.ts'
import { sysvSemCalls } from './sysv-sem.ts'
import { sysvShmCalls } from './sysv-shm.ts'

const IPC_CREAT = 0o1000
const IPC_RMID = 0

function fixture(...diverging: string[]) {
  const f = callFixture({ ...sysvMsgCalls, ...sysvSemCalls, ...sysvShmCalls })
  for (const id of diverging) f.diverging.add(id)
  const { kernel } = f.l.proc
  kernel.current = f.l
  return Object.assign(f, { sysv: Object.assign(kernel, { sysv: new SystemV(kernel) }).sysv })
}

describe('identifiers', () => {
  it('are not given again soon, and end', () => {
    const f = fixture()
    const first = f.call('msgget', 0, 0o600)
    f.call('msgctl', first as number, IPC_RMID)
    expect(f.call('msgget', 0, 0o600)).not.toBe(first)
    expect(f.call('msgctl', first as number, IPC_RMID)).toBe('EINVAL')
    const netbsd = fixture('sysv.limits')
    for (let i = 0; i < 40; i++) expect(netbsd.call('msgget', 0, 0o600)).toBe(i)
    expect(netbsd.call('msgget', 0, 0o600)).toBe('ENOSPC')
    expect(netbsd.call('semget', 0, 61, 0o600)).toBe('EINVAL')
    expect(netbsd.call('semget', 0, 60, 0o600)).toBe(0)
    expect(netbsd.call('semget', 0, 1, 0o600)).toBe('ENOSPC')
  })

  it('go round with a new sequence number', () => {
    const f = fixture()
    const seen = new Set<number | string>()
    for (let i = 0; i < 500; i++) {
      const id = f.call('semget', 0, 1, 0o600)
      seen.add(id)
      f.call('semctl', id as number, 0, IPC_RMID)
    }
    expect(seen.size).toBe(500)
  })
})

describe('memory', () => {
  it('of a segment is given back when it is removed and nobody has it attached', () => {
    const f = fixture()
    const before = f.l.proc.kernel.machine.framesUsed
    const id = f.call('shmget', 0x77, 64 << 10, IPC_CREAT | 0o600) as number
    const at = f.call('shmat', id, 0, 0) as number
    for (let i = 0; i < 16; i++) f.memory.writeU8(at + i * 4096, 1)
    expect(f.l.proc.kernel.machine.framesUsed).toBe(before + 16)
    expect(f.call('shmctl', id, IPC_RMID)).toBe(0)
    expect(f.memory.readU8(at)).toBe(1)
    expect(f.call('shmdt', at)).toBe(0)
    expect(f.l.proc.kernel.machine.framesUsed).toBe(before)
    expect(f.call('shmget', 0x77, 4096, 0)).toBe('ENOENT')
  })

  it('of the machine limits segments, semaphores and messages', () => {
    const f = fixture()
    expect(f.call('shmget', 0, 1 << 30, 0o600)).toBe('ENOMEM')
    for (let i = 0; i < 131; i++) expect(f.call('semget', 0, 32000, 0o600)).toBeTypeOf('number')
    expect(f.call('semget', 0, 32000, 0o600)).toBe('ENOMEM')
    f.memory.writeI64(BUFFER, 1)
    let sent = 0
    for (let id: number | string = 0; ; sent++) {
      if (sent % 2 === 0) id = f.call('msgget', 0, 0o600)
      if (f.call('msgsnd', id, BUFFER, 8192, 0o4000) !== 0) break
    }
    expect(sent).toBe(Math.floor((64 << 20) / (8192 + 128)))
  })
})

describe('semaphores', () => {
  it('give back what an ended process took with SEM_UNDO', () => {
    const f = fixture()
    const id = f.call('semget', 0, 2, 0o600) as number
    f.call('semctl', id, 1, 16, 5)
    f.memory.copyout(BUFFER, new Uint8Array(new Int16Array([1, -3, 0o10000]).buffer))
    expect(f.call('semop', id, BUFFER, 1)).toBe(0)
    expect(f.call('semctl', id, 1, 12)).toBe(2)
    f.sysv.sem.exit(f.l.proc)
    expect(f.call('semctl', id, 1, 12)).toBe(5)
  })
})
