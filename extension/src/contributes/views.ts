/** The panel with the four views. */
export const CONTAINER = 'interlinear'
export const VIEWS = [
  { id: 'interlinear.calls', name: 'System Calls', bundle: 'calls', folded: false },
  { id: 'interlinear.epoll', name: 'Epoll / Kqueue', bundle: 'epoll', folded: false },
  { id: 'interlinear.inotify', name: 'Inotify Queue', bundle: 'inotify', folded: false },
  // Four side by side have too little room each.
  { id: 'interlinear.timeline', name: 'Timeline', bundle: 'timeline', folded: true },
] as const

export type View = (typeof VIEWS)[number]

const ICON = 'media/interlinear.svg'

export const viewsContainers = { panel: [{ id: CONTAINER, title: 'Interlinear', icon: ICON }] }

export const views = {
  [CONTAINER]: VIEWS.map(({ id, name, folded }) => ({
    id,
    name,
    type: 'webview',
    icon: ICON,
    contextualTitle: 'Interlinear',
    visibility: folded ? 'collapsed' : 'visible',
  })),
}
