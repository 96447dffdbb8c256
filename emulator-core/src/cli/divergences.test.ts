import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { divergencesPage, divergencesText } from './divergences.ts'

const PAGE = fileURLToPath(new URL('../../../docs/divergences.md', import.meta.url))

test('the list has a line for each, one of them is told in full, a group too', () => {
  expect(divergencesText(undefined).split('\n')).toContainEqual(expect.stringMatching(/^futex\.wake-none +FUTEX_WAKE/))
  expect(divergencesText('futex.wake-none')).toMatch(
    /^futex\.wake-none\n {2}.*\n {2}Linux: .*\n {2}NetBSD: .*\n {2}Severity: low\n {2}Advice: .*\n {2}Since: .*\n {2}Until: .*\n {2}Source: /,
  )
  expect(divergencesText('memfd').match(/^memfd\./gm)?.length).toBeGreaterThan(2)
})

/** INTERLINEAR_UPDATE_PAGES=1 writes it anew. */
test('the page of the documentation is that of the list', () => {
  if (process.env.INTERLINEAR_UPDATE_PAGES !== undefined) writeFileSync(PAGE, divergencesPage())
  expect(readFileSync(PAGE, 'utf8')).toBe(divergencesPage())
})
