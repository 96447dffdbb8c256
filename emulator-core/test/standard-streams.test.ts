import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { INTERLINEAR, withScratch } from './support/run.ts'

/** The command's own standard streams are files; the guest opens them again by their names, which is a place of its own in the same file. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'from the beginning':
    'echo first line; echo b >/dev/stdout; echo c >>/dev/stdout; echo d; echo e >/dev/stderr; echo f >&2',
  'added to': 'echo a; echo b >>/dev/stdout; echo c >>/dev/fd/2; echo d >>/proc/self/fd/1',
  'read again': 'read x; echo "$x"; cat /dev/stdin; read y; echo "$y"; cat',
  'for what they are not': 'echo x 1<>/dev/stdin; echo $?; cat </dev/null',
}

function outputs(command: readonly string[], folder: string): readonly string[] {
  const file = (name: string) => path.join(folder, name)
  const input = openSync('/etc/passwd', 'r')
  const [out, err] = ['out', 'err'].map(name => openSync(file(name), 'w'))
  const { status } = spawnSync(command[0], command.slice(1), { cwd: folder, stdio: [input, out, err] })
  for (const fd of [input, out, err]) closeSync(fd)
  return [String(status), readFileSync(file('out'), 'latin1'), readFileSync(file('err'), 'latin1')]
}

it.each(Object.entries(SCRIPTS))('standard streams opened again: %s', (name, script) =>
  withScratch(async scratch => {
    const shell = ['/bin/sh', '-c', script]
    const native = outputs(shell, scratch.fresh())
    const emulated = outputs(
      [process.execPath, INTERLINEAR, 'run', '--personality', 'linux', '--', ...shell],
      scratch.fresh(),
    )
    if (name === 'for what they are not') {
      // What was given for reading stays that, whoever the guest takes itself for.
      expect(emulated[1]).toBe('2\n')
    } else expect(emulated).toEqual(native)
  }),
)
