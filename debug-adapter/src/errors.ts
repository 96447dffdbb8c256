/** Everything the adapter refuses, by number. A number is never given to another error: users search for it. */
export const ERRORS = {
  noProgram: {
    id: 2001,
    text: 'The launch configuration names no program: set "program" to a Linux x86-64 executable.',
  },
  badArgument: { id: 2002, text: 'The launch configuration\'s "{name}" must be {expected}.' },
  launchFailed: { id: 2003, text: '{reason}' },
  noHostRoot: {
    id: 2004,
    text: 'This machine is not Linux, so the guest has no files of its own: set "sysroot" to a folder that holds a Linux system.',
  },
  noWorker: {
    id: 2005,
    text: 'The emulator ({file}) is missing from this installation: build or install Interlinear again.',
  },
  notRunning: { id: 2006, text: 'No program runs in this session.' },
  refused: { id: 2007, text: '{reason}' },
  badExpression: {
    id: 2008,
    text: '{reason}.',
  },
  emulatorFailed: { id: 2009, text: 'The emulator failed: {reason}' },
  badMemoryReference: { id: 2010, text: '"{reference}" is not an address.' },
  noAttach: {
    id: 2012,
    text: 'Interlinear runs programs itself and cannot attach to one that runs already: in launch.json, "request" must be "launch".',
  },
  whileRunning: {
    id: 2013,
    text: 'The program runs: pause it first. What you type in the debug console meanwhile goes to its standard input.',
  },
  readOnly: { id: 2014, text: '"{name}" cannot be changed: only registers and memory can.' },
  badRange: { id: 2011, text: 'The range of events asked for is not one: {reason}.' },
} as const

export type ErrorName = keyof typeof ERRORS

export class AdapterError extends Error {
  readonly id: number

  constructor(name: ErrorName, values: Readonly<Record<string, string>> = {}) {
    super(ERRORS[name].text.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole))
    this.id = ERRORS[name].id
  }
}
