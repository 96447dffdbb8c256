// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these placeholders are for VS Code to fill in
/** The debugger type: every launch attribute with what it does. Keys are those of debug-adapter/src/launch-arguments.ts. */
export const DEBUG_TYPE = 'interlinear'

const attributes = {
  program: {
    type: 'string',
    markdownDescription:
      'The Linux x86-64 program to run: an ELF executable (static or dynamic), or a script whose first line names its interpreter. With `sysroot`, as the guest names it.',
  },
  args: {
    type: 'array',
    items: { type: 'string' },
    default: [],
    description: 'Arguments of the program, without its own name.',
  },
  env: {
    type: 'object',
    additionalProperties: { type: ['string', 'null'] },
    default: {},
    markdownDescription:
      'Environment variables of the program. It gets these, and of your own only `PATH`, `HOME`, `LANG` and `TERM`; `null` takes one of those away.',
  },
  cwd: {
    type: 'string',
    markdownDescription:
      "The program's working directory, as the guest names it. Default: the program's folder, or `/` with `sysroot`.",
  },
  sysroot: {
    type: 'string',
    markdownDescription:
      "A folder of this machine that the program sees as `/`, read-only; what it writes stays in memory. Default on Linux: this machine's own `/`. Required elsewhere.",
  },
  mounts: {
    type: 'array',
    items: { type: 'string', pattern: '^.+:/[^:]*(:r[ow])?$' },
    default: [],
    markdownDescription:
      'Folders of this machine to show at other places: `HOSTFOLDER:GUESTFOLDER`. With `:rw` at the end the program **writes through** to your files; without, what it writes stays in memory.',
  },
  personality: {
    enum: ['netbsd-10', 'linux'],
    enumDescriptions: [
      "Answers each call as NetBSD 10's Linux emulation does, with its differences from Linux.",
      'Answers as Linux does, with its own epoll and inotify.',
    ],
    default: 'netbsd-10',
    description: 'Whose behaviour the kernel shows.',
  },
  without: {
    type: 'array',
    items: { type: 'string' },
    default: [],
    markdownDescription:
      'Divergences of NetBSD from Linux that are switched off: ids or groups, as `interlinear divergences` lists them (`epoll.pwait-mask`, `inotify`, `all`).',
  },
  with: {
    type: 'array',
    items: { type: 'string' },
    default: [],
    markdownDescription: 'Divergences that are in force although `personality` or `without` has them not.',
  },
  time: {
    enum: ['real', 'virtual'],
    enumDescriptions: [
      "The guest's clock goes with yours, and stands while the debugger holds the program.",
      'The clock moves only with what the program executes, and skips waiting: two runs are alike.',
    ],
    default: 'real',
    description: "How the guest's clock goes.",
  },
  net: {
    enum: ['loopback', 'none', 'host'],
    enumDescriptions: [
      "A private network of the guest's own programs: 127.0.0.1 and ::1. Nothing reaches this computer's.",
      'No network at all.',
      "This computer's network: the program connects and listens as any program here does.",
    ],
    default: 'loopback',
    description: 'What network the program has.',
  },
  memory: {
    type: 'integer',
    minimum: 16,
    maximum: 4095,
    default: 1024,
    description: "The guest's memory in MiB. Pages that are never touched cost nothing.",
  },
  stopOnEntry: {
    type: 'boolean',
    default: false,
    description: "Stops before the program's first instruction.",
  },
  otherThreads: {
    enum: ['running', 'held'],
    enumDescriptions: [
      'The others have their turns while one thread does a step. Between two statements of the kernel nobody has: it is not pre-empted.',
      'Only the thread that does the step runs; the others do if it sleeps, until it is woken.',
    ],
    default: 'running',
    description: 'What the other threads do while one thread does a step.',
  },
  recordSteps: {
    type: 'boolean',
    default: false,
    description:
      "Records every statement of a call's translation, with its variables, so that they stand in the details of the call. Needs debugging and `trace`, and makes the program slow.",
  },
  trace: {
    type: 'boolean',
    default: true,
    description: 'Records what happens, for the views. Without it the program runs faster and the views stay empty.',
  },
} as const

const exampleLaunch = {
  type: DEBUG_TYPE,
  request: 'launch',
  name: 'Run in Interlinear',
  program: '${workspaceFolder}/a.out',
}

export const debuggers = [
  {
    type: DEBUG_TYPE,
    label: 'Interlinear: Linux x86-64',
    languages: ['c', 'cpp', 'go', 'rust', 'asm'],
    configurationAttributes: { launch: { required: ['program'], properties: attributes } },
    initialConfigurations: [exampleLaunch],
    configurationSnippets: [
      {
        label: 'Interlinear: Run a Linux program',
        description: 'Runs a Linux x86-64 program and shows its system calls as NetBSD would answer them.',
        body: { ...exampleLaunch, program: '^"\\${workspaceFolder}/${1:a.out}"', args: [] },
      },
      {
        label: 'Interlinear: Run as Linux would',
        description: "The same with Linux's own behaviour, to compare.",
        body: {
          ...exampleLaunch,
          name: 'Run as Linux would',
          program: '^"\\${workspaceFolder}/${1:a.out}"',
          personality: 'linux',
        },
      },
      {
        label: 'Interlinear: Run on files you can write',
        description: 'Mounts the workspace so that the program may write to it.',
        body: {
          ...exampleLaunch,
          name: 'Run on the workspace',
          program: '^"\\${workspaceFolder}/${1:a.out}"',
          mounts: ['^"\\${workspaceFolder}:/work:rw"'],
          cwd: '/work',
        },
      },
    ],
  },
]

/** Names of the launch attributes, for the test that compares them with what the adapter reads. */
export const attributeNames: readonly string[] = Object.keys(attributes)
