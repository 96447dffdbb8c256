/**
 * Which way the parts may depend on each other. What is not allowed here is a design fault: change the design, not this file.
 * extension → (debug-adapter, webviews) → emulator-core, and inside emulator-core downwards in the order of LAYERS.
 */

/** What each part of emulator-core may import besides itself. `events` imports nothing and may be imported by all. */
const LAYERS = {
  events: [],
  machine: [],
  host: ['machine', 'events'],
  native: ['machine', 'host', 'events', 'loader'],
  loader: ['native', 'machine', 'host', 'events'],
  linux: ['compat-linux', 'native', 'machine', 'host', 'events'],
  'compat-linux': ['linux', 'native', 'loader', 'machine', 'host', 'events'],
  recording: ['compat-linux', 'linux', 'native', 'loader', 'machine', 'host', 'events'],
  export: ['host', 'events', 'recording'],
  report: ['compat-linux', 'linux', 'native', 'loader', 'machine', 'host', 'events', 'recording', 'export'],
  session: ['compat-linux', 'linux', 'native', 'loader', 'machine', 'host', 'events', 'recording', 'export'],
  cli: ['session', 'compat-linux', 'native', 'loader', 'machine', 'host', 'events', 'recording', 'export', 'report'],
}

/** Tests and what helps them may import from anywhere; what is shipped may not import them. */
const TESTS = String.raw`\.test\.ts$|/test/|(^|/)testing/`

/** Node's doors to the outside: files, network, terminal, clock, random numbers, other processes. */
const OUTSIDE = [
  ...['fs', 'fs/promises', 'net', 'dgram', 'dns', 'http', 'https', 'http2', 'tls', 'tty', 'readline', 'repl', 'os'],
  ...['child_process', 'cluster', 'crypto', 'perf_hooks', 'timers', 'timers/promises', 'process', 'inspector'],
]
const coreModules = names => `^(node:)?(${names.join('|')})$`

const inside = Object.entries(LAYERS).map(([layer, allowed]) => ({
  name: `${layer}-imports-downwards`,
  comment: `emulator-core/src/${layer} may import ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}.`,
  severity: 'error',
  from: { path: `^emulator-core/src/${layer}/`, pathNot: TESTS },
  to: {
    path: '^(emulator-core/(src|test)|debug-adapter|webviews|extension|test)/',
    pathNot: `^emulator-core/src/(${[layer, ...allowed].join('|')})/`,
  },
}))

module.exports = {
  forbidden: [
    ...inside,
    {
      name: 'every-folder-of-the-core-has-its-place',
      comment: 'A new folder of emulator-core/src has to be added to LAYERS.',
      severity: 'error',
      from: { path: '^emulator-core/src/', pathNot: [`^emulator-core/src/(${Object.keys(LAYERS).join('|')})/`, TESTS] },
      to: {},
    },
    {
      name: 'only-host-meets-the-host',
      comment: 'Files, network, terminal, clock, random numbers and processes of the host are behind host/.',
      severity: 'error',
      from: { path: '^emulator-core/src/', pathNot: ['^emulator-core/src/host/', TESTS] },
      to: { dependencyTypes: ['core'], path: coreModules(OUTSIDE) },
    },
    {
      name: 'threads-belong-to-the-session',
      comment:
        'Only the session and the command start threads or talk to one; a kernel that knows of none can be tested without.',
      severity: 'error',
      from: { path: '^emulator-core/src/', pathNot: ['^emulator-core/src/(session|cli|host)/', TESTS] },
      to: { dependencyTypes: ['core'], path: coreModules(['worker_threads']) },
    },
    {
      name: 'events-import-no-package',
      comment: 'Events are read in web pages too.',
      severity: 'error',
      from: { path: '^emulator-core/src/events/', pathNot: TESTS },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'only-the-extension-imports-vscode',
      severity: 'error',
      from: { pathNot: '^extension/' },
      to: { path: '^vscode$|node_modules/(@types/)?vscode/' },
    },
    {
      name: 'the-adapter-imports-only-the-core',
      severity: 'error',
      from: { path: '^debug-adapter/src/', pathNot: TESTS },
      to: { path: '^(webviews|extension)/' },
    },
    {
      name: 'views-are-folds-over-events',
      comment:
        "A view gets events and messages: from the core it may have the events, and the types of the session's protocol.",
      severity: 'error',
      from: { path: '^webviews/src/', pathNot: TESTS },
      to: {
        path: '^(emulator-core|debug-adapter|extension)/',
        pathNot: '^emulator-core/src/events/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'views-run-in-a-page',
      severity: 'error',
      from: { path: '^webviews/src/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'the-core-stands-alone',
      severity: 'error',
      from: { path: '^emulator-core/' },
      to: { path: '^(debug-adapter|webviews|extension|scripts)/' },
    },
    {
      name: 'no-test-in-the-product',
      severity: 'error',
      from: { pathNot: TESTS },
      to: { path: TESTS, pathNot: 'node_modules' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other at run time are one file, or three. Types may know of each other.',
      severity: 'error',
      from: { pathNot: TESTS },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-is-found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$|(unicorn-engine-node|host-sockets)\\.node$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
