/**
 * A system without a processor: it "runs" a list of things that a guest does. With it the adapter's handling of stops, steps, output and
 * input is tested apart from the kernel; the tests with real programs are beside this folder.
 */
import type { DebugHook, SliceResult } from '@interlinear/emulator-core/native/debug-hook.ts'
import type { Kernel } from '@interlinear/emulator-core/native/kernel.ts'
import type { Lwp } from '@interlinear/emulator-core/native/lwp.ts'
import type { Proc } from '@interlinear/emulator-core/native/proc.ts'
import type { Boot } from '@interlinear/emulator-core/session/system.ts'

type Deed =
  | { readonly do: 'call'; readonly nr: number; readonly result: number }
  | { readonly do: 'print'; readonly text: string }
  /** Waits for input, then prints it. */
  | { readonly do: 'echo' }
  /** Never ends. */
  | { readonly do: 'spin' }
  | { readonly do: 'exit'; readonly status: number }

const SCRIPTS: Readonly<Record<string, readonly Deed[]>> = {
  '/calls': [
    { do: 'call', nr: 213, result: 3 },
    { do: 'call', nr: 233, result: 0 },
    { do: 'print', text: 'hello ✓\n' },
    { do: 'call', nr: 2, result: -2 },
    { do: 'exit', status: 7 },
  ],
  '/echo': [{ do: 'echo' }, { do: 'exit', status: 0 }],
  '/spin': [{ do: 'spin' }],
  '/chatter': [...Array(2000).fill({ do: 'print', text: `${'x'.repeat(999)}\n` }), { do: 'exit', status: 0 }],
}

const SYSCALLS = [
  [2, 'open'],
  [213, 'epoll_create'],
  [233, 'epoll_ctl'],
  [257, 'openat'],
] as const

const nameOf = (nr: number) => SYSCALLS.find(([n]) => n === nr)?.[1] ?? `#${nr}`

export const bootScripted: Boot = (options, terminal, _ring, hook) => {
  const script = SCRIPTS[options.program]
  if (script === undefined) throw new Error(`${options.program} is not a program.`)
  const thread = {
    id: 1,
    name: 'scripted',
    state: 'runnable',
    syscall: -1,
    registers: BigUint64Array.from({ length: 24 }, (_, i) => BigInt(i)),
    proc: { pid: 1, fd: { entries: () => [] }, vm: { mappings: () => [] }, lwps: new Map(), exitStatus: undefined },
  } as unknown as Lwp
  const first: Proc = thread.proc
  first.lwps.set(1, thread)
  const kernel = {
    clock: { monotonic: () => performance.now() * 1e6 },
    processes: new Map([[1, first]]),
    machine: { setBreakpoint() {}, clearBreakpoint() {} },
    scheduler: {},
  } as unknown as Kernel
  const run = play(
    script,
    thread,
    hook,
    text => terminal.stream(1).write(Buffer.from(text)),
    () => terminal.stream(0).take(4096),
  )
  terminal.onSignal(() => {
    ended = { kind: 'exited', status: 15 }
  })
  let ended: SliceResult | undefined
  return {
    names: {
      syscall: nameOf,
      handler: nr => `linux_sys_${nameOf(nr)}`,
      errno: code => (code === 2 ? 'ENOENT' : String(code)),
      signal: String,
      syscalls: SYSCALLS,
    },
    kernel,
    first,
    runSlice: () => ended ?? run.next().value,
    holdTime() {},
    releaseTime() {},
    readFile: () => undefined,
  }
}

function* play(
  script: readonly Deed[],
  l: Lwp,
  hook: DebugHook,
  print: (text: string) => void,
  input: () => Uint8Array | undefined,
): Generator<SliceResult, SliceResult> {
  const stopped: SliceResult = { kind: 'stopped', thread: l }
  for (const deed of script) {
    switch (deed.do) {
      case 'call':
        l.syscall = deed.nr
        if (hook.beforeSyscall(l, deed.nr) === 'stop') yield stopped
        l.syscall = -1
        l.registers[0] = BigInt.asUintN(64, BigInt(deed.result))
        if (hook.afterSyscall(l, deed.nr, deed.result, 0) === 'stop') yield stopped
        break
      case 'print':
        print(deed.text)
        yield { kind: 'more' }
        break
      case 'echo':
        for (let got = input(); ; got = input()) {
          if (got !== undefined) {
            print(Buffer.from(got).toString())
            break
          }
          yield { kind: 'idle', until: Number.POSITIVE_INFINITY }
        }
        break
      case 'spin':
        for (;;) yield { kind: 'more' }
      case 'exit':
        l.proc.lwps.clear()
        return { kind: 'exited', status: deed.status << 8 }
    }
  }
  return { kind: 'exited', status: 0 }
}
