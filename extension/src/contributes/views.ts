/** The views: three beside each other in one panel, and the timeline, which wants all of the width, in its own. */
export const CONTAINER = 'interlinear'
const TIMELINE = 'interlinear-timeline'

export const VIEWS = [
  { id: 'interlinear.calls', name: 'System Calls', bundle: 'calls', container: CONTAINER },
  { id: 'interlinear.epoll', name: 'Epoll / Kqueue', bundle: 'epoll', container: CONTAINER },
  { id: 'interlinear.inotify', name: 'Inotify Queue', bundle: 'inotify', container: CONTAINER },
  { id: 'interlinear.timeline', name: 'Threads', bundle: 'timeline', container: TIMELINE },
] as const

export type View = (typeof VIEWS)[number]

const ICON = 'media/interlinear.svg'

export const viewsContainers = {
  panel: [
    { id: CONTAINER, title: 'Interlinear', icon: ICON },
    { id: TIMELINE, title: 'Interlinear Timeline', icon: ICON },
  ],
}

const viewsOf = (wanted: View['container']) =>
  VIEWS.filter(({ container }) => container === wanted).map(({ id, name }) => ({
    id,
    name,
    type: 'webview',
    icon: ICON,
    contextualTitle: 'Interlinear',
  }))

export const views = { [CONTAINER]: viewsOf(CONTAINER), [TIMELINE]: viewsOf(TIMELINE) }
