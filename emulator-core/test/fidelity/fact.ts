/** What the reference (shared/reference/netbsd-linux-semantics.md) says that a program can see, and where it is seen. */

/** A guest whose output under netbsd-10 is known (guests/netbsd-10/NAME.txt), and the title of the section in it. */
interface ByGuest {
  readonly by: 'guest'
  readonly name: string
  readonly title: string
}

/** A unit test, for what depends on time or is not worth a program. */
interface ByUnitTest {
  readonly by: 'unit'
  /** From emulator-core/src. */
  readonly name: string
  readonly title: string
}

interface Nowhere {
  /** `unobservable`: no program can see it. `untested`: one could. */
  readonly by: 'unobservable' | 'untested'
  readonly why: string
}

export interface Fact {
  /** Of the reference. */
  readonly section: string
  readonly fact: string
  readonly shown: ByGuest | ByUnitTest | Nowhere
}

export const guest = (name: string, title: string): ByGuest => ({ by: 'guest', name, title })
export const unit = (name: string, title: string): ByUnitTest => ({ by: 'unit', name, title })
export const unobservable = (why: string): Nowhere => ({ by: 'unobservable', why })
export const untested = (why: string): Nowhere => ({ by: 'untested', why })

export type Row = readonly [section: string, fact: string, shown: Fact['shown']]

export const facts = (rows: readonly Row[]): readonly Fact[] =>
  rows.map(([section, fact, shown]) => ({ section, fact, shown }))
