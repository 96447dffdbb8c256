import { existsSync } from 'node:fs'
import { type BrowserContext, chromium } from 'playwright-core'
import type { Profile } from './profile.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser of this machine. */
export function chromiumHere(): string {
  const found = CHROMIUM.find(file => existsSync(file))
  if (found === undefined) throw new Error(`no browser: none of ${CHROMIUM.join(', ')} exists`)
  return found
}

/** A browser that can reach this machine and nothing else. */
export async function openBrowser(profile: Profile): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(profile.browser, {
    executablePath: chromiumHere(),
    headless: true,
    viewport: { width: 1920, height: 1080 },
    env: {
      ...definedOnly(process.env),
      HOME: profile.home,
      XDG_CONFIG_HOME: profile.home,
      XDG_CACHE_HOME: profile.home,
    },
    args: [
      '--no-sandbox',
      '--no-first-run',
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
      '--disable-background-networking',
      '--disable-component-update',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  })
  await context.route(
    address => address.protocol.startsWith('http') && address.hostname !== '127.0.0.1',
    route => route.abort(),
  )
  return context
}

function definedOnly(variables: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
