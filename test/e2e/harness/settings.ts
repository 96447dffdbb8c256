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

/** By the setting's value: what the list of themes calls it, and what the window is then marked with. */
export const THEMES = {
  dark: { id: 'Default Dark Modern', label: 'Dark Modern', mark: 'vs-dark' },
  light: { id: 'Default Light Modern', label: 'Light Modern', mark: 'vs' },
  contrast: { id: 'Default High Contrast', label: 'Dark High Contrast', mark: 'hc-black' },
  'contrast-light': { id: 'Default High Contrast Light', label: 'Light High Contrast', mark: 'hc-light' },
} as const
export type Theme = keyof typeof THEMES
