/** Settings under which nothing but what a test does changes what is on the screen. */
export const QUIET: Readonly<Record<string, unknown>> = {
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'git.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.hover.delay': 60_000,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  // A stop in the debugger takes the focus, and a palette that closes on that loses what was typed.
  'workbench.quickOpen.closeOnFocusLost': false,
  'workbench.reduceMotion': 'on',
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'debug.openDebug': 'neverOpen',
}

export const THEMES = { dark: 'Default Dark Modern', light: 'Default Light Modern' } as const
export type Theme = keyof typeof THEMES
