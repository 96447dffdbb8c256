/** Files mapped into a real address space of the engine. */
import * as fs from 'node:fs'
import * as os from 'node:os'
import { join } from 'node:path'
import { Machine } from 'unicorn-engine-node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Fixture, RDWR, vfsFixture } from '../../../test/support/vfs-fixture.ts'
import { KernelUio } from '../uio.ts'
import { VmSpace } from '../uvm/vmspace.ts'

let f: Fixture
let vm: VmSpace
let shared: string
let machine: Machine
beforeEach(() => {
  machine = new Machine({ memory: 16 << 20 })
  shared = fs.mkdtempSync(join(os.tmpdir(), 'interlinear-map-'))
  f = vfsFixture({ machine, mounts: [{ host: shared, guest: '/m', writable: true }] })
  vm = new VmSpace(machine)
  fs.writeFileSync(join(f.host, 'lower'), 'lower')
  fs.writeFileSync(join(shared, 'through'), 'through')
})
afterEach(() => {
  f.dispose()
  fs.rmSync(shared, { recursive: true, force: true })
})

const at = 0x20_0000
function map(path: string, isShared: boolean): ReturnType<Fixture['open']> {
  const file = f.open(path, RDWR)
  const object = file.mmap(f.l, 0, 4096, 3, isShared)
  vm.mmap({ address: at, length: 4096, prot: 3, shared: isShared, object })
  return file
}
const inMemory = (length: number): string => Buffer.from(vm.memory.copyin(at, length)).toString()

test.each(['/lower', '/m/through'])('%s mapped shared: both ways at once', path => {
  const file = map(path, true)
  vm.memory.copyout(at, Buffer.from('MAP'))
  expect(f.read(path).slice(0, 3)).toBe('MAP')
  file.write(f.l, new KernelUio(Buffer.from('w'), 'out', 1))
  expect(inMemory(3)).toBe('MwP')
  file.close()
  vm.munmap(at, 4096)
  expect(f.read(path).slice(0, 3)).toBe('MwP')
})

test('the host keeps the lower file, and gets the other', () => {
  map('/m/through', true).close()
  vm.memory.copyout(at, Buffer.from('T'))
  vm.munmap(at, 4096)
  expect(fs.readFileSync(join(shared, 'through'), 'utf8')).toBe('Through')
  map('/lower', true).close()
  vm.memory.copyout(at, Buffer.from('L'))
  expect(f.read('/lower')).toBe('Lower')
  expect(fs.readFileSync(join(f.host, 'lower'), 'utf8')).toBe('lower')
})

test('a private mapping keeps its stores', () => {
  map('/lower', false)
  vm.memory.copyout(at, Buffer.from('P'))
  expect([inMemory(5), f.read('/lower')]).toEqual(['Power', 'lower'])
})

test('cached pages are given back when memory is short', () => {
  fs.writeFileSync(join(f.host, 'big'), new Uint8Array(1 << 20))
  const file = f.open('/big', RDWR)
  vm.mmap({ address: at, length: 1 << 20, prot: 1, shared: false, object: file.mmap(f.l, 0, 1 << 20, 1, false) })
  vm.memory.copyin(at, 1 << 20)
  vm.munmap(at, 1 << 20)
  file.close()
  expect(f.vfs.memory.cached).toBe(256)
  expect(f.vfs.reclaimPages(1000)).toBe(256)
  expect(f.vfs.memory.cached).toBe(0)
})
