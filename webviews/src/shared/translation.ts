/** Where a call's translation is to be read. */
import type { Summary } from '@interlinear/emulator-core/events/queries.ts'

/** Linux's own: under its personality they are not translated. */
const OWN = /^(epoll|inotify)_/

/** The function that translates the call, or under Linux's own epoll and inotify the one that is it. */
export function translationOf(name: string, run: Pick<Summary, 'personality'> | undefined): string {
  return run?.personality === 'linux' && OWN.test(name) ? name : `linux_sys_${name}`
}
