import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The folders of one run: nothing of the user's own VS Code, browser or home is seen or touched. */
export interface Profile {
  readonly folder: string
  readonly workspace: string
  readonly browser: string
  readonly home: string
  remove(): void
}

/** Makes a profile; its workspace is a copy of `workspace`, if one is given, so that a test may write to it. */
export function createProfile(workspace?: string): Profile {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-e2e-'))
  const profile = {
    folder,
    workspace: path.join(folder, 'workspace'),
    browser: path.join(folder, 'browser'),
    home: path.join(folder, 'home'),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  }
  for (const each of [profile.workspace, profile.browser, profile.home]) mkdirSync(each, { recursive: true })
  if (workspace !== undefined) cpSync(workspace, profile.workspace, { recursive: true })
  return profile
}
