/** The panel with the three views. */
export const CONTAINER = 'interlinear'
export const VIEWS = [
  { id: 'interlinear.calls', name: 'System Calls', bundle: 'calls' },
  { id: 'interlinear.epoll', name: 'Epoll / Kqueue', bundle: 'epoll' },
  { id: 'interlinear.inotify', name: 'Inotify Queue', bundle: 'inotify' },
] as const

export type View = (typeof VIEWS)[number]

const ICON = 'media/interlinear.svg'

export const viewsContainers = { panel: [{ id: CONTAINER, title: 'Interlinear', icon: ICON }] }

export const views = {
  [CONTAINER]: VIEWS.map(({ id, name }) => ({ id, name, type: 'webview', icon: ICON, contextualTitle: 'Interlinear' })),
}
