import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Packs a small extension of test/e2e/fixtures into `folder` and gives the VSIX's path. */
export function packageFixture(name: string, folder: string): string {
  const vsix = path.join(folder, `${name}.vsix`)
  const vsce = path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce')
  const flags = ['--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', vsix]
  execFileSync(process.execPath, [vsce, 'package', ...flags], {
    cwd: path.join(root, 'test', 'e2e', 'fixtures', name),
    stdio: 'pipe',
  })
  return vsix
}
