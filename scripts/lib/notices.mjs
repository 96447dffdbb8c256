// The notices of others' code in what is shipped: their licences ask that they go with it.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { addonFolder, addons } from './engine.mjs'
import { inRoot } from './paths.mjs'

const LICENCE_FILE = /^(licen[cs]e|copying|notice|copyright)([-._].*)?$/i

/** @param inputs the files that esbuild put into the bundles, as its metafile names them. */
export function npmPackages(inputs) {
  const found = new Map()
  for (const input of inputs) {
    const [, folder] = /^(?:late:)?((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? []
    if (folder === undefined || !existsSync(inRoot(folder, 'package.json'))) continue
    const { name, version, license } = JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'))
    found.set(`${name} ${version}`, { licence: license, folder: inRoot(folder) })
  }
  return found
}

/** The crates that are in the addons. */
export function crates() {
  const home = process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo')
  const registries = path.join(home, 'registry', 'src')
  const found = new Map()
  for (const { name: addon } of addons()) {
    const tree = ['tree', '--offline', '--locked', '--edges', 'normal', '--prefix', 'none', '--format', '{p}|{l}']
    const lines = execFileSync('cargo', tree, { cwd: inRoot(addonFolder(addon)), encoding: 'utf8' }).split('\n')
    for (const line of lines) {
      const [, name, version, licence] = /^(\S+) v(\S+).*?\|(.*?)( \(\*\))?$/.exec(line) ?? []
      if (name === undefined || line.includes(inRoot())) continue
      const folder = readdirSync(registries)
        .map(registry => path.join(registries, registry, `${name}-${version}`))
        .find(existsSync)
      found.set(`${name} ${version}`, { licence, folder })
    }
  }
  return found
}

/** One text of all packages, by name. */
export function noticesOf(packages) {
  return [...packages]
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([title, { licence, folder }]) => `${title} (${licence})\n\n${licenceText(folder)}`)
    .join(`\n${'-'.repeat(78)}\n\n`)
}

function licenceText(folder) {
  const files = folder === undefined ? [] : readdirSync(folder, { withFileTypes: true })
  const names = files.filter(each => each.isFile() && LICENCE_FILE.test(each.name)).map(({ name }) => name)
  if (names.length === 0) return 'No text of the licence comes with it.\n'
  return names
    .sort()
    .map(name => `${readFileSync(path.join(folder, name), 'utf8').trim()}\n`)
    .join('\n')
}
