/** The system of a debug session: an emulated machine whose streams and clock are the session's. */
import { Recorder } from '../compat-linux/recorder.ts'
import { RingWriter } from '../events/ring.ts'
import { nodeHost } from '../host/node-host.ts'
import type { SliceResult } from '../native/debug-hook.ts'
import { EmulatedMachine } from './emulated-machine.ts'
import type { Boot } from './system.ts'

/** Bytes of a buffer that are recorded. */
const STRING_LIMIT = 256

class RecordedMachine extends EmulatedMachine {
  recorded: Recorder | undefined

  override runSlice(): SliceResult {
    try {
      return super.runSlice()
    } finally {
      this.recorded?.publish()
    }
  }
}

export const bootSystem: Boot = (options, terminal, ring, hook) => {
  const machine = new RecordedMachine(options, nodeHost(terminal), hook)
  machine.load()
  if (ring !== undefined) {
    const recorder = new Recorder(machine.kernel, new RingWriter(ring), { stringLimit: STRING_LIMIT, verbose: true })
    machine.kernel.trace = recorder
    machine.emulation.recorder = recorder
    machine.recorded = recorder
    recorder.programStarted(machine.first, options.personality)
  }
  return machine
}
