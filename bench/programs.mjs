// What `npm run bench` measures.

/** Processor time of a whole run, wall-clock time of a whole run, or a number that the guest prints. */
export const Measure = { CPU: 'cpu', WALL: 'wall', PRINTED: 'printed' }

const cpuBound = (name, ...command) => ({ name, command, measure: Measure.CPU, unit: 's', cpuBound: true })

/**
 * The rows. `command` may use GUESTS/ and DATA/ for the folders of compiled guests and of files. `traced` replaces the last word where
 * each call costs tens of microseconds.
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
  {
    name: 'getppid',
    command: ['GUESTS/getppid', '1000000'],
    traced: '50000',
    measure: Measure.PRINTED,
    unit: 'µs a call',
  },
  { name: 'static hello', command: ['GUESTS/hello'], measure: Measure.WALL, unit: 's' },
  { name: 'read 200 MB', command: ['GUESTS/read-file', 'DATA/200MB'], measure: Measure.PRINTED, unit: 'ms' },
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
]
export const CPU_GOAL = { mean: 1.35, each: 1.8 }
