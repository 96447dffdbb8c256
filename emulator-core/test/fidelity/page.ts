/** The page docs/fidelity.md. */
import { addedCallFacts } from './added-calls.ts'
import { epollFacts } from './epoll.ts'
import type { Fact } from './fact.ts'
import { inotifyFacts } from './inotify.ts'
import { kqueueFacts } from './kqueue.ts'
import { translationFacts } from './translations.ts'

export interface Part {
  readonly title: string
  readonly facts: readonly Fact[]
}

export const parts: readonly Part[] = [
  { title: '2 epoll on kqueue', facts: epollFacts },
  { title: '3 inotify on kqueue', facts: inotifyFacts },
  { title: '4 Other calls that were added', facts: addedCallFacts },
  { title: '5 kqueue itself', facts: kqueueFacts },
  { title: '6 Translation tables', facts: translationFacts },
]

const HEAD = `# How true \`netbsd-10\` is

What Interlinear's reference for NetBSD's Linux emulation says that a program can see, item by item, with the place where it is tested.
Numbers are those of the reference. A *guest* is a program in \`emulator-core/test/guests\` that prints what it sees: under \`linux\` it prints what
it prints on Linux itself, under \`netbsd-10\` what stands in \`guests/netbsd-10\`, which was checked against the reference by hand.
This page is made from \`emulator-core/test/fidelity\`.
`

const HOW = ['guest', 'unit', 'unobservable', 'untested'] as const

function counts(facts: readonly Fact[]): readonly number[] {
  return [facts.length, ...HOW.map(how => facts.filter(({ shown }) => shown.by === how).length)]
}

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`

function summary(): string {
  const all = parts.flatMap(({ facts }) => facts)
  return [
    row('section', 'facts', 'by a guest', 'by a unit test', 'not observable', 'untested'),
    row('---', '---:', '---:', '---:', '---:', '---:'),
    ...parts.map(({ title, facts }) => row(title, ...counts(facts))),
    row('all', ...counts(all)),
  ].join('')
}

function place({ shown }: Fact): string {
  switch (shown.by) {
    case 'guest':
      return `\`${shown.name}\`: ${shown.title}`
    case 'unit':
      return `\`${shown.name}\`: ${shown.title}`
    case 'unobservable':
      return `not observable: ${shown.why}`
    case 'untested':
      return `untested: ${shown.why}`
  }
}

function table({ title, facts }: Part): string {
  const rows = facts.map(fact => row(fact.section, fact.fact, place(fact)))
  return `## ${title}\n\n${row('item', 'fact', 'where')}${row('---', '---', '---')}${rows.join('')}`
}

export function fidelityPage(): string {
  return `${HEAD}\n${summary()}\n${parts.map(table).join('\n')}`
}
