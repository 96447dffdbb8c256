import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { groupOf } from './divergence-choice.ts'
import { divergences } from './divergences.ts'
import { structuralIds } from './structure.ts'

const SOURCE = fileURLToPath(new URL('..', import.meta.url))
const isList = (file: string): boolean => /\/divergences[\w-]*\.ts$/.test(file)

const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts') && !isList(file))
  .map(file => ({ file, text: readFileSync(join(SOURCE, file), 'utf8') }))

/** What is asked for by `meets` and `diverges`: as it stands there, or by the name of a constant. */
function asked({ file, text }: { file: string; text: string }): { file: string; id: string }[] {
  const constants = new Map([...text.matchAll(/^const (\w+) = '([^']+)'$/gm)].map(([, name, id]) => [name, id]))
  const literal = [...text.matchAll(/\b(?:meets\(\s*l,\s*|diverges\(\s*)'([^']+)'/g)].map(([, id]) => id)
  const named = [...text.matchAll(/\b(?:meets\(\s*l,\s*|diverges\(\s*)([A-Z_]+)\b/g)].map(([, name]) =>
    constants.get(name),
  )
  return [...literal, ...named.filter(id => id !== undefined)].map(id => ({ file, id }))
}

const listed = new Set([...divergences.map(({ id }) => id), ...structuralIds])

test('what the source asks for is in the list', () => {
  expect(sources.flatMap(asked).length).toBeGreaterThan(80)
  expect(sources.flatMap(asked).filter(({ id }) => !listed.has(id))).toEqual([])
})

test('what is in the list is asked for somewhere', () => {
  const all = sources.map(({ text }) => text).join('\n')
  expect(divergences.filter(({ id }) => !all.includes(`'${id}'`)).map(({ id }) => id)).toEqual([])
})

test('an id is there once, and every fact of it is said', () => {
  expect(new Set(divergences.map(({ id }) => id)).size).toBe(divergences.length)
  for (const { id, summary, ...facts } of divergences) {
    expect(groupOf(id), id).toMatch(/^\w+$/)
    expect(summary, id).toMatch(/\.$/)
    for (const [name, fact] of Object.entries(facts)) expect(fact, `${id} ${name}`).not.toBe('')
  }
})
