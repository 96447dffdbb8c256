import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commands, keybindings, menus } from './commands.ts'
import { attributeNames, debuggers } from './debugger.ts'
import { manifest, manifestText } from './manifest.ts'

const inExtension = (name: string) => new URL(`../../${name}`, import.meta.url)

describe('package.json', () => {
  it('is what the sources say; run "node extension/write-manifest.mjs"', () => {
    expect(readFileSync(inExtension('package.json'), 'utf8')).toBe(manifestText)
  })

  it('describes every launch attribute, and has none the adapter does not read', () => {
    for (const [name, attribute] of Object.entries(debuggers[0].configurationAttributes.launch.properties)) {
      expect('description' in attribute || 'markdownDescription' in attribute, name).toBe(true)
    }
    const reader = readFileSync(inExtension('../debug-adapter/src/launch-arguments.ts'), 'utf8')
    const read = [...reader.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(match => match[1])
    expect([...attributeNames].sort()).toEqual(read.sort())
  })

  it('names only commands and pictures that exist', () => {
    const known = commands.map(({ command }) => command)
    const used = [...menus['view/title'], ...keybindings].map(({ command }) => command)
    expect(known).toEqual(expect.arrayContaining(used))
    expect(existsSync(inExtension(manifest.icon))).toBe(true)
    expect(existsSync(inExtension(manifest.contributes.viewsContainers.panel[0].icon))).toBe(true)
  })
})
