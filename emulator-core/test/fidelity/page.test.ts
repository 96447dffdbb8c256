import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fidelityPage, parts } from './page.ts'

const at = (place: string): string => fileURLToPath(new URL(`../../${place}`, import.meta.url))
const facts = parts.flatMap(part => part.facts)

test('a fact stands once, and says that there is a section with its title in a guest, or a unit test', () => {
  expect(facts.map(({ fact }) => fact).filter((fact, i, all) => all.indexOf(fact) !== i)).toEqual([])
  for (const { fact, shown } of facts) {
    if (shown.by === 'guest') {
      expect(readFileSync(at(`test/guests/${shown.name}.c`), 'utf8'), fact).toContain(`"${shown.title}"`)
      expect(existsSync(at(`test/guests/netbsd-10/${shown.name}.txt`)), fact).toBe(true)
    } else if (shown.by === 'unit') {
      expect(readFileSync(at(`src/${shown.name}`), 'utf8'), fact).toContain(`'${shown.title}'`)
    }
  }
})

/** INTERLINEAR_UPDATE_PAGES=1 writes it anew. */
test('the page of the documentation is that of the facts', () => {
  const page = at('../docs/fidelity.md')
  if (process.env.INTERLINEAR_UPDATE_PAGES !== undefined) writeFileSync(page, fidelityPage())
  expect(readFileSync(page, 'utf8')).toBe(fidelityPage())
})
