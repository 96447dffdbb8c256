// What `npm run bench` measures.

/** Of a whole run: processor time, wall-clock time, most memory. Or a number that the guest prints. */
export const Measure = { CPU: 'cpu', WALL: 'wall', MEMORY: 'memory', PRINTED: 'printed' }

/** Tracing as many calls as the growth of memory needs would take minutes, and tell nothing. */
const UNTRACED = ['native', 'qemu-x86_64', 'run']

const printed = (name, unit, command, traced) => ({ name, command, measure: Measure.PRINTED, unit, traced })
const start = (name, ...command) => ({ name, command, measure: Measure.WALL, unit: 's' })

const cpuBound = (name, ...command) => ({ name, command, measure: Measure.CPU, unit: 's', cpuBound: true })

/** What takes many system calls: wanted no slower than strace -f, and as fast as qemu. */
const PROCESSES_AND_FILES = [
  printed('fork + exec + wait', 'µs each', ['GUESTS/spawn', '1000'], '300'),
  printed('pipe between processes', 'µs there and back', ['GUESTS/ping-pong', 'pipe-processes', '200000'], '5000'),
  printed('pipe between threads', 'µs there and back', ['GUESTS/ping-pong', 'pipe-threads', '200000'], '5000'),
  printed('futex between threads', 'µs there and back', ['GUESTS/ping-pong', 'futex', '200000'], '5000'),
  printed('epoll between processes', 'µs there and back', ['GUESTS/ping-pong', 'epoll', '200000'], '5000'),
  printed('socketpair', 'µs for 16 KiB', ['GUESTS/ping-pong', 'socketpair', '50000'], '5000'),
  printed('2,000 small files', 'ms', ['GUESTS/files', '2000']),
  start('script of 200 forks', '/bin/sh', 'SCRIPTS/script-of-forks.sh'),
]

/**
 * The rows. `command` may use GUESTS/, SCRIPTS/ and DATA/ for the folders of compiled guests, of scripts and of files. `traced` replaces
 * the last word where each call costs tens of microseconds. `columns`: only these; `without`: subtracts what this command takes.
 */
export const PROGRAMS = [
  cpuBound('python3 sum', '/usr/bin/python3', '-c', 'print(sum(i * i % 7 for i in range(500000)))'),
  cpuBound('xz -1, 11 MB', '/usr/bin/xz', '-1', '-T1', '-c', 'DATA/log.txt'),
  cpuBound(
    'perl hash',
    '/usr/bin/perl',
    '-e',
    'for my $i (1 .. 200000) { $h{"k" . ($i % 5000)} += $i } print scalar(keys %h), "\\n"',
  ),
  cpuBound('awk loop', '/usr/bin/gawk', 'BEGIN { for (i = 0; i < 700000; i++) s += i * i % 7; print s }'),
  cpuBound('sieve + hash + float', 'GUESTS/arithmetic'),
  cpuBound('bash loop', '/bin/bash', '-c', 'for ((i = 0; i < 50000; i++)); do :; done; echo $i'),
  cpuBound(
    'node loop',
    '/usr/bin/node',
    '-e',
    'let s = 0; for (let i = 0; i < 3e7; i++) s = (s + ((i * i) % 7)) | 0; console.log(s)',
  ),
  printed('getppid', 'µs a call', ['GUESTS/getppid', '1000000'], '50000'),
  printed('read 200 MB', 'ms', ['GUESTS/read-file', 'DATA/200MB']),
  ...PROCESSES_AND_FILES,
  start('static hello', 'GUESTS/hello'),
  start('python3 start', '/usr/bin/python3', '-c', 'pass'),
  start('nebula -version', '/usr/bin/nebula', '-version'),
  start('syncthing --version', '/usr/bin/syncthing', '--version'),
  { name: 'idle bash', command: ['/bin/bash', '-c', 'sleep 0.2; :'], measure: Measure.MEMORY, unit: 'MiB' },
  {
    name: 'growth in a million calls',
    command: ['GUESTS/calls', '2000000'],
    without: ['GUESTS/calls', '1000000'],
    columns: UNTRACED,
    measure: Measure.MEMORY,
    unit: 'MiB',
  },
]

/** The columns: what goes before a command. OUT is a file for the trace. `slow`: takes the shorter form of a row. */
export const RUNNERS = [
  { name: 'native', prefix: [] },
  { name: 'qemu-x86_64', prefix: ['qemu-x86_64'] },
  { name: 'qemu -strace', prefix: ['qemu-x86_64', '-D', 'OUT', '-strace'], slow: true },
  { name: 'strace -f -o', prefix: ['strace', '-f', '-o', 'OUT'], slow: true },
  { name: 'run', prefix: ['INTERLINEAR', 'run', '--'] },
  { name: 'trace --json -o', prefix: ['INTERLINEAR', 'trace', '--json', '-o', 'OUT', '--'] },
]

/** What is wanted: a row's median of one column is at most `factor` times another column's, or at most `limit` of the row's units. */
export const GOALS = [
  { row: 'getppid', column: 'run', limit: 0.7 },
  { row: 'getppid', column: 'trace --json -o', limit: 1.5 },
  { row: 'static hello', column: 'run', factor: 5, of: 'qemu-x86_64' },
  { row: 'read 200 MB', column: 'run', factor: 3, of: 'native' },
  ...[...PROCESSES_AND_FILES.map(({ name }) => name), 'python3 start'].flatMap(row => [
    { row, column: 'run', factor: 1, of: 'strace -f -o' },
    { row, column: 'run', factor: 1, of: 'qemu-x86_64' },
  ]),
  { row: 'epoll between processes', column: 'trace --json -o', factor: 3, of: 'run' },
  { row: 'nebula -version', column: 'run', limit: 0.6 },
  { row: 'syncthing --version', column: 'run', limit: 0.7 },
  { row: 'idle bash', column: 'run', limit: 150 },
  // The memory of a collected heap comes in steps of some MiB; a leak of ten bytes a call would show.
  { row: 'growth in a million calls', column: 'run', limit: 10 },
]
export const CPU_GOAL = { mean: 1.35, each: 1.8 }
